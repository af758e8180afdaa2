"""The four ops of the pipeline. Each takes the run's whole partition set, and is a thin shell around its function.

One file from the UI, a backfill of 5,000 and a sensor's batch are the same code. What one file does wrong is that
file's own end; an op raises only for trouble of the surroundings, which its retry policy handles.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pybase_pipelines.ledger.retries import IN_RUN_RETRIES, IN_RUN_WAIT_SECONDS
from pybase_pipelines.orchestration import batch, downloads, extraction
from pybase_pipelines.orchestration.events import log_materializations, log_observations
from pybase_pipelines.orchestration.liveness import hold_run
from pybase_pipelines.orchestration.metadata import describe_file, describe_trouble
from pybase_pipelines.orchestration.partitions import REQUEST_TAG
from pybase_pipelines.orchestration.resources import Pipeline

ASSET_KEY = dg.AssetKey("extractions")
MOST_NAMED_FAILURES = 25

SURROUNDINGS_RETRY = dg.RetryPolicy(
    max_retries=IN_RUN_RETRIES,
    delay=IN_RUN_WAIT_SECONDS,
    backoff=dg.Backoff.EXPONENTIAL,
)
"""For storage, database and network. Trouble of a file never gets here: the ledger tries it again.

Without jitter, which may shorten every wait to nothing: a run has to outlive a service that is away for a minute.
"""


@dg.op(retry_policy=SURROUNDINGS_RETRY, tags={"kind": "s3"})
def download_files(context: dg.OpExecutionContext, pipeline: Pipeline) -> list[dict[str, Any]]:
    """Claim the run's jobs and download their files into the run's scratch folder."""
    keys = context.partition_keys
    if not keys:  # a reversed range runs with no partition and would succeed
        raise dg.Failure(
            "The run covers no partition. Give the range in the order of the partitions.", allow_retries=False
        )
    hold_run(pipeline.run_locks, context.run_id)
    tasks = batch.claim_jobs(
        pipeline.ledger, pipeline.store, keys, run_id=context.run_id, request_id=context.run.tags.get(REQUEST_TAG)
    )
    ready = downloads.download_files(
        pipeline.ledger,
        pipeline.store,
        tasks,
        run_id=context.run_id,
        folder=_scratch(pipeline, context.run_id),
        settings=pipeline.settings,
        is_last_try=context.retry_number >= IN_RUN_RETRIES,
    )
    context.log.info("%d of %d files are here", len(ready), len(keys))
    return [task.model_dump(mode="json") for task in ready]


@dg.op(retry_policy=SURROUNDINGS_RETRY)
def detect_formats(
    context: dg.OpExecutionContext, pipeline: Pipeline, files: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Find out by content what each file is; what cannot be extracted is failed with what it is instead."""
    known = extraction.detect_formats(
        pipeline.ledger, _read(files), run_id=context.run_id, max_bytes=pipeline.settings.max_file_bytes
    )
    return [task.model_dump(mode="json") for task in known]


@dg.op(retry_policy=SURROUNDINGS_RETRY)
def run_extractors(context: dg.OpExecutionContext, pipeline: Pipeline, files: list[dict[str, Any]]) -> list[str]:
    """Extract each file in its own limited child, and record it in the ledger the moment it is ready."""
    work = extraction.Extraction(
        ledger=pipeline.ledger,
        store=pipeline.store,
        settings=pipeline.settings,
        run_id=context.run_id,
        scratch=_scratch(pipeline, context.run_id),
    )
    return [job_id for job_id, _ in work.run(_read(files))]


@dg.op(retry_policy=SURROUNDINGS_RETRY, out=dg.Out(dg.Nothing, is_required=False))
def record_results(context: dg.OpExecutionContext, pipeline: Pipeline, job_ids: list[str]) -> Iterator[Any]:
    """Materialize the partition of every good file; then fail naming the bad ones, so that exactly those are failed.

    A run that succeeds while a file failed would hide the failure. The op is a generator that yields nothing: an
    output would materialize every partition of the run.
    """
    shutil.rmtree(_scratch(pipeline, context.run_id), ignore_errors=True)
    context.log.info("%d files were extracted in this run", len(job_ids))
    answers = batch.answer_partitions(pipeline.ledger, context.partition_keys)
    good = [answer for answer in answers if answer.trouble is None]
    bad = [answer for answer in answers if answer.trouble is not None]
    log_materializations(context, [_show(answer) for answer in good])
    # Dagster keeps no failure of a partition, so the reason goes beside it as an observation.
    log_observations(context, [_show_trouble(answer) for answer in bad])
    if bad:
        raise _make_failure(bad, len(answers))
    yield from ()


def _show(answer: batch.Answer) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(ASSET_KEY, partition=answer.partition_key, metadata=describe_file(answer.jobs[0]))


def _show_trouble(answer: batch.Answer) -> dg.AssetObservation:
    facts = describe_trouble(answer.jobs[0] if answer.jobs else None, answer.trouble or "")
    return dg.AssetObservation(ASSET_KEY, partition=answer.partition_key, metadata=facts)


def _make_failure(bad: list[batch.Answer], total: int) -> dg.Failure:
    rows = [
        dg.TableRecord(
            {"file": a.partition_key, "trouble": a.trouble or "", "job": ", ".join(job.id for job in a.jobs)}
        )
        for a in bad[:MOST_NAMED_FAILURES]
    ]
    schema = dg.TableSchema([dg.TableColumn(name, "string") for name in ("file", "trouble", "job")])
    named = "; ".join(f"{a.partition_key}: {a.trouble}" for a in bad[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    return dg.Failure(
        f"{len(bad)} of {total} files failed. {named}{more}",
        metadata={"failed_files": dg.MetadataValue.table(rows, schema), "failed": len(bad), "files": total},
        allow_retries=False,
    )


def _scratch(pipeline: Pipeline, run_id: str) -> Path:
    return pipeline.scratch_root / run_id


def _read(files: list[dict[str, Any]]) -> list[batch.FileTask]:
    return [batch.FileTask.model_validate(file) for file in files]

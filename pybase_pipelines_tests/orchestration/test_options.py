"""Options of one file: by sidecar, by the object's metadata, by the upload; read when the file is downloaded."""

import json

import boto3

from pybase_pipelines.ledger.records import Upload
from pybase_pipelines_tests.files import make_pdf


def put_sidecar(world, object_key: str, value: object) -> None:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    world.put(f"{object_key}.extract.json", data)


def jobs_of(world, object_key: str) -> list:
    return [job for job in world.pipeline.ledger.list_jobs(limit=1000) if job.object_key == object_key]


def test_a_sidecar_gives_the_options_and_is_no_file_of_its_own(world):
    world.put("a.pdf", make_pdf())
    put_sidecar(world, "a.pdf", {"extract_text": False, "record_id": "rec-7", "attachment_id": "att-1"})
    (result,) = world.process()
    assert result.success
    (job,) = world.pipeline.ledger.list_jobs()
    assert (job.object_key, job.options, job.options_source) == ("a.pdf", {"extract_text": False}, "sidecar")
    assert job.result["text_blocks"] == []
    (event,) = result.asset_materializations_for_node("extractions.record_results")
    assert (event.metadata["record"].value, event.metadata["attachment"].value) == ("rec-7", "att-1")
    assert "extract_text" in event.metadata["options"].value
    assert world.tick() == [], "a sidecar that was read asks for nothing more"


def test_a_sidecar_that_comes_later_or_changes_makes_a_new_job(world):
    world.put("a.pdf", make_pdf())
    world.process()
    assert world.tick() == []
    put_sidecar(world, "a.pdf", {"extract_text": False})
    assert world.process()[0].success
    first, second = world.job_of("a.pdf"), jobs_of(world, "a.pdf")[1]
    assert (first.options, second.superseded_by) == ({"extract_text": False}, first.id)
    assert world.tick() == []
    put_sidecar(world, "a.pdf", {"pages": [1]})
    assert world.process()[0].success
    assert world.job_of("a.pdf").options == {"pages": [1]}
    assert len(jobs_of(world, "a.pdf")) == 3
    put_sidecar(world, "a.pdf", {"extract_text": False})
    assert world.process()[0].success
    back = world.job_of("a.pdf")
    assert (back.id, back.options, back.result["text_blocks"]) == (first.id, {"extract_text": False}, [])
    assert [job.is_current for job in jobs_of(world, "a.pdf")].count(True) == 1


def test_a_malformed_sidecar_fails_its_file_by_name_once_and_a_mended_one_is_read(world):
    world.put("a.pdf", make_pdf())
    put_sidecar(world, "a.pdf", b"{not json")
    (result,) = world.process()
    assert not result.success
    job = world.job_of("a.pdf")
    assert (job.status, job.error_code) == ("failed", "options_invalid")
    assert "a.pdf.extract.json" in job.error_message
    assert "a.pdf.extract.json" in job.error_hint
    assert world.tick() == []
    put_sidecar(world, "a.pdf", {})
    assert world.process()[0].success


def test_options_that_the_format_does_not_know_name_the_sidecar_too(world):
    world.put("a.pdf", make_pdf())
    put_sidecar(world, "a.pdf", {"no_such_option": 1})
    world.process()
    job = world.job_of("a.pdf")
    assert job.error_code == "options_invalid"
    assert "no_such_option" in job.error_message
    assert "a.pdf.extract.json" in job.error_hint


def test_metadata_of_the_object_gives_options_and_record(world, s3_address):
    client = boto3.client(
        "s3",
        endpoint_url=s3_address.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=s3_address.access_key_id.get_secret_value(),
        aws_secret_access_key=s3_address.secret_access_key.get_secret_value(),
    )
    metadata = {"pybase-options": '{"extract_text": false}', "pybase-record-id": "rec-9"}
    client.put_object(Bucket=world.bucket, Key="a.pdf", Body=make_pdf(), Metadata=metadata)
    assert world.process()[0].success
    job = world.job_of("a.pdf")
    assert (job.options, job.options_source, job.record_id) == ({"extract_text": False}, "metadata", "rec-9")
    assert job.result["text_blocks"] == []


def test_options_of_the_upload_itself_stand_above_a_sidecar(world):
    world.put("a.pdf", make_pdf())
    put_sidecar(world, "a.pdf", {"pages": [7], "record_id": "rec-1"})
    etag = world.pipeline.store.head(world.bucket, "a.pdf").etag
    options = {"extract_text": False}
    world.pipeline.ledger.register_own_upload(Upload(world.bucket, "a.pdf", etag=etag, options=options))
    assert world.process()[0].success
    job = world.job_of("a.pdf")
    assert (job.options, job.options_source, job.record_id) == (options, "upload", "rec-1")
    put_sidecar(world, "a.pdf", {"pages": [8]})
    assert world.tick() == []


def test_a_file_that_is_overwritten_is_read_with_its_sidecar_again(world):
    world.put("a.pdf", make_pdf("one"))
    put_sidecar(world, "a.pdf", {"extract_text": False})
    world.process()
    world.put("a.pdf", make_pdf("two"))
    assert world.process()[0].success
    assert world.job_of("a.pdf").options == {"extract_text": False}


def test_a_sidecar_of_a_file_that_waits_or_was_cancelled_makes_no_second_job(world):
    world.put("a.pdf", make_pdf())
    world.tick()
    put_sidecar(world, "a.pdf", {"pages": [1]})
    world.tick()
    world.pipeline.ledger.cancel_job(world.job_of("a.pdf").id)
    world.tick()
    assert len(jobs_of(world, "a.pdf")) == 1


def test_a_password_of_a_sidecar_is_nowhere_to_be_seen(world):
    world.put("a.pdf", make_pdf())
    put_sidecar(world, "a.pdf", {"password": "open-sesame"})
    (result,) = world.process()
    assert "open-sesame" not in str(result.all_events)
    assert "open-sesame" not in json.dumps(world.job_of("a.pdf").to_dict())


def test_sidecars_can_be_turned_off_and_are_no_files_even_then(world, monkeypatch):
    off = world.pipeline.settings.model_copy(update={"read_sidecars": False})
    monkeypatch.setattr(type(world.pipeline), "settings", off)
    world.put("a.pdf", make_pdf())
    put_sidecar(world, "a.pdf", {"pages": [1]})
    assert world.process()[0].success
    (job,) = world.pipeline.ledger.list_jobs()
    assert job.options == {}

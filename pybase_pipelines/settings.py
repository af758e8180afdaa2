"""Every setting of ours, in one place: environment variables with the prefix `PYBASE_`, read when asked for.

What belongs here: what an operator may turn. What does not: choices of one run (Dagster run config), options of one
file (`extractors.*.options`), Dagster's own instance (dagster.yaml). Nothing is read at import.

Without any setting the embedded default holds: SQLite in the state folder, and the S3 server that `dev` and `demo`
start, whose address and random credentials they leave in the state folder (`services.json`, mode 600).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024**2
SERVICES_FILE = "services.json"


class StoreAddress(BaseModel):
    """Where the object store is and who we are there. `endpoint_url` None means AWS itself."""

    endpoint_url: str | None = None
    region: str = "us-east-1"
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    addressing_style: Literal["auto", "path", "virtual"] = "auto"
    is_embedded: bool = False


class Source(BaseModel):
    """A part of the object store that is watched. Globs are of the whole key, case does not matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str = Field(min_length=3, max_length=63)
    prefix: str = Field("", max_length=900)
    include: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Settings(BaseSettings):
    """The operator's settings; each field is the variable `PYBASE_<NAME IN CAPITALS>`."""

    model_config = SettingsConfigDict(env_prefix="PYBASE_", env_ignore_empty=True, extra="ignore", frozen=True)

    state_dir: Path = Field(
        Path(".pybase_state"), description="Folder of the embedded default: ledger, S3 data, scratch files, logs."
    )
    database_url: SecretStr | None = Field(
        None, description="The ledger's database. Default: SQLite in the state folder."
    )

    s3_endpoint_url: str | None = Field(None, description="Address of the S3 service; leave it out for AWS itself.")
    s3_region: str = Field("us-east-1", description="Region of the S3 service.")
    s3_access_key_id: SecretStr | None = Field(
        None, description="Access key. Default: the usual AWS sources (profile, role)."
    )
    s3_secret_access_key: SecretStr | None = Field(None, description="Secret key that belongs to the access key.")
    s3_addressing_style: Literal["auto", "path", "virtual"] = Field(
        "auto", description="`path` for most servers of one's own."
    )
    bucket: str = Field("engineering-files", description="Bucket that is watched.")
    prefix: str = Field("", description="Only object keys that begin with this are watched.")
    sources: tuple[Source, ...] = Field(
        (),
        max_length=50,
        description=(
            "Several buckets or prefixes that are watched in place of PYBASE_BUCKET and PYBASE_PREFIX, as a JSON list "
            'of {"bucket", "prefix", "include": [globs], "ignore": [globs]}.'
        ),
    )
    first_start: Literal["extract", "register", "from_now"] = Field(
        "extract",
        description=(
            "What becomes of objects that were there before a bucket was first watched: extracted; registered only (a "
            "person starts them); or left alone."
        ),
    )
    results_prefix: str = Field(
        ".pybase/results/", description="Where result documents are kept, in the same bucket; never watched."
    )
    use_external_store: bool = Field(
        False, description="Use AWS itself: needed only when no endpoint address is given."
    )
    ignore_globs: tuple[str, ...] = Field(
        (
            "*.part",
            "*.tmp",
            "*.crdownload",
            "*~",
            "*/~$*",
            "~$*",
            "*/.DS_Store",
            ".DS_Store",
            "*/Thumbs.db",
            "*.bak",
            "*.dwl",
            "*.dwl2",
        ),
        description="Object keys that are never files of ours, as a JSON list of globs.",
    )

    tick_budget_seconds: float = Field(20, gt=0, le=45, description="Longest time of one look; it goes on at the next.")
    list_pages_per_tick: int = Field(20, ge=1, description="Listing pages (1,000 objects each) read in one look.")
    reconcile_minutes: float = Field(
        60, gt=0, description="With event messages: how often the listing is compared with the ledger nevertheless."
    )
    minimum_age_seconds: float = Field(0, ge=0, description="Objects younger than this wait for the next look.")
    events_queue_url: str | None = Field(
        None, description="SQS queue of the buckets' notifications. Default: none, the listing alone finds uploads."
    )
    events_endpoint_url: str | None = Field(
        None, description="Address of the SQS service; leave it out for AWS itself."
    )
    events_per_tick: int = Field(1000, ge=1, description="Most event messages read in one look at the queue.")
    flood_files: int = Field(
        1000,
        ge=1,
        description="Most files that wait in the first rank; the rest of a mass upload waits behind what comes later.",
    )
    run_max_files: int = Field(400, ge=1, le=500, description="Most files in one run.")
    run_max_bytes: int = Field(256 * MIB, ge=1, description="Most bytes in one run; a larger file runs alone.")
    run_max_seconds: float = Field(
        300, gt=0, description="Most expected CPU seconds in one run; a file expected to take longer runs alone."
    )
    runs_per_tick: int = Field(8, ge=1, description="Most runs that wait in the queue at the same time.")

    max_partitions: int = Field(
        20_000,
        ge=1000,
        le=100_000,
        description="Partitions shown in the UI; finished ones beyond are retired, the ledger keeps everything.",
    )

    extract_slots: int = Field(
        0, ge=0, description="Files extracted at the same time in one run; 0: one for each core."
    )
    max_file_bytes: int = Field(1024 * MIB, ge=1, description="Larger files fail with `file_too_large`.")
    scratch_bytes: int = Field(
        8192 * MIB, ge=1, description="Most bytes of downloaded files that one run keeps on disk."
    )
    memory_bytes: int = Field(0, ge=0, description="Memory limit of one extraction; 0: the format's own default.")
    wall_seconds: float = Field(0, ge=0, description="Time limit of one extraction; 0: the format's own default.")
    limits: dict[str, dict[str, float]] = Field(
        {},
        description='Limits of one format, as JSON, such as `{"step": {"memory_bytes": 8e9, "wall_seconds": 900}}`; '
        "the names are those of `sandbox/limits.py`.",
    )
    inline_result_bytes: int = Field(
        256 * 1024, ge=0, description="Result documents above this are kept in the store only."
    )
    max_retries: int = Field(3, ge=0, le=10, description="How often a job whose trouble may pass is tried again.")
    stuck_after_minutes: int = Field(
        30, ge=5, le=1440, description="A job in processing for longer, without a live run, is taken back."
    )
    max_job_cpu_seconds: float = Field(
        3600, ge=0, description="A job whose attempts took more CPU seconds together is not tried again; 0: no limit."
    )
    quota_probe_minutes: float = Field(
        30, ge=0.1, description="How long an outside service is left alone when its credits are used up."
    )
    copy_duplicates: bool = Field(
        True, description="A file with the same content, extractor version and options takes the result over."
    )
    read_sidecars: bool = Field(
        True, description="Look for options beside each file (`<key>.extract.json`) when it is downloaded."
    )

    api_tokens: tuple[Annotated[SecretStr, Field(min_length=16)], ...] = Field(
        (), description="Bearer tokens that the HTTP API accepts, as a JSON list; without any, the API is closed."
    )
    api_max_uploads: int = Field(8, ge=1, le=256, description="Uploads that the HTTP API receives at the same time.")
    signed_url_seconds: int = Field(
        600, ge=1, le=604_800, description="How long the address of a result document is good."
    )
    dagster_url: str | None = Field(
        None, description="Address of the Dagster webserver: the API then launches at once, not at the next tick."
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")

    def resolved_state_dir(self) -> Path:
        return self.state_dir.expanduser().resolve()

    def ledger_url(self) -> str:
        """The ledger's database as an SQLAlchemy URL. Holds a password where one is set: never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.resolved_state_dir() / 'ledger.db'}"

    def watched_sources(self) -> tuple[Source, ...]:
        """What is watched: the sources, or in their place the one bucket and prefix."""
        return self.sources or (Source(bucket=self.bucket, prefix=self.prefix),)

    def services_file(self) -> Path:
        return self.resolved_state_dir() / SERVICES_FILE

    def store_address(self) -> StoreAddress:
        """The S3 service: the configured one, else the embedded one that `dev` or `demo` left an address of.

        Raises:
            StorageUnavailable: nothing is configured and no embedded server was ever started.
        """
        from pybase_pipelines.errors import StorageUnavailable

        if self.s3_endpoint_url or self.use_external_store:
            return StoreAddress(
                endpoint_url=self.s3_endpoint_url,
                region=self.s3_region,
                access_key_id=self.s3_access_key_id,
                secret_access_key=self.s3_secret_access_key,
                addressing_style=self.s3_addressing_style,
            )
        try:
            return StoreAddress.model_validate(json.loads(self.services_file().read_text())["store"])
        except (OSError, ValueError, KeyError) as error:
            raise StorageUnavailable(
                "No object store is configured, and the embedded one is not running.",
                hint="Start it with `make dev`, or set PYBASE_S3_ENDPOINT_URL (AWS: PYBASE_USE_EXTERNAL_STORE=true).",
            ) from error


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The settings of this process, read from the environment once.

    Raises:
        OptionsInvalid: a variable has a value that cannot be; the message names it.
    """
    from pydantic import ValidationError

    from pybase_pipelines.errors import OptionsInvalid

    try:
        return Settings()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        reasons = "; ".join(f"PYBASE_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors())
        raise OptionsInvalid(
            f"The settings are not valid: {reasons}.", hint="Correct the environment variables that are named."
        ) from error

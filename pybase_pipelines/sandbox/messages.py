"""What travels between the client and the launcher: JSON, one message a line. Never code, never a pickle.

What belongs here: the shapes. What does not: sending and receiving them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.envelope import ExtractorInfo
from pybase_pipelines.sandbox.limits import Limits

Cause = Literal["wall", "stall", "scratch"]
"""Why the launcher killed a child."""

Protection = Literal["reading", "writing", "network", "processes"]
"""What an extraction is kept from: other files, the network, starting processes."""
PROTECTIONS: tuple[Protection, ...] = get_args(Protection)


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Setup(Message):
    """The first line to the launcher. `extractors` names the table of extractors as "module:name"."""

    extractors: str
    limits: dict[Format, Limits]
    slots: int
    folder: str
    preload: tuple[Format, ...] = ()


class Order(Message):
    """One extraction. Paths may hold bytes that are no text, so they travel as hexadecimal digits."""

    number: int
    path_hex: str
    name: str
    source_path: str
    options: dict[str, Any]
    format: Format | None
    environment: dict[str, str]


class Ready(Message):
    """`missing`: what an extraction is not kept from on this machine."""

    kind: Literal["ready"] = "ready"
    process_id: int
    missing: tuple[Protection, ...] = ()


class Started(Message):
    kind: Literal["started"] = "started"
    number: int
    process_id: int
    wall_seconds: float


class Beat(Message):
    """A sign of life of an extraction: its stage, and how far that is (0 of 0: not known)."""

    kind: Literal["beat"] = "beat"
    number: int
    stage: str
    done: int = 0
    total: int = 0


class Ended(Message):
    """How a child ended. `base_memory_bytes` is what it had in memory when it was forked.

    What the launcher knew of the file is told too: a child that died may not have said it.
    """

    kind: Literal["ended"] = "ended"
    number: int
    exit_code: int | None
    signal: int | None
    cause: Cause | None
    stage: str
    peak_memory_bytes: int
    base_memory_bytes: int
    cpu_seconds: float
    wall_seconds: float
    output_tail: str
    limits: Limits
    detection: Detection | None
    extractor: ExtractorInfo | None


Event = Annotated[Ready | Started | Beat | Ended, Field(discriminator="kind")]
EVENT: TypeAdapter[Ready | Started | Beat | Ended] = TypeAdapter(Event)

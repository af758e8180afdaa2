"""Receiving a multipart form: one file, streamed to disk under a limit, and a few short fields.

Own code in place of the framework's form parsing, which would accept any size, before it asks who is calling, and
into a nameless file that detection cannot open. The grammar of multipart is python-multipart's.

What belongs here: bytes from the wire. What does not: what the fields mean (`acceptance`).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from pybase_pipelines.api.problems import Refusal
from pybase_pipelines.errors import FileTooLarge, RequestError, StorageUnavailable

FILE_FIELD = "file"
MOST_FIELDS = 20
MOST_FIELD_BYTES = 64 * 1024
FORM_OVERHEAD_BYTES = MOST_FIELDS * MOST_FIELD_BYTES
IDLE_SECONDS = 60
WRITE_BYTES = 512 * 1024
_HANG_UP = {"Connection": "close"}
"""What is still on its way of a body that is refused is not read to its end."""


@dataclass(frozen=True, slots=True)
class ReceivedForm:
    """A form that was received whole; the file at `path` is gone when the request is over."""

    path: Path
    filename: str
    size: int
    sha256: str
    fields: dict[str, str]


@asynccontextmanager
async def receive_form(request: Request, folder: Path, max_file_bytes: int) -> AsyncIterator[ReceivedForm]:
    """Receive the form of a request; memory stays at one chunk, disk at `max_file_bytes`.

    Raises:
        Refusal: not a multipart form (415), or nothing came for too long (408).
        FileTooLarge: announced or found to be larger than allowed.
        RequestError: the form is damaged, or not one file and a few short fields.
        StorageUnavailable: there is no room for the file.
    """
    boundary = _read_boundary(request)
    _refuse_announced(request, max_file_bytes)
    handle, name = tempfile.mkstemp(dir=folder, prefix="upload-")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            receiver = _Receiver(file, max_file_bytes)
            try:
                parser = MultipartParser(boundary, receiver.callbacks())  # pyright: ignore[reportArgumentType]
                async for chunk in _read_body(request):
                    await run_in_threadpool(parser.write, chunk)
                parser.finalize()
            except FormParserError as error:
                raise RequestError(f"The form is damaged: {error}.", hint="Send it as multipart/form-data.") from error
            except OSError as error:
                raise StorageUnavailable(
                    f"The upload could not be kept ({error.strerror}).", hint="Make room in PYBASE_STATE_DIR."
                ) from error
        yield receiver.finish(path)
    finally:
        path.unlink(missing_ok=True)


def _read_boundary(request: Request) -> bytes:
    kind, parameters = parse_options_header(request.headers.get("Content-Type"))
    if kind != b"multipart/form-data" or not parameters.get(b"boundary"):
        hint = "Send the file as the field 'file' of multipart/form-data, as `curl -F file=@drawing.pdf` does."
        words = "The body is not a multipart form."
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", words, hint, _HANG_UP)
    return parameters[b"boundary"]


def _refuse_announced(request: Request, max_file_bytes: int) -> None:
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > max_file_bytes + FORM_OVERHEAD_BYTES:
        raise _too_large(max_file_bytes)


def _too_large(max_file_bytes: int) -> Refusal:
    problem = FileTooLarge(f"The file has more than {max_file_bytes:,} bytes, which is the limit.")
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return Refusal(status, problem.code, problem.message, problem.hint, _HANG_UP)


async def _read_body(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of a good size for the disk."""
    stream = request.stream()
    pending = bytearray()
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                piece = await anext(stream, None)
        except TimeoutError as error:
            words = f"Nothing of the upload came for {IDLE_SECONDS} seconds."
            hint = "Send it again, over a better connection."
            raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "request_timeout", words, hint, _HANG_UP) from error
        if piece is None:
            break
        pending += piece
        if len(pending) >= WRITE_BYTES:
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)


class _Receiver:
    """What the parser calls, part by part."""

    def __init__(self, file: BinaryIO, max_file_bytes: int) -> None:
        self._file = file
        self._max_file_bytes = max_file_bytes
        self._digest = hashlib.sha256()
        self._size = 0
        self._filename: str | None = None
        self._fields: dict[str, str] = {}
        self._header = [bytearray(), bytearray()]
        self._disposition: bytes | None = None
        self._field_name = ""
        self._field: bytearray | None = None
        self._is_complete = False

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def finish(self, path: Path) -> ReceivedForm:
        """The form, if it is whole and holds the file."""
        if not self._is_complete:
            raise RequestError("The form ends in the middle.", hint="Send it again; the connection may have broken.")
        if self._filename is None:
            hint = "Send it as `curl -F file=@drawing.pdf` does, with its name."
            raise RequestError("The form has no file in the field 'file'.", hint=hint)
        return ReceivedForm(path, self._filename, self._size, self._digest.hexdigest(), self._fields)

    def _begin_part(self) -> None:
        self._disposition = None
        if len(self._fields) >= MOST_FIELDS:
            raise RequestError(f"The form has more than {MOST_FIELDS} fields.", hint="Leave out what is not needed.")

    def _end_header(self) -> None:
        name, value = (bytes(part) for part in self._header)
        if name.strip().lower() == b"content-disposition":
            self._disposition = value
        self._header = [bytearray(), bytearray()]

    def _end_headers(self) -> None:
        _, parameters = parse_options_header(self._disposition)
        name = _decode(parameters.get(b"name", b""), "the name of a field")
        is_file = b"filename" in parameters
        if name in self._fields or (name == FILE_FIELD and self._filename is not None):
            raise RequestError(f"The field {name!r} comes twice.", hint="Send one file a request.")
        if is_file != (name == FILE_FIELD):
            words = "a file" if is_file else "no file"
            raise RequestError(f"The field {name!r} is {words}.", hint="The file, and only it, is the field 'file'.")
        self._field_name = name
        self._field = None if is_file else bytearray()
        if is_file:
            self._filename = _decode(parameters[b"filename"], "the file's name")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._field is not None:
            if len(self._field) + end - start > MOST_FIELD_BYTES:
                hint = f"A field may have {MOST_FIELD_BYTES:,} bytes."
                raise RequestError(f"The field {self._field_name!r} is too long.", hint=hint)
            self._field += data[start:end]
            return
        self._size += end - start
        if self._size > self._max_file_bytes:
            raise _too_large(self._max_file_bytes)
        piece = memoryview(data)[start:end]
        self._digest.update(piece)
        self._file.write(piece)

    def _end_part(self) -> None:
        if self._field is not None:
            self._fields[self._field_name] = _decode(bytes(self._field), f"the field {self._field_name!r}")

    def _end(self) -> None:
        self._is_complete = True


def _decode(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"The text of {what} is not UTF-8.", hint="Send names and values as UTF-8.") from error

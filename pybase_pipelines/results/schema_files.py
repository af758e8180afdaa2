"""The JSON Schemas that say what a result looks like to who reads it without our code.

What belongs here: how they are made from the models, which are the one source. `python -m
pybase_pipelines.results.schema_files` writes them anew; a test fails where one is no longer true.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from pybase_pipelines.formats.table import Format
from pybase_pipelines.results.envelope import SCHEMA_VERSION, Envelope

FOLDER = Path(__file__).with_name("schemas")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def result_model(format_: Format) -> type[Envelope]:
    """The model of a whole result: envelope and content of the format."""
    module = import_module(f"pybase_pipelines.results.{format_.value}")
    return getattr(module, f"{format_.value.capitalize()}Result")


def make_schema(format_: Format) -> dict[str, Any]:
    """The schema of a format's results, as they are written: a good, a partial or a failed one."""
    schema = result_model(format_).model_json_schema(mode="serialization")
    return {"$schema": _DIALECT, "$comment": f"Result of a {format_.value} file, version {SCHEMA_VERSION}", **schema}


def schema_path(format_: Format, folder: Path = FOLDER) -> Path:
    return folder / f"{format_.value}.schema.json"


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """Write the schema of each format into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for format_ in Format:
        path = schema_path(format_, folder)
        path.write_text(json.dumps(make_schema(format_), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    write_schemas()

"""A terminal shows hostile names as they are, and obeys none of them."""

import json

from pybase_pipelines_tests.files import make_pdf

PREFIX = "[red]x[/nothing]/"
NAME = "[bold]\x1b[2J\x1b]0;title\x07\nforged line\u202e.pdf"


def obeyed(text: str) -> bool:
    return any(c in text for c in "\x1b\x07\u202e") or any(line.startswith("forged line") for line in text.splitlines())


def test_every_command_shows_a_hostile_name_as_text(shop, make_file, tmp_path):
    path = make_file(make_pdf(), NAME)
    outputs = [shop("upload", path, "--prefix", PREFIX), shop("jobs"), shop("detect", path)]
    outputs.append(shop("upload", tmp_path / f"no{NAME}"))
    (line,) = shop("jobs", "--json").stdout.splitlines()
    job = json.loads(line)
    assert job["object_key"] == PREFIX + NAME, "as data it is kept to the letter"
    outputs.append(shop("show", job["id"]))
    for done in outputs:
        assert not obeyed(done.stdout), done.args
        assert not obeyed(done.stderr), done.args
        assert "Traceback" not in done.stderr
    assert "[red]x[/nothing]/[bold]" in outputs[1].stdout

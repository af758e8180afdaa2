"""The Typer application: the commands of all modules, and how an error of ours ends a command.

Exit status: 0 done, 1 something failed (a file, a check, a service), 2 bad usage.
"""

from __future__ import annotations

import sys

import typer

from pybase_pipelines import __version__
from pybase_pipelines.cli import changes, files, health, jobs, services, upkeep
from pybase_pipelines.cli.console import print_error, print_os_error, set_up_logging
from pybase_pipelines.errors import OptionsInvalid, PybaseError

app = typer.Typer(
    name="pybase-pipelines",
    help="Engineering files land in a bucket, and minutes later their content is data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (files, services, jobs, changes, upkeep, health):
    module.add_commands(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def start(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
) -> None:
    """Engineering files land in a bucket, and minutes later their content is data."""
    del version  # printed by its callback
    set_up_logging()


def main() -> None:
    """Run a command; an error of ours is told in two lines instead of a traceback."""
    try:
        app()
    except PybaseError as error:
        print_error(error)
        sys.exit(2 if isinstance(error, OptionsInvalid) else 1)
    except BrokenPipeError:  # the reader of our output, such as `head`, has enough
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # a folder without rights, a full disk: a person's to mend, and no defect
        print_os_error(error)
        sys.exit(1)

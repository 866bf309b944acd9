"""The command `lineage`: its groups of commands, and how errors end it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from typing import Annotated

import typer

from lineage import __version__
from lineage.cli import history, project, query, upkeep

EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="lineage",
    help="Record what is done to personal data, and ask, replay and verify it.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
for group in (project, history, query, upkeep):
    group.register(app)


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the trace of an error, and log lines.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Record what is done to personal data, and ask, replay and verify it."""
    if version:
        typer.echo(f"privacy-lineage {__version__}")
        raise typer.Exit
    if debug:
        os.environ["LINEAGE_DEBUG"] = "1"
    _log_to_stderr(is_verbose=debug or not sys.stderr.isatty())


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed or refused, 2 wrong usage."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        _fail("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # the reader of a pipe has seen enough; a second error on exit would say nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  # the last stop: one line for every error
        fail(error)


def fail(error: BaseException) -> None:
    """Print an error in one line, with its trace under --debug, and exit."""
    from lineage.kernel.errors import LineageError, safe_message  # noqa: PLC0415  # start-up time

    if os.environ.get("LINEAGE_DEBUG"):
        traceback.print_exception(error)
    _fail(safe_message(error), error.exit_code if isinstance(error, LineageError) else 1)


def _log_to_stderr(*, is_verbose: bool) -> None:
    """Show log lines where there are no progress bars; on a terminal only warnings."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.INFO if is_verbose else logging.ERROR)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [handler]


def _fail(message: str, code: int) -> None:
    typer.echo(f"lineage: {message}", err=True)
    sys.exit(code)


def _as_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt

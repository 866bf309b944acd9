"""The command `lineage`: its commands, and how errors end it."""

from __future__ import annotations

import inspect
import logging
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, NoReturn

import typer

from lineage import __version__
from lineage.cli.commands import (
    checkpoints,
    compare,
    config,
    graph,
    history,
    log,
    operations,
    project,
    query,
    replay,
    serve,
    sql,
    tasks,
    trends,
    upkeep,
)
from lineage.cli.commands.evidence import audit, keys, ledger, seals, verify, witness
from lineage.cli.commands.privacy import budget, erase, flow, policy, release
from lineage.cli.late_commands import late_group
from lineage.cli.options import EXIT_INTERRUPTED
from lineage.cli.screen import console
from lineage.kernel.plain import PlainFormatter, plain, plain_lines

EXIT_USAGE = 2

PANELS: Final[Mapping[str, Sequence[Callable[..., None]]]] = {
    "Work": (
        project.demo,
        project.init,
        project.run,
        project.resume,
        compare.rerun,
        tasks.tasks,
        operations.operations,
        config.config,
        log.annotate,
        log.archive,
        release.release,
    ),
    "Ask": (
        history.runs,
        history.show,
        history.report,
        serve.serve,
        release.releases,
        graph.graph,
        query.query,
        sql.sql,
        compare.diff,
        replay.replay,
        checkpoints.checkpoints,
        trends.trends,
    ),
    "Check": (
        audit.audit,
        audit.bundle,
        erase.retention,
        verify.verify,
        verify.prove,
        seals.seal,
        seals.seals,
        upkeep.doctor,
        upkeep.rebuild,
    ),
}
"""The commands, as the help groups them."""


def flowing(text: str | None) -> str:
    """Return a docstring whose paragraphs have no line ends: the screen decides where they break.

    A line that is indented, as in a list, keeps its line end.
    """
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(re.sub(r"\n(?! )", " ", paragraph) for paragraph in paragraphs)


flow.app.command("budget")(budget.budget)


def _command(command: Callable[..., None], panel: str) -> Any:
    alone = typer.Typer(add_completion=False)
    alone.command(rich_help_panel=panel, help=flowing(command.__doc__))(command)
    return typer.main.get_command(alone)


def _group(group: typer.Typer, panel: str) -> Any:
    group._add_completion = False  # noqa: SLF001  # typer offers it to whole programs only
    made: Any = typer.main.get_command(group)
    made.rich_help_panel, made.help = panel, flowing(made.help)
    for member in made.commands.values():
        member.help = flowing(member.help)
    return made


_MAKERS: Final[Mapping[str, Callable[[], Any]]] = {
    **{
        command.__name__: partial(_command, command, panel)
        for panel, commands in PANELS.items()
        for command in commands
    },
    "log": partial(_group, log.app, "Ask"),
    "privacy": partial(_group, flow.app, "Ask"),
    "erase": partial(_group, erase.app, "Work"),
    "ledger": partial(_group, ledger.app, "Check"),
    "witness": partial(_group, witness.app, "Check"),
    "keys": partial(_group, keys.app, "Work"),
    "policy": partial(_group, policy.app, "Work"),
}
app = typer.Typer(
    name="lineage",
    cls=late_group(_MAKERS),
    help="Record what is done to personal data, and ask, replay and verify it.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # typer's signature
    if wanted:
        typer.echo(f"privacy-lineage {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and log output.")] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Record what is done to personal data, and ask, replay and verify it."""
    if debug:
        os.environ["LINEAGE_DEBUG"] = "1"
    _log_to_stderr(is_verbose=_is_debug() or not sys.stderr.isatty())


def main() -> None:
    """Run the command line and exit.

    0: done; 1: failed or refused; 2: wrong usage; 3: the run succeeded, and its report, the
    execution log or its seal could not be written.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    console.guard_output()
    try:
        code = app(prog_name="lineage", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the last stop: one line for every error
        fail(error)
    if code == EXIT_INTERRUPTED:
        _fail("interrupted", code)
    _leave(code if isinstance(code, int) else 0)


def fail(error: Exception) -> NoReturn:
    """Print an error in one line, with its traceback under --debug, and exit."""
    from lineage.kernel.errors import LineageError, safe_message  # noqa: PLC0415  # start-up time

    usage = getattr(error, "format_message", None)  # of typer, or the click it contains
    if usage is not None:
        _fail_usage(error, usage())
    if _is_debug():
        sys.stderr.write(plain_lines("".join(traceback.format_exception(error))))
    _fail(safe_message(error), error.exit_code if isinstance(error, LineageError) else 1)


def _fail_usage(error: Any, message: str) -> NoReturn:
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        sys.exit(EXIT_USAGE)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "lineage"
    _fail(f"{message.rstrip('.')}; see `{command} --help`", EXIT_USAGE)


def _is_debug() -> bool:
    return bool(os.environ.get("LINEAGE_DEBUG"))


class _LogFormatter(PlainFormatter):
    """Shows the text of a foreign exception, which may contain data, only under --debug.

    A record with the attribute `brief` shows that instead of its message, which the command
    prints in its place: the run, or the error that ends it.
    """

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info is None:
            text = super().format(record)
            brief = getattr(record, "brief", None)
            return text if brief is None or _is_debug() else f"{record.name}: {plain(brief)}"
        from lineage.tasks.lifecycle.task_log import LogFormatter  # noqa: PLC0415  # start-up time

        if not _is_debug():
            return LogFormatter(self._fmt).format(record)
        record.exc_text = None  # cached by another handler
        return super().format(record)


def _log_to_stderr(*, is_verbose: bool) -> None:
    """Show log lines where there are no progress bars; on a terminal only warnings."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.INFO if is_verbose else logging.ERROR)
    handler.setFormatter(_LogFormatter("%(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [handler]


def _fail(message: str, code: int) -> NoReturn:
    console.print_error(f"lineage: {message}")
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Exit, even if a query that could not be stopped is still running."""
    limits = sys.modules.get("projections.catalog.limits")
    if limits is not None and limits.has_abandoned():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _as_interrupt(number: int, _frame: object) -> None:
    # the text distinguishes it from Ctrl-C, see RunRecorder.interrupt_by
    raise KeyboardInterrupt(signal.Signals(number).name)

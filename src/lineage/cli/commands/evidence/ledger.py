"""The commands about how the ledger is kept: encrypt it, and say how it is encrypted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption, confirm
from lineage.cli.screen import console

app = typer.Typer(name="ledger", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """Encrypt the ledger, and say how it is encrypted.

    In a new project `"ledger": {"encryption": true}` in the project file encrypts it from the first
    event on. Example: `lineage ledger status`.
    """


@app.command("encrypt")
def encrypt(
    keep_old: Annotated[
        bool,
        typer.Option(
            "--keep-old",
            help="Keep a copy of the ledger as it was. It is in the clear; seals that were made "
            "before can only be checked against it.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Encrypt the ledger of a project that has one in the clear.

    The master key comes from LINEAGE_MASTER_KEY, the file that LINEAGE_MASTER_KEY_FILE names, or
    the entry of the system's keyring that LINEAGE_MASTER_KEY_ENTRY names.
    Without it the history cannot be read any more, so keep it, and `.lineage/keys`, in a safe
    place. Example: `lineage ledger encrypt --keep-old`.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.upkeep import ledger_encryption  # noqa: PLC0415

    with Project.open(project) as opened:
        if not opened.ledger.is_encrypted:
            confirm("Encrypt the ledger? It cannot be undone.", yes=yes)
        done = ledger_encryption.encrypt(opened, keeps_old=keep_old)
        state = ledger_encryption.status(opened)
        copy = None if done.copy is None else opened.display(done.copy)
    if as_json:
        console.print_json({"events_encrypted": done.events, "copy": copy, **asdict(state)})
        return
    if done.events:
        console.print_line(f"{done.events:,} events encrypted")
    else:
        console.print_line("the ledger was encrypted before")
    if copy is not None:
        console.note(f"the ledger as it was, in the clear: {console.plain(copy)}")
    console.note(ledger_encryption.statement(state))


@app.command("status")
def status(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Say whether the ledger is encrypted, what was erased, and what is in the clear.

    No master key is needed. Example: `lineage ledger status --json`.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.upkeep import ledger_encryption  # noqa: PLC0415

    with Project.open(project) as opened:
        state = ledger_encryption.status(opened)
    if as_json:
        console.print_json(asdict(state))
        return
    console.print_line(ledger_encryption.statement(state))

"""Commands about releases: ask for one, list them, finish or withdraw one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.options import SHORT, JsonOption, ProjectOption
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.project import Project
    from lineage.releases.door import ReleaseOutcome


def release(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file, or folder of a set, to release.")
    ],
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="TEXT", help="What the recipient may use it for.")
    ],
    recipient: Annotated[str, typer.Option("--recipient", metavar="NAME", help="Who gets it.")],
    approver: Annotated[
        str,
        typer.Option(
            "--approver", metavar="NAME", help="Who decides (default: the actor of the events)."
        ),
    ] = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a file by the project's policies, and release it if none blocks that.

    The decision is recorded first; then a copy appears in DATA/releases. Exits with 1 if the file
    is refused; nothing appears then. An encrypted file is measured if LINEAGE_MASTER_KEY opens it.
    The folder of a set of files, which is one table, is judged and released as a whole.

    Example: lineage release DATA/processed/t_1A/output/people.parquet --purpose "yearly
    statistics" --recipient university
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.releases import door, keys  # noqa: PLC0415

    with Project.open(project) as opened:
        asked = door.ReleaseRequest(
            path=file.absolute(),
            purpose=purpose,
            recipient=recipient,
            approver=approver or opened.ledger.actor,
            encryption=keys.of_file(opened, file.absolute()),
        )
        outcome = door.release(opened, asked)
        if as_json:
            console.print_json(_document(opened, outcome))
        else:
            _show(opened, outcome)
    if not outcome.is_released:
        raise typer.Exit(1)


def releases(
    now: Annotated[
        bool, typer.Option("--now/--then", help="Judge the released files again, as of now.")
    ] = True,
    finish: Annotated[
        str | None,
        typer.Option("--finish", metavar="ID", help="Publish what was approved before a crash."),
    ] = None,
    withdraw: Annotated[
        str | None,
        typer.Option("--withdraw", metavar="ID", help="Remove a release; --reason says why."),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why it is withdrawn.")
    ] = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what was released or refused, with the verdict of then and of now.

    A release "no longer holds" if today's policies, declarations or lineage would keep it back.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.releases import door, listing  # noqa: PLC0415

    if finish is not None and withdraw is not None:
        raise typer.BadParameter("not together with --withdraw", param_hint="--finish")
    with Project.open(project) as opened:
        if finish is not None:
            console.print_line(opened.display(door.finish(opened, finish)))
            return
        if withdraw is not None:
            door.withdraw(opened, withdraw, reason)
            console.print_line(f"release {console.plain(withdraw)} withdrawn")
            return
        found = listing.list_releases(opened, judges_now=now)
    if as_json:
        console.print_json(found)
        return
    if not found:
        console.note("no releases yet; `lineage release FILE` asks for one")
        return
    console.print_table(
        ("release", "decided", "file", "recipient", "purpose", "by", "then", "now", "because"),
        [_row(one) for one in found],
        drop=("purpose", "because", "recipient", "by"),
    )


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    return (
        one["release_id"][:SHORT],
        datetime.fromisoformat(one["decided_at"]),
        one["source_uri"],
        one["recipient"],
        one["purpose"],
        one["approver"],
        one["then"],
        one["now"],
        "; ".join(one["now_because"]) or None,
    )


def _document(project: Project, outcome: ReleaseOutcome) -> dict[str, Any]:
    return {
        "release_id": outcome.release_id,
        "is_released": outcome.is_released,
        "path": None if outcome.path is None else project.display(outcome.path),
        "sha256": outcome.sha256,
        "violations": [one.policy for one in outcome.blocking],
        "warnings": list(outcome.warnings),
        "evaluated": [one.model_dump(mode="json") for one in outcome.evaluated],
    }


def _show(project: Project, outcome: ReleaseOutcome) -> None:
    console.print_table(
        ("policy", "outcome", "because"),
        [
            (
                one.policy,
                f"{one.outcome}, waived" if one.waiver else one.outcome,
                one.reason or None,
            )
            for one in outcome.evaluated
        ],
    )
    if outcome.path is None:
        console.print_line("refused; nothing was released")
    else:
        console.print_line(f"released as {console.plain(project.display(outcome.path))}")

"""Commands that erase data for good, on record, and list what is past its period."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.options import SHORT, JsonOption, ProjectOption
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.erasure.execution import Erasure, Kind, Outcome
    from lineage.erasure.subjects import Subject
    from lineage.events import ErasureStep
    from lineage.project import Project

app = typer.Typer(name="erase", no_args_is_help=True)

ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; kept on record, so name no person.")
]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Show the plan, and do nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
PartialOption = Annotated[
    bool,
    typer.Option("--partial", help="Go on although the events stay readable (see the plan)."),
]


@app.callback()
def erase() -> None:
    """Erase a run, a dataset or a person: everything that holds it, and what was made from it.

    The plan is shown first. It is carried out step by step, on record, and ends with a signed
    receipt. Killed, it is finished by `lineage erase finish`.
    """


@app.command("run")
def erase_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run id, or its first characters.")],
    reason: ReasonOption,
    dry_run: DryOption = False,
    yes: YesOption = False,
    partial: PartialOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a run: its history, its files, states and report, and what was made from them."""
    from lineage.erasure import planning  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with Project.open(project) as opened:
        with opened.catalog() as catalog:
            run_id = find_run(catalog, run)
        steps = planning.plan_run(opened, run_id)
        asked = _Asked("run", run_id, reason, steps)
        _erase(opened, asked, dry_run=dry_run, yes=yes, partial=partial, as_json=as_json)


@app.command("dataset")
def erase_dataset(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A declared name, or a file.")],
    reason: ReasonOption,
    dry_run: DryOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a dataset: every version on the disk, and what was made from it."""
    from lineage.erasure import planning  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        steps = planning.plan_dataset(opened, dataset)
        asked = _Asked("dataset", planning.uri_of(opened, dataset), reason, steps)
        _erase(opened, asked, dry_run=dry_run, yes=yes, partial=True, as_json=as_json)


@app.command("subject")
def erase_subject(
    subject: Annotated[str, typer.Argument(metavar="ID", help="The value that names the person.")],
    column: Annotated[
        str, typer.Option("--column", metavar="NAME", help="The column that holds it.")
    ],
    reason: ReasonOption,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME", help="Only in this dataset.")
    ] = None,
    dry_run: DryOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a person: their rows, their pseudonym, and what was made from these files.

    The history has a digest of the ID, made with a key that is destroyed at the end.
    """
    from lineage.erasure import planning  # noqa: PLC0415  # start-up time
    from lineage.erasure.subjects import Subject  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        steps = planning.plan_subject(opened, subject, column, dataset=dataset)
        person = Subject(value=subject, column=column)
        asked = _Asked("subject", "", reason, steps, person)
        _erase(opened, asked, dry_run=dry_run, yes=yes, partial=True, as_json=as_json)


@app.command("finish")
def finish(
    erasure: Annotated[str, typer.Argument(metavar="ERASURE", help="Its id.")],
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="ID", help="The person, if it is about one.")
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", metavar="NAME", help="The column that holds the ID.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Finish an erasure that was interrupted, or whose steps failed."""
    from lineage.erasure import execution  # noqa: PLC0415  # start-up time
    from lineage.erasure.subjects import Subject  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415
    from projections.privacy.called import called  # noqa: PLC0415
    from projections.privacy.erasure_list import build_erasure_list  # noqa: PLC0415

    person = None
    if subject is not None and column is not None:
        person = Subject(value=subject, column=column)
    with Project.open(project) as opened:
        with opened.catalog() as catalog:
            ids = [one["erasure_id"] for one in build_erasure_list(catalog)]
        whole = called(erasure, ids, "erasure", all_by="lineage erase list")
        done = execution.carry_out(opened, whole, subject=person, on_step=_tell(as_json))
        _show(opened, done, as_json=as_json)


@app.command("list")
def list_all(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """List the erasures, with what could not be erased."""
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from projections.privacy.erasure_list import build_erasure_list  # noqa: PLC0415

    with Project.open(project) as opened, opened.catalog() as catalog:
        found = build_erasure_list(catalog)
    if as_json:
        console.print_json(found)
        return
    if not found:
        console.note("nothing was erased yet")
        return
    console.print_table(
        ("erasure", "planned", "what", "target", "state", "steps", "remaining"),
        [
            (
                one["erasure_id"][:SHORT],
                datetime.fromisoformat(one["planned_at"]),
                one["kind"],
                one["target"][:SHORT] if one["kind"] == "subject" else one["target"],
                one["state"],
                f"{one['steps_ended']} of {one['steps']}",
                len(one["remaining"]),
            )
            for one in found
        ],
        drop=("planned",),
    )


def retention(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """List the files that the project keeps for longer than it declares.

    A period is declared with a dataset (`retention`) and counts from when a version was first on
    record. Exits with 1 if a file is past its period. `lineage erase dataset` erases one.
    """
    from lineage.erasure.retention import list_retention  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        found = list_retention(opened)
    if as_json:
        console.print_json(found)
    elif not found:
        console.note("no dataset with a declared retention is on the disk")
    else:
        console.print_table(
            ("dataset", "file", "since", "period", "ends", "over", "bytes"),
            [
                (
                    one["dataset"],
                    one["uri"],
                    datetime.fromisoformat(one["since"]),
                    one["period"],
                    datetime.fromisoformat(one["ends_at"]),
                    one["is_over"],
                    one["size_bytes"],
                )
                for one in found
            ],
            drop=("bytes", "since"),
        )
    if any(one["is_over"] for one in found):
        raise typer.Exit(1)


class _Asked:
    """What is to be erased."""

    def __init__(
        self,
        kind: Kind,
        target: str,
        reason: str,
        steps: Sequence[ErasureStep],
        subject: Subject | None = None,
    ) -> None:
        self.kind: Kind = kind
        self.target = target
        self.reason = reason
        self.steps = steps
        self.subject = subject


def _erase(
    project: Project, asked: _Asked, *, dry_run: bool, yes: bool, partial: bool, as_json: bool
) -> None:
    from lineage.erasure import execution  # noqa: PLC0415  # start-up time
    from lineage.kernel.errors import CommandRejectedError  # noqa: PLC0415

    if dry_run and as_json:
        console.print_json([step.model_dump(mode="json") for step in asked.steps])
        return
    if not as_json:
        _show_plan(asked.steps)
    if dry_run:
        return
    readable = [one for one in asked.steps if (one.action, one.subject) == ("keep", "events")]
    if readable and not partial:
        raise CommandRejectedError(
            "erasure",
            problem=readable[0].reason,
            remedy="convert the ledger first, or erase the files alone with --partial",
        )
    _confirm(len(asked.steps), yes=yes)
    erasure_id = execution.begin(
        project,
        asked.kind,
        asked.target,
        reason=asked.reason,
        steps=asked.steps,
        subject=asked.subject,
    )
    done = execution.carry_out(project, erasure_id, subject=asked.subject, on_step=_tell(as_json))
    _show(project, done, as_json=as_json)


def _show_plan(steps: Sequence[ErasureStep]) -> None:
    console.print_table(
        ("step", "action", "what", "file", "because"),
        [
            (number, step.action.replace("_", " "), step.subject, step.uri, step.reason)
            for number, step in enumerate(steps, 1)
        ],
        drop=("because", "what"),
    )


def _tell(is_quiet: bool) -> Any:  # noqa: FBT001  # the flag of the command
    def tell(number: int, step: ErasureStep, outcome: Outcome) -> None:
        console.note(f"step {number}: {step.action.replace('_', ' ')} {step.uri}: {outcome}")

    return None if is_quiet else tell


def _show(project: Project, done: Erasure, *, as_json: bool) -> None:
    receipt = None if done.receipt is None else project.display(done.receipt)
    if as_json:
        steps = [
            {**step.model_dump(mode="json"), "outcome": outcome} for step, outcome in done.steps
        ]
        console.print_json({"erasure_id": done.erasure_id, "steps": steps, "receipt": receipt})
    elif receipt is not None:
        console.print_line(f"erased; receipt: {console.plain(receipt)}")
    if receipt is None:
        failed = sum(outcome == "failed" for _, outcome in done.steps)
        console.print_error(
            f"{failed} of {len(done.steps)} steps failed; mend the cause, then: "
            f"lineage erase finish {done.erasure_id}"
        )
        raise typer.Exit(1)


def _confirm(count: int, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("needed where nobody can be asked", param_hint="--yes")
    typer.confirm(f"Carry out these {count} steps? They cannot be undone.", abort=True, err=True)

"""Commands that prove that nobody changed the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.commands.evidence.given import text_of, verifier_key_of
from lineage.cli.options import JsonOption, ProjectOption, completing
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.project import Project

HeadOption = Annotated[
    list[str] | None,
    typer.Option(
        "--head",
        metavar="FILE|TEXT",
        help="A signed head that was kept elsewhere: a file, or its text. May be given again.",
        show_default=False,
    ),
]
KeyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="KEY",
        help="A verifier key that you trust, or a file that holds one; without it the first key "
        "on record is trusted.",
        show_default=False,
    ),
]


def verify(
    head: HeadOption = None,
    key: KeyOption = None,
    files: Annotated[
        bool, typer.Option("--files", help="Also read every file on record and compare it.")
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that the ledger is what was signed, and say what that is worth.

    Every event is hashed again, every signature checked; what differs is named with its first
    position. Events after the last signed head are not covered. A head that somebody kept outside
    of this project says most: lineage verify --head mailed.txt

    Exits with 1 if anything differs. `lineage doctor --deep` compares catalog and reports.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.seals.verification import verify as verify_ledger  # noqa: PLC0415

    keys = [verifier_key_of(text, "--key") for text in key or ()]
    heads = [text_of(text, "--head") for text in head or ()]
    with Project.open(project, is_trusted=False) as opened:
        found = verify_ledger(opened, outside=heads, trusted=keys)
        document = found.as_document()
        if files:
            document["files"] = _compare_files(opened)
        document["worth"] = _worth(opened, document)
    if as_json:
        console.print_json(document)
    else:
        _print(document)
    if document["problems"] or document.get("files", {}).get("changed"):
        raise typer.Exit(1)


def prove(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="EVENT|FILE|RUN",
            help="The position of an event, a file on record, a run, or a task.",
            autocompletion=completing("files", "runs", "tasks"),
        ),
    ] = None,
    consistency: Annotated[
        tuple[int, int] | None,
        typer.Option(
            "--consistency",
            metavar="A B",
            help="Prove that the signed head over B events continues the one over A.",
            show_default=False,
        ),
    ] = None,
    with_payload: Annotated[
        bool | None,
        typer.Option(
            "--with-payload/--without-payload",
            help="Whether the proof holds what the events say, or only their position and "
            "envelope. Of a file it does unless told otherwise.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write the proof to a file.", show_default=False),
    ] = None,
    verifier: Annotated[
        bool,
        typer.Option(
            "--verifier", help="With --to: put verify_lineage.py, which checks it, beside."
        ),
    ] = False,
    project: ProjectOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the proof, which is JSON, with --to as well.")
    ] = False,
) -> None:
    """Write a proof that an event, a file or a run is on record under the signed head.

    Whoever gets the proof checks it without this program and without the ledger:
    lineage prove people.csv --to proof.json
    """
    from lineage.kernel import files  # noqa: PLC0415  # start-up time
    from lineage.kernel.values import document_text  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415
    from lineage.seals.standalone import FILE_NAME  # noqa: PLC0415
    from lineage.seals.standalone import verifier as verifier_text  # noqa: PLC0415

    if (name is None) == (consistency is None):
        raise typer.BadParameter("give a name, or --consistency A B", param_hint="EVENT|FILE|RUN")
    if verifier and to is None:
        raise typer.BadParameter("needs --to FILE", param_hint="--verifier")
    with Project.open(project) as opened:
        target = None if to is None else opened.check_target(to)
        script = opened.check_target(to.with_name(FILE_NAME)) if to and verifier else None
        document = _proof(opened, name, consistency, with_payload=with_payload)
    if target is not None:
        files.write_text(target, document_text(document))
        if script is not None:
            files.write_text(script, verifier_text())
        console.note(f"{to} written; `verify_lineage.py {to} --key KEY` checks it")
    if target is None or as_json:
        console.print_json(document)


def _proof(
    project: Project,
    name: str | None,
    consistency: tuple[int, int] | None,
    *,
    with_payload: bool | None,
) -> dict[str, Any]:
    from lineage.seals.proofs import prove_consistency, prove_events  # noqa: PLC0415  # start-up
    from projections.dependency_graph.records import records_of  # noqa: PLC0415

    if consistency is not None:
        return prove_consistency(project, *consistency)
    with project.catalog() as catalog:
        records = records_of(catalog, name or "")
    shows = records.kind == "file" if with_payload is None else with_payload
    about = f"{records.kind} {records.label}" if records.kind != "event" else records.label
    return prove_events(project, records.positions, about=about, with_payload=shows)


def _compare_files(project: Project) -> dict[str, Any]:
    from projections.catalog.file_states import build_file_check  # noqa: PLC0415  # start-up time

    with project.catalog() as catalog:
        return build_file_check(catalog, project.storage)


def _print(document: dict[str, Any]) -> None:
    problems = [
        (problem["kind"], _places(problem), problem["detail"]) for problem in document["problems"]
    ]
    files = document.get("files", {})
    problems += [
        (f"file {changed['state']}", changed["position"], changed["uri"])
        for changed in files.get("changed", ())
    ]
    if problems:
        console.print_table(("what", "position", "found"), problems)
    heads = console.counted(document["heads"], "signed head")
    checked = "; the signature of every head was checked" if document["heads"] else ""
    console.print_line(
        f"{document['events']:,} events, {heads}: "
        f"{'as signed' if not document['problems'] else 'NOT as signed'}, verified up to position "
        f"{document['verified_until']:,}{checked}"
    )
    if files:
        on_record = console.counted(files["files"], "file")
        console.print_line(f"{on_record} on record, {len(files['changed']):,} changed")
    console.print_line(document["worth"])
    if document["not_covered"]:
        events = console.counted(document["not_covered"], "event")
        console.note(f"{events} after that not covered; `lineage seal` signs a head over all")
    for remark in document["remarks"]:
        console.note(remark)


def _places(problem: dict[str, Any]) -> str:
    first, last = problem["position"], problem["until"]
    if first is None:
        return ""
    return f"{first}" if last in {None, first} else f"{first}-{last}"


def _worth(project: Project, document: dict[str, Any]) -> str:
    """Return what the answer is worth as the project is set up, in a sentence."""
    from lineage.seals.worth import worth  # noqa: PLC0415  # start-up time

    if document["problems"]:
        return "nothing after the last verified position can be relied on"
    return worth(project).sentence

"""The commands that write and check audits, and pack what an auditor needs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.project import Project


def audit(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK|RUN]", help="Only this task, or this run (default: everything)."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", metavar="DAY", formats=["%Y-%m-%d"], help="Only runs that began since then."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page (default: in DATA/audits)."),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option("--verify", metavar="FILE", help="Make this audit again, and compare."),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an audit: a page for people and the same as JSON, made from the ledger alone.

    It says who processes which personal data and why, what was done to it and with which
    parameters, who decided, what risk remains, and how far the record is proven; then a checklist
    (GDPR, HIPAA, ISO/IEC 27559 and 20889) with the place of each piece of evidence. It is no legal
    advice.

    With --verify, exits with 1 if the file is not what the ledger says.

    Example: lineage audit t_1A --output audit.html
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time

    with Project.open(project) as opened:
        if verify is not None:
            _verify(opened, verify, as_json=as_json)
        else:
            _write(opened, name, since, output, as_json=as_json)


def bundle(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RUN|RELEASE", help="A run, a task for its latest run, or a release id."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The archive (default: in DATA/reports)."
        ),
    ] = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Put the released file in, too.")
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one archive for an auditor, who opens and checks it without this program.

    It has the report of the run, its audit, proofs of its events under the newest signed head, the
    tables of just this run, and the program that checks the proofs; README.txt says how. If no
    head covers the events yet, one is signed.

    Example: lineage bundle t_1A --output for_the_auditor.zip
    """
    from lineage.audits.bundle import find_subject, write_bundle  # noqa: PLC0415  # start-up time
    from lineage.kernel.digest import sha256_file  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        subject = find_subject(opened, name)
        target = None if output is None else output.absolute()
        written = write_bundle(opened, subject, target, with_data=with_data)
        shown, sha256 = opened.display(written), sha256_file(written)
    if as_json:
        document = {"file": shown, "sha256": sha256, "about": subject.label}
        console.print_json({**document, "events": len(subject.positions)})
        return
    events = console.counted(len(subject.positions), "event")
    console.print_line(console.plain(f"{shown}: {subject.label}, {events} proved"))
    console.print_line(f"SHA-256 {sha256}")


def _verify(project: Project, file: Path, *, as_json: bool) -> None:
    from lineage.audits import audits  # noqa: PLC0415  # start-up time

    found = audits.check(project, file)
    if as_json:
        console.print_json(found)
    elif found["is_equal"]:
        console.print_line(f"equal: the ledger says the same up to event {found['position']:,}")
    else:
        parts = ", ".join(found["differs"])
        console.print_error(f"{file} is not what the ledger says{parts and f': {parts}'}")
    if not found["is_equal"]:
        raise typer.Exit(1)


def _write(
    project: Project,
    name: str | None,
    since: datetime | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    from lineage.audits import audits  # noqa: PLC0415  # start-up time
    from projections.documents.run_lookup import find_run  # noqa: PLC0415
    from projections.documents.task_list import is_known_task  # noqa: PLC0415

    run = task = None
    if name is not None:
        with project.catalog() as catalog:
            if is_known_task(catalog, name):
                task = name
            else:
                run = find_run(catalog, name)
    made = audits.audit(project, audits.parse_scope(run, task, since))
    page, document = audits.write(project, made, None if output is None else output.absolute())
    if as_json:
        console.print_json(made.document)
        return
    for sentence in made.document["summary"]:
        console.print_line(console.plain(sentence))
    states = [line["state"] for line in made.document["checklist"]]
    console.print_line(
        f"checklist: {states.count('evidence')} of {len(states)} lines with evidence, "
        f"{states.count('not recorded')} not recorded"
    )
    for path in (page, document):
        console.print_line(console.plain(project.display(path)))

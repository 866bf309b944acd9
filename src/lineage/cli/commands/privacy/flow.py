"""The commands about personal data: where it went, what columns are, whether protection holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import (
    AsKnownAtOption,
    AsOfOption,
    JsonOption,
    ProjectOption,
    completing,
)
from lineage.cli.screen import console
from lineage.kernel.roles import ColumnRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lineage.kernel.values import JsonValue
    from lineage.project import Project
    from projections import Catalog

app = typer.Typer(name="privacy", no_args_is_help=True)


_WORDS = {
    ColumnRole.DIRECT_IDENTIFIER: "a direct identifier",
    ColumnRole.QUASI_IDENTIFIER: "a quasi-identifier",
    ColumnRole.SENSITIVE: "sensitive",
    ColumnRole.NON_SENSITIVE: "not sensitive",
}

DatasetArgument = Annotated[
    str, typer.Argument(metavar="DATASET", help="Name of the dataset, as runs call it.")
]
ColumnArgument = Annotated[str, typer.Argument(metavar="COLUMN", help="Name of the column.")]


@app.callback()
def privacy() -> None:
    """Ask where personal data went and what protects it, and say what columns are."""


@app.command()
def flow(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE|RUN]",
            help="A file, release, run or task; everything that was released without it.",
            autocompletion=completing("files", "tasks", "runs"),
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Write a page to a file, without scripts or other files.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the sources of each released column, what was done on the way, and what is left.

    The verdict on a column is "unchanged" if a source reaches it by a path on which nothing
    protects, "protected", "generated" if no source supplied its values, and "unknown" if on the
    way somebody did not declare where values came from. Roles are those that the project declares
    under `datasets`, and those that a person confirmed.

    Example: lineage privacy flow DATA/processed/t_release/output/people.csv --html flow.html
    """
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.dependency_graph.privacy_flow import build_privacy_flows  # noqa: PLC0415

    with open_history(project, as_of, as_known_at, output=html) as (opened, catalog):
        is_past = (as_of, as_known_at) != (None, None)
        dictionary = _dictionary(opened, catalog, is_past=is_past)
        document = build_privacy_flows(catalog, dictionary, name=name, root=opened.root)
    if html is not None:
        from lineage.kernel import files  # noqa: PLC0415
        from projections.pages.privacy_page import privacy_page  # noqa: PLC0415

        files.write_text(html.absolute(), privacy_page(document))
    if as_json:
        console.print_json(document)
    elif document["files"]:
        from lineage.cli.screen.privacy_view import print_flow  # noqa: PLC0415

        for file in document["files"]:
            print_flow(file)
    else:
        console.note(_nothing(name))
    if html is not None:
        console.note(f"wrote {html}")


@app.command()
def proposals(
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were decided or declared, too.")
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the columns that profiles took for personal data, for a person to decide about.

    Example: lineage privacy proposals
    """
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.documents.privacy.proposals import (  # noqa: PLC0415
        build_classification_proposals,
    )

    with open_history(project, None) as (opened, catalog):
        dictionary = _dictionary(opened, catalog, is_past=False)
        found = build_classification_proposals(catalog, dictionary)
    chosen = [one for one in found if everything or one["state"] == "open"]
    if as_json:
        console.print_json(chosen)
    elif chosen:
        from lineage.cli.screen.privacy_view import print_proposals  # noqa: PLC0415

        print_proposals(chosen)
    else:
        decided = "; --all shows those that were decided" if found else ""
        console.note(f"no open proposals; an operation that profiles a dataset makes them{decided}")


@app.command()
def confirm(
    dataset: DatasetArgument,
    column: ColumnArgument,
    role: Annotated[ColumnRole, typer.Option("--role", help="What it can tell about a person.")],
    category: Annotated[
        str,
        typer.Option("--class", metavar="TEXT", help="Which personal data it holds, in words."),
    ] = "",
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why; kept on record, so name no person."),
    ] = "",
    project: ProjectOption = None,
) -> None:
    """Say what a column is to the people in it. Who said so, and when, is on record.

    What the project declares of a column counts: it cannot be confirmed to be something else.

    Example: lineage privacy confirm people note --role sensitive --class health
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.recording import classification  # noqa: PLC0415

    said = classification.Said(role=role, category=category, reason=reason)
    with Project.open(project) as opened:
        is_new = classification.confirm(opened, dataset, column, said)
    words = f"{_WORDS[role]}{f' ({category})' if category else ''}"
    already = "" if is_new else ", as was on record already"
    console.print_line(f"column {column} of dataset {dataset} is {words}{already}")


@app.command()
def reject(
    dataset: DatasetArgument,
    column: ColumnArgument,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why; kept on record, so name no person."),
    ],
    project: ProjectOption = None,
) -> None:
    """Say that a proposal is wrong, or take back what was confirmed of a column.

    Example: lineage privacy reject people note --reason "free text of the clerk"
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.recording import classification  # noqa: PLC0415

    with Project.open(project) as opened:
        is_new = classification.reject(opened, dataset, column, reason)
    already = "" if is_new else ", as was on record already"
    console.print_line(f"column {column} of dataset {dataset} is not what was proposed{already}")


@app.command()
def check(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="The file; its newest version.", autocompletion=completing("files")
        ),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="COLUMN",
            help="A column of file and source that names a row; several together.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare each column that is said to be protected with its sources, and record the figures.

    A claim is false if masked or pseudonymized values are those of the source, or a plain hash of
    them, or if values that were to be generalized, suppressed, aggregated or noisy are unchanged
    and lead back to single rows. Sources are read from disk if they still have their recorded
    content. Exits with 1 if a claim is false.

    Example: lineage privacy check DATA/processed/t_release/output/people.csv
    """
    from lineage import datasets  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415
    from lineage.upkeep.claim_check import check_claims  # noqa: PLC0415

    with Project.open(project) as opened:
        dictionary = datasets.to_plain(opened.settings.datasets)
        checked = check_claims(opened, file, dictionary, keys=key or ())
    if as_json:
        console.print_json([asdict(one) for one in checked])
    elif checked:
        from lineage.cli.screen.privacy_view import print_claims  # noqa: PLC0415

        print_claims(checked)
    else:
        console.note(f"no column of {file} is said to be protected from all of its sources")
    if any(one.outcome == "false" for one in checked):
        raise typer.Exit(1)


def _dictionary(project: Project, catalog: Catalog, *, is_past: bool) -> Mapping[str, JsonValue]:
    from lineage.policies.dictionary import declared  # noqa: PLC0415  # start-up time

    return declared(project, catalog, is_past=is_past)


def _nothing(name: str | None) -> str:
    if name is not None:
        return f"{name} wrote no table"
    return (
        "nothing was released yet; `lineage release FILE` releases a file, and "
        "`lineage privacy flow FILE` shows what one would release"
    )

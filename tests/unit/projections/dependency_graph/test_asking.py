"""From the names a person types to the graph that answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from projection_scenarios import (
    Given,
    Step,
    digest,
    done,
    folded,
    of_run,
    operation,
    read,
    started,
    version_of,
    wrote,
)

from lineage.events import ColumnsDerived
from lineage.events.data import DerivedColumn
from lineage.kernel.errors import DatasetNotFoundError
from lineage.kernel.storage import LocalStorage
from projections.dependency_graph import Asked, Question, ask_impact
from projections.dependency_graph.asking import ask

RAW, MIDDLE, END = (version_of(uri, uri) for uri in ("raw.csv", "middle.csv", "end.csv"))
FIRST, SECOND = "r1#1", "r2#1"


def copied(source: str, target: str, run: str) -> Step:
    """A run that copies the column age of a file."""
    column = DerivedColumn(
        column="age",
        source_uri=source,
        source_sha256=digest(source),
        source_column="age",
        effect="identity",
        is_direct=True,
    )
    return of_run(
        started(),
        operation(),
        read(source, source),
        wrote(target, target),
        ColumnsDerived(operation=1, uri=target, sha256=digest(target), columns=(column,)),
        done(),
        run=run,
    )


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A file, a copy of it, and a copy of that."""
    with folded(
        copied("raw.csv", "middle.csv", "r1"), copied("middle.csv", "end.csv", "r2")
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("question", "names", "nodes"),
    [
        ("all", (), {RAW, FIRST, MIDDLE, SECOND, END}),
        ("upstream", ("middle.csv",), {RAW, FIRST, MIDDLE}),
        ("downstream", ("middle.csv",), {MIDDLE, SECOND, END}),
        ("impact", ("middle.csv",), {MIDDLE, SECOND, END}),
        ("path", ("raw.csv", "r2#1"), {RAW, FIRST, MIDDLE, SECOND}),
        ("between", ("r1", "end.csv"), {FIRST, MIDDLE, SECOND, END}),
        ("path", ("end.csv", "raw.csv"), set()),
        ("upstream", ("middle.csv:age",), {f"{RAW}:age", f"{MIDDLE}:age"}),
        ("between", ("raw.csv:age", "end.csv:age"), {f"{n}:age" for n in (RAW, MIDDLE, END)}),
        ("path", ("raw.csv:age", "middle.csv:age"), {f"{n}:age" for n in (RAW, MIDDLE)}),
    ],
)
def test_question_is_answered_by_its_graph(
    history: Given, question: Question, names: tuple[str, ...], nodes: set[str]
) -> None:
    """Names are found as they are typed; a column asks for columns."""
    assert set(ask(history.catalog, Asked(question=question, names=names))) == nodes


def test_columns_of_a_file_can_be_asked_for(history: Given) -> None:
    """The name of a file then means all of its columns."""
    graph = ask(history.catalog, Asked(question="upstream", names=("end.csv",), columns=True))

    assert {data["kind"] for _, data in graph.nodes(data=True)} == {"column"}
    assert f"{RAW}:age" in graph


def test_depth_and_limit_cut_the_answer(history: Given) -> None:
    """Two steps from a file lies the file it was made from; a limit keeps the nearest."""
    asked = Asked(question="upstream", names=("end.csv",), depth=2)

    assert set(ask(history.catalog, asked)) == {END, SECOND, MIDDLE}
    assert set(ask(history.catalog, asked, limit=1)) == {END}


def test_column_and_file_have_no_way_between_them(history: Given) -> None:
    """The error names both as they were typed."""
    asked = Asked(question="path", names=("raw.csv", "end.csv:age"))

    with pytest.raises(
        DatasetNotFoundError, match=r"'raw\.csv' and 'end\.csv:age'.*one is a column"
    ):
        ask(history.catalog, asked)


def test_path_on_the_disk_means_the_file_of_the_history(
    history: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where the project is told; a page that passes names on asks about names alone."""
    (tmp_path / "end.csv").write_text("end.csv")
    monkeypatch.chdir(tmp_path)
    asked = Asked(question="upstream", names=("./end.csv",))

    assert END in ask(history.catalog, asked, root=tmp_path)
    with pytest.raises(DatasetNotFoundError, match=r"name '\./end\.csv'"):
        ask(history.catalog, asked)


def test_impact_says_what_is_still_on_the_disk(history: Given, tmp_path: Path) -> None:
    """Each file to recall comes with its state, and what was meant by the name."""
    (tmp_path / "end.csv").write_text("other")
    asked = Asked(question="impact", names=("raw.csv",))

    found, document = ask_impact(
        history.catalog, asked, storage_of=lambda _: LocalStorage(tmp_path)
    )

    assert (found.kind, found.label) == ("file", "raw.csv")
    assert [(file["uri"], file["on_disk"]) for file in document["files"]] == [
        ("middle.csv", "missing"),
        ("end.csv", "replaced"),
    ]

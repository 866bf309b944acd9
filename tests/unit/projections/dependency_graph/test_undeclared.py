"""What is answered where an operation did not declare where its columns came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st
from projection_scenarios import (
    Given,
    Step,
    digest,
    folded,
    of_run,
    of_task,
    operation,
    read,
    started,
    untimed,
    version_of,
    wrote,
)

from lineage.events import (
    AssumedColumn,
    ColumnsAssumed,
    ColumnsDerived,
    ColumnsObserved,
    DerivedColumn,
    FileImported,
    ObservedColumn,
)
from projections.dependency_graph import Selection, column_path, columns_between, find_columns
from projections.dependency_graph.columns import column_graph
from projections.dependency_graph.ids import dataset_id
from projections.dependency_graph.impacts import impact
from projections.dependency_graph.undeclared import undeclared_among, undeclared_files


def column(name: str) -> str:
    """The id of "file:column"; the content of a file is its name."""
    file, _, of_file = name.partition(":")
    return f"{version_of(file, file)}:{of_file}"


def step(
    sources: str,
    target: str,
    declared: str = "",
    *,
    assumed: str = "",
    observed: str = "",
    columns: str = "name age",
) -> Step:
    """A run of one operation: "file ..." to a file, with "column=file:column ..." as declared."""
    said: list[Any] = []
    if declared:
        pairs = [one.split("=") for one in declared.split()]
        derived = tuple(_derived(name, *source.split(":")) for name, source in pairs)
        said.append(ColumnsDerived(operation=1, uri=target, sha256=digest(target), columns=derived))
    if assumed:
        name, source = assumed.split("=")
        same = AssumedColumn(column=name, source_uri=source, source_sha256=digest(source))
        said.append(ColumnsAssumed(operation=1, uri=target, sha256=digest(target), columns=(same,)))
    if observed:
        name, file, source = observed.replace("=", ":").split(":")
        found = ObservedColumn(
            column=name, source_uri=file, source_sha256=digest(file), source_column=source
        )
        said.append(
            ColumnsObserved(operation=1, uri=target, sha256=digest(target), columns=(found,))
        )
    return of_run(
        started(),
        operation(),
        *(read(source, source) for source in sources.split()),
        wrote(target, target, columns=tuple(columns.split())),
        *said,
        run=f"r-{target}",
    )


def _derived(name: str, file: str = "", source: str = "") -> DerivedColumn:
    return DerivedColumn(
        column=name,
        source_uri=file or None,
        source_sha256=digest(file) if file else None,
        source_column=source or None,
        effect="masking",
        is_direct=True,
    )


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A chain with a silent step in the middle, and other steps that say more."""
    with folded(
        step("raw", "masked", "name=raw:name age=raw:age"),
        step("masked", "silent"),
        step("silent", "release", "name=silent:name age=other:age"),
        step("raw", "partly", "name=raw:name"),
        step("raw", "assumed", assumed="name=raw"),
        step("assumed", "later", "name=assumed:name age=assumed:age"),
        step("", "invented", "name=: age=:"),
        step("", "behind"),
    ) as given_history:
        yield given_history


ANSWERS = [
    ("raw:name", "masked:name", "yes", []),
    ("raw:name", "masked:age", "no", []),
    ("raw:name", "silent:name", "unknown", ["silent"]),
    ("raw:name", "silent:age", "unknown", ["silent"]),
    ("raw:name", "release:name", "unknown", ["silent"]),
    ("raw:name", "release:age", "no", []),
    ("other:name", "silent:name", "no", []),
    ("release:name", "silent:name", "no", []),
    ("raw:name", "partly:name", "yes", []),
    ("raw:age", "partly:name", "no", []),
    ("raw:name", "partly:age", "unknown", ["partly"]),
    ("raw:name", "assumed:name", "yes", []),
    ("raw:age", "assumed:name", "unknown", ["assumed"]),
    ("raw:name", "later:name", "yes", []),
    ("raw:name", "later:age", "unknown", ["assumed"]),
    ("raw:name", "invented:name", "no", []),
    ("raw:name", "behind:name", "unknown", ["behind"]),
]


@pytest.mark.parametrize(("start", "goal", "answer", "files"), ANSWERS)
@pytest.mark.parametrize("ask", [column_path, columns_between])
def test_question_for_a_way_has_three_answers(
    history: Given, ask: Any, start: str, goal: str, answer: str, files: list[str]
) -> None:
    """Unknown is told apart from no, with the files of which nobody declared anything."""
    told = ask(history.catalog, [column(start)], [column(goal)]).graph

    assert (told["answer"], told["undeclared"]) == (answer, [version_of(f, f) for f in files])


@pytest.mark.parametrize(
    ("goal", "is_assumed"), [("masked:name", False), ("assumed:name", True), ("later:name", True)]
)
def test_way_by_an_assumed_step_is_told(history: Given, goal: str, *, is_assumed: bool) -> None:
    """A way that nobody declared is a yes that rests on an assumption."""
    graph = column_path(history.catalog, [column("raw:name")], [column(goal)])

    assert graph.graph["is_assumed"] is is_assumed
    assert any(assumed for *_, assumed in graph.edges(data="is_assumed")) is is_assumed


def test_declared_way_beside_an_assumed_one_is_sure() -> None:
    """One way that somebody declared is enough."""
    with folded(
        step("raw", "out", assumed="name=raw"),
        step("raw", "mid", "name=raw:name"),
        step("mid", "out", "name=mid:name"),
    ) as history:
        told = columns_between(history.catalog, [column("raw:name")], [column("out:name")]).graph

    assert (told["answer"], told["is_assumed"]) == ("yes", False)


def test_assumed_edge_is_drawn_as_identity_that_nobody_declared(history: Given) -> None:
    """Effect and assumption are both in the words of the edge."""
    graph = column_graph(history.catalog)

    assert untimed(graph.edges[column("raw:name"), column("assumed:name")]) == {
        "kind": "identity",
        "effects": ["identity (assumed)"],
        "is_direct": True,
        "is_assumed": True,
        "is_observed": False,
    }


def test_observed_edge_is_drawn_as_identity_that_is_sure() -> None:
    """Nobody declared it, but the content says it: the answer rests on no assumption."""
    with folded(step("raw", "seen", observed="title=raw:name", columns="title")) as history:
        graph = column_path(history.catalog, [column("raw:name")], [column("seen:title")])

    assert (graph.graph["answer"], graph.graph["is_assumed"]) == ("yes", False)
    assert untimed(graph.edges[column("raw:name"), column("seen:title")]) == {
        "kind": "identity",
        "effects": ["identity (observed)"],
        "is_direct": True,
        "is_assumed": False,
        "is_observed": True,
    }


def test_declared_step_beside_an_observed_one_is_declared() -> None:
    """What somebody declared needs no other reason."""
    with folded(
        step("raw", "seen", "title=raw:name", observed="title=raw:name", columns="title")
    ) as history:
        (data,) = [data for *_, data in column_graph(history.catalog).edges(data=True)]

    assert data["effects"] == ["identity (observed)", "masking"]
    assert not data["is_observed"]


@pytest.mark.parametrize(("columns", "files"), [("title", []), ("title age", ["seen"])])
def test_column_that_was_not_found_stays_unknown(columns: str, files: list[str]) -> None:
    """Of a file whose other columns were observed, nobody has said where it came from."""
    found = [version_of(file, file) for file in files]
    with folded(
        step("raw", "seen", observed="title=raw:name", columns=columns),
        step("raw", "aside", "age=raw:age", columns="age"),
    ) as history:
        recall = impact(history.catalog, [column("raw:age")])
        told = column_path(history.catalog, [column("raw:age")], [column("seen:age")]).graph
        whole = column_graph(history.catalog).graph

    assert recall["undeclared"] == whole["undeclared"] == found
    assert told["undeclared"] == found


@pytest.mark.parametrize(
    ("start", "direction", "answer", "files"),
    [
        ("silent:name", "upstream", "unknown", ["silent"]),
        ("release:name", "upstream", "unknown", ["silent"]),
        ("later:name", "upstream", "yes", []),
        ("raw:name", "upstream", "no", []),
        ("masked:name", "downstream", "unknown", ["silent"]),
        ("silent:name", "downstream", "yes", []),
        ("release:name", "downstream", "no", []),
    ],
)
def test_list_that_may_lack_something_is_unknown(
    history: Given, start: str, direction: Any, answer: str, files: list[str]
) -> None:
    """What was found is no complete answer if the trail is lost at a file."""
    wanted = Selection(starts=(column(start),), direction=direction)
    told = column_graph(history.catalog, wanted).graph

    assert (told["answer"], told["undeclared"]) == (answer, [version_of(f, f) for f in files])


@pytest.mark.parametrize(
    ("start", "answer", "is_assumed"),
    [
        ("masked:name", "unknown", False),
        ("raw:name", "unknown", True),
        ("assumed:name", "yes", False),
        ("silent:name", "yes", False),
        ("release:name", "no", False),
    ],
)
def test_impact_has_three_answers(
    history: Given, start: str, answer: str, *, is_assumed: bool
) -> None:
    """A file that may be affected, too, makes the list of affected ones unsure."""
    document = impact(history.catalog, [column(start)])

    assert (document["answer"], document["is_assumed"]) == (answer, is_assumed)


def test_impact_of_a_file_is_yes_or_no(history: Given) -> None:
    """What a run read is on record whether or not it declared columns."""
    assert impact(history.catalog, [version_of("masked", "masked")])["answer"] == "yes"
    assert impact(history.catalog, [version_of("release", "release")])["answer"] == "no"


def test_whole_graph_names_all_files_without_declaration(history: Given) -> None:
    """A picture of everything is not whole either."""
    told = column_graph(history.catalog).graph

    assert told["undeclared"] == [version_of(file, file) for file in ("behind", "silent")]
    assert told["is_assumed"]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="history"),
        pytest.param([step("raw", "out.csv", columns="")], id="unrecorded"),
        pytest.param(
            [step("raw", "out.csv", columns=""), step("out.csv", "x", "x=out.csv:y")],
            id="told later",
        ),
        pytest.param([step("raw", "out", observed="name=raw:name")], id="observed"),
    ],
)
def test_files_that_are_shown_are_asked_for_alone(history: Given, steps: list[Step]) -> None:
    """What is said of some files is what is said of them among all, and what the view says."""
    with folded(*steps) as other:
        catalog = other.catalog if steps else history.catalog
        rows = catalog.rows(
            "select dataset_key, count(distinct column_name) as columns from undeclared_columns "
            "group by all"
        )
        files = catalog.rows("select distinct uri, sha256, dataset_key from artifacts")
        named = [dataset_id(one["uri"], one["sha256"]) for one in files]
        found = undeclared_among(catalog, [one["dataset_key"] for one in files])

        assert {one["key"]: one["columns"] for one in found} == {
            one["dataset_key"]: one["columns"] for one in rows
        }
        assert undeclared_files(catalog, named) == undeclared_files(catalog)


def test_copy_that_was_read_leads_back_to_its_original() -> None:
    """A file that was imported has the columns of the one it was copied from."""
    copy = FileImported(source_uri="raw", uri="copy", sha256=digest("raw"), size_bytes=3)
    copied = read("copy", "raw")
    with folded(
        of_task(copy),
        of_run(started(), operation(), copied, wrote("out", "out", columns=("x",)), run="r1"),
        step("raw", "aside", "name=raw:name"),
    ) as history:
        told = column_path(history.catalog, [column("raw:name")], [column("out:x")]).graph
        recall = impact(history.catalog, [column("raw:name")])

    assert (told["answer"], told["undeclared"]) == ("unknown", [version_of("out", "out")])
    assert recall["undeclared"] == [version_of("out", "out")]


def test_table_of_unrecorded_columns_is_where_the_trail_is_lost() -> None:
    """A CSV file that an operation wrote by itself has columns, too, though nobody named them."""
    with folded(step("raw", "out.csv", columns="")) as history:
        document = impact(history.catalog, find_columns(history.catalog, "raw:name").nodes)

    assert (document["answer"], document["undeclared"]) == (
        "unknown",
        [version_of("out.csv", "out.csv")],
    )


@pytest.mark.parametrize("name", ["out.csv", "out.csv:name"])
def test_question_about_unrecorded_columns_is_unknown(name: str) -> None:
    """A table that an operation registered by its path has that column, or not."""
    with folded(
        step("raw", "out.csv", columns=""), step("raw", "aside", "name=raw:name")
    ) as history:
        goals = find_columns(history.catalog, name).nodes
        path = column_path(history.catalog, [column("raw:name")], goals).graph
        upstream = column_graph(history.catalog, Selection(starts=goals)).graph

    assert (path["answer"], upstream["answer"]) == ("unknown", "unknown")
    assert path["undeclared"] == upstream["undeclared"] == [version_of("out.csv", "out.csv")]


def test_unrecorded_columns_become_known_when_they_are_read() -> None:
    """A later operation that read the table tells its columns."""
    with folded(step("raw", "out.csv", columns=""), step("out.csv", "x", "x=:")) as history:
        found = find_columns(history.catalog, "out.csv").nodes

    assert set(found) == {column("out.csv:name"), column("out.csv:age")}


@settings(max_examples=10)
@generated(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6))
def test_silence_never_turns_a_yes_into_a_no(chain: list[tuple[int, bool]]) -> None:
    """Whichever operations declare nothing, a way that exists is found, or unknown."""
    steps = []
    for number, (source, is_silent) in enumerate(chain, 1):
        source_file = f"f{min(source, number - 1)}"
        steps.append((source_file, f"f{number}", is_silent))
    goal = column(f"f{len(chain)}:name")
    answers = []
    for keeps_silence in (True, False):
        with folded(
            *(
                step(a, b, "" if silent and keeps_silence else f"name={a}:name age={a}:age")
                for a, b, silent in steps
            )
        ) as history:
            answers.append(column_path(history.catalog, [column("f0:name")], [goal]).graph)

    unsure, sure = (told["answer"] for told in answers)
    assert (unsure, sure) in {("yes", "yes"), ("unknown", "yes"), ("no", "no")}

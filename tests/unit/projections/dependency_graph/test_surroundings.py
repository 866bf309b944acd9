"""What lies around something, and how much lies beyond."""

from __future__ import annotations

import networkx as nx
from projection_scenarios import digest, folded, of_run, operation, read, started, version_of, wrote

from lineage.events import ColumnsDerived, DerivedColumn
from projections.dependency_graph import Around
from projections.dependency_graph.also import Also, parse
from projections.dependency_graph.surroundings import MOST_AT_FIRST, neighbourhood, newest
from projections.graph_formats.boxes import short_id


def step(number: int) -> object:
    """A run that made a file from the one before."""
    made = (read(f"f{number}", "x"), wrote(f"f{number + 1}", "x"))
    return of_run(started(), operation(1), *made, run=f"r{number}", task=f"t_{number}")


def stubs(graph: nx.DiGraph) -> dict[str, str]:
    """What each stub says, by its box and direction."""
    return {
        f"{data['box']} {data['direction']}": data["name"]
        for _, data in graph.nodes(data=True)
        if data["kind"] == "stub"
    }


def test_both_ways_are_followed_two_steps_and_the_rest_is_counted() -> None:
    """The asked file stands between its source and its result; stubs say what lies beyond."""
    with folded(*map(step, range(5))) as history:
        found = neighbourhood(history.catalog, Around(starts=(version_of("f2", "x"),)))

    boxes = {node for node, data in found.nodes(data=True) if data["kind"] != "stub"}
    assert boxes == {"file:f1", "task:t_1", "file:f2", "task:t_2", "file:f3"}
    assert stubs(found) == {"file:f1 upstream": "+ 1 run", "file:f3 downstream": "+ 1 run"}
    assert found.graph["starts"] == ["file:f2"]
    assert found.graph["node_count"] == 11


def test_stub_is_followed_on_request() -> None:
    """A box named with a direction is followed one step more, and another one from there."""
    starts = (version_of("f2", "x"),)
    also = (
        Also(short_id("file:f3"), "downstream"),
        Also(short_id("task:t_3"), "downstream"),
    )
    with folded(*map(step, range(5))) as history:
        found = neighbourhood(history.catalog, Around(starts=starts, also=also))

    assert {"task:t_3", "file:f4"} <= set(found)
    assert stubs(found)["file:f4 downstream"] == "+ 1 run"


def test_box_is_followed_as_many_steps_as_its_address_says() -> None:
    """From a box one, some or all steps are followed; an address that says nothing adds nothing."""
    box = short_id("file:f2")
    shown = []
    with folded(*map(step, range(5))) as history:
        for text in ("", f"{box}d", f"{box}d2", f"{box}dall.{box}dall", "nonsense.é.d2"):
            asked = Around(
                starts=(version_of("f2", "x"),), upstream=0, downstream=0, also=parse(text)
            )
            found = neighbourhood(history.catalog, asked)
            shown.append(sum(data["kind"] != "stub" for _, data in found.nodes(data=True)))

    assert shown == [1, 2, 3, 7, 1]
    assert [str(one) for one in parse(f"{box}u.{box}d2.{box}dall")] == [
        f"{box}u",
        f"{box}d2",
        f"{box}dall",
    ]


def test_opening_shows_few_boxes_and_counts_the_others() -> None:
    """A file that many tasks used has the nearest of them, and a stub for the rest."""
    uses = [
        of_run(started(), operation(1), read("hub", "x"), run=f"r{n}", task=f"t_{n}")
        for n in range(60)
    ]
    with folded(*uses) as history:
        found = neighbourhood(history.catalog, Around(starts=(version_of("hub", "x"),)))

    shown = [data for _, data in found.nodes(data=True) if data["kind"] != "stub"]
    assert len(shown) == MOST_AT_FIRST
    assert stubs(found) == {"file:hub downstream": f"+ {60 - (MOST_AT_FIRST - 1)} runs"}


def test_unfolded_neighbourhood_has_versions_and_operations() -> None:
    """Nothing is joined if runs and versions are asked for."""
    start = version_of("f2", "x")
    with folded(*map(step, range(5))) as history:
        found = neighbourhood(history.catalog, Around(starts=(start,), fold="runs"))

    assert {"r1#1", "r2#1", start} <= set(found)
    assert stubs(found)[f"{version_of('f3', 'x')} downstream"] == "+ 1 run"


def test_question_without_a_name_starts_from_the_newest_files() -> None:
    """Without a release, the files that runs wrote last are in the middle."""
    with folded(*map(step, range(3))) as history:
        word, starts = newest(history.catalog)

    assert word == "files"
    assert starts == tuple(version_of(f"f{number}", "x") for number in (3, 2, 1))


def test_columns_of_all_versions_are_one_box_with_what_lies_beyond() -> None:
    """A column of two versions is asked as one, and its file says how many columns it left out."""
    history = [of_run(started(), *copy_of(number), run=f"r{number}") for number in range(2)]
    starts = tuple(f"{version_of('mid.csv', str(number))}:a" for number in range(2))
    with folded(*history) as given:
        found = neighbourhood(given.catalog, Around(starts=starts, downstream=0))
        also = (Also(short_id("mid.csv:a"), "downstream"),)
        more = neighbourhood(given.catalog, Around(starts=starts, downstream=0, also=also))

    assert found.nodes["mid.csv:a"]["versions"] == 2
    assert found.graph["starts"] == ["mid.csv:a"]
    assert found.nodes["in.csv:a"]["exposure"] == "exposed"
    assert stubs(found) == {"mid.csv:a downstream": "+ 2 columns"}
    assert more.nodes["out.csv:a"]["exposure"] is None
    assert stubs(more) == {}


def copy_of(number: int) -> list[object]:
    """What a run records that copied a column twice."""
    content = str(number)
    return [
        derived("mid.csv", content, "in.csv", content),
        derived("out.csv", content, "mid.csv", content),
    ]


def derived(uri: str, content: str, source: str, source_content: str) -> ColumnsDerived:
    """A column that is that of another file."""
    column = DerivedColumn(
        column="a",
        source_uri=source,
        source_sha256=digest(source_content),
        source_column="a",
        effect="identity",
        is_direct=True,
    )
    return ColumnsDerived(operation=None, uri=uri, sha256=digest(content), columns=(column,))

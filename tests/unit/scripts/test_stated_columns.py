"""What a script says of the columns that it writes."""

from __future__ import annotations

from typing import Any

import pytest
from small_tasks import last, recorded

import lineage
from lineage.events import ArtifactWritten, ColumnsDerived, WarningRaised
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project


def edges(project: Project) -> list[tuple[str, str | None, str | None, str]]:
    """Column, source file, source column and effect of the last statement."""
    found = last(project, ColumnsDerived).columns
    return [(c.column, c.source_uri, c.source_column, c.effect) for c in found]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("masking", [("people.csv", "name", "masking")]),
        (("name", "masking"), [("people.csv", "name", "masking")]),
        (["people.age", "noise"], [("people.csv", "age", "noise")]),
        (("city", "identity"), [("cities.csv", "city", "identity")]),
        (
            (("earns", "cities.age"), "aggregation"),
            [("people.csv", "earns", "aggregation"), ("cities.csv", "age", "aggregation")],
        ),
        (None, [(None, None, "synthesis")]),
    ],
)
def test_statement_becomes_recorded_sources(
    project: Project, stated: Any, expected: list[tuple[str | None, str | None, str]]
) -> None:
    """Each form of a statement names sources in the versions that were read."""
    with lineage.record("stated") as run:
        people = run.read("people.csv")
        run.read("cities.csv")
        run.write(people[["name"]], "out.csv", columns={"name": stated})

    assert edges(project) == [("name", *source) for source in expected]
    assert recorded(project, WarningRaised.TOPIC) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"nam": ("name", "identity")},
            r"column 'nam' of output 'out.csv': no such column.*'name'",
        ),
        ({"name": ("earn", "masking")}, r"source 'earn'.*no dataset.*'earns'"),
        ({"name": ("people.earn", "masking")}, r"source 'people.earn'.*'people.earns'"),
        ({"name": ("age", "masking")}, r"2 datasets have it.*'people.age', 'cities.age'"),
        ({"name": "mask"}, r"effect.*'mask'.*masking"),
        ({"name": ("name", "age")}, r"effect.*'age'"),
        ({"name": ("name",)}, r"expected.*\(source, effect\)"),
        ({"name": ((), "masking")}, r"expected.*\(source, effect\)"),
        ({"name": 3}, r"expected.*\(source, effect\)"),
    ],
)
def test_wrong_statement_is_refused_before_anything_is_written(
    project: Project, columns: Any, message: str
) -> None:
    """The error names the column and what is like it; no file and no record is made."""
    with lineage.record("wrong") as run:
        people = run.read("people.csv")
        run.read("cities.csv")
        with pytest.raises(ConfigurationError, match=message):
            run.write(people, "out.csv", columns=columns)
        if "nam" not in columns:  # whether it has that is known when it is there
            with pytest.raises(ConfigurationError, match=message):
                run.output("out.csv", columns=columns)

    assert not (project.root / "out.csv").exists()
    assert recorded(project, ArtifactWritten.TOPIC) == []


def test_output_without_a_column_that_was_spoken_of_fails_the_run(project: Project) -> None:
    """What the script says of a file of its own is checked when it is there."""
    run = lineage.record("own").start()
    people = run.read("people.csv")
    people.to_csv(run.output("own.csv", columns={"nam": ("name", "identity")}))

    with pytest.raises(ConfigurationError, match=r"'nam'.*'name'"):
        run.end()


def test_datasets_of_one_name_are_told_apart_by_names(project: Project) -> None:
    """Two files of one name are read with names of their own."""
    (project.root / "old").mkdir()
    (project.root / "old/people.csv").write_text("name\nLinus\n")
    with lineage.record("names") as run:
        people = run.read("people.csv")
        run.read("old/people.csv")
        with pytest.raises(ConfigurationError, match=r"name="):
            run.write(people, "a.csv", columns={"name": ("people.name", "identity")})
        run.read("old/people.csv", name="old")
        run.write(people[["name"]], "b.csv", columns={"name": ("old.name", "identity")})

    assert edges(project) == [("name", "old/people.csv", "name", "identity")]


def test_file_that_is_read_twice_is_one_source(project: Project) -> None:
    """The same version of the same file does not make a name ambiguous."""
    with lineage.record("again") as run:
        run.read("people.csv")
        run.write(run.read("people.csv")[["age"]], "a.csv", columns={"age": "identity"})

    assert edges(project) == [("age", "people.csv", "age", "identity")]


def test_columns_of_unknown_origin_are_named_in_one_warning(project: Project) -> None:
    """What nothing is known of is said to be unknown, never guessed."""
    with lineage.record("unknown") as run:
        made = run.read("people.csv").assign(age=1, rank=range(3))[["age", "rank"]]
        run.write(made, "a.csv")

    (warning,) = recorded(project, WarningRaised.TOPIC)
    assert warning.details == {"output": "a.csv", "unknown": ["age", "rank"]}

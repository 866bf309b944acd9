"""What a person means by a name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import (
    Given,
    digest,
    done,
    folded,
    of_run,
    of_task,
    operation,
    read,
    started,
    version_of,
    wrote,
)

from lineage.events import FileImported
from lineage.kernel.errors import DatasetNotFoundError
from projections.dependency_graph import find, find_columns


@pytest.fixture(scope="module")
def named() -> Iterator[Given]:
    """Files whose names are hard to tell apart."""
    with folded(
        of_run(
            read("in/people.csv", "one", name="old"),
            read("in/people.csv", "two", name="customers"),
            read("out/people.csv", "three"),
            read("out/50%_of.csv", "four"),
            read("out/500_of.csv", "five"),
            read("elsewhere/copy.csv", "four"),
            read("lost.csv", sha256=None),
        )
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (version_of("in/people.csv", "one"), [version_of("in/people.csv", "one")]),
        (
            "in/people.csv",
            [version_of("in/people.csv", "two"), version_of("in/people.csv", "one")],
        ),
        ("copy.csv", [version_of("elsewhere/copy.csv", "four")]),
        ("50%_of.csv", [version_of("out/50%_of.csv", "four")]),
        (digest("five")[:8], [version_of("out/500_of.csv", "five")]),
        (digest("five").upper(), [version_of("out/500_of.csv", "five")]),
        (
            digest("four"),
            [version_of("elsewhere/copy.csv", "four"), version_of("out/50%_of.csv", "four")],
        ),
        ("lost.csv", ["lost.csv@unknown"]),
        ("lost.csv@unknown", ["lost.csv@unknown"]),
        (
            f"people.csv@{digest('three')[:4]}",
            [version_of("out/people.csv", "three")],
        ),
        ("customers", [version_of("in/people.csv", "two")]),
        ("file:copy.csv", [version_of("elsewhere/copy.csv", "four")]),
    ],
    ids=[
        "full id",
        "path",
        "end of path",
        "wildcards",
        "digest prefix",
        "digest",
        "digest of two files",
        "no digest",
        "id without digest",
        "version by digits",
        "what runs call it",
        "kind in front",
    ],
)
def test_name_finds_versions_newest_first(named: Given, name: str, found: list[str]) -> None:
    """A file is found by id, path, end of path or digest; no character is a wildcard."""
    assert list(find(named.catalog, name).nodes) == found


@pytest.mark.parametrize(
    "name",
    [
        "nobody.csv",
        "ople.csv",
        "%",
        "_ut/people.csv",
        digest("five")[:7],
        "",
        "csv",
        "run:copy.csv",
        ":",
        "a:b:c",
        "#",
        "x" * 300,
        "\x00",
        "' or 1=1 --",
    ],
)
def test_unknown_name_finds_nothing(named: Given, name: str) -> None:
    """Parts of names and digests that are too short find nothing."""
    with pytest.raises(DatasetNotFoundError, match="no file, run, task"):
        find(named.catalog, name)


def test_name_of_two_files_is_refused_with_both(named: Given) -> None:
    """An ambiguous end of a path names the files it could mean."""
    with pytest.raises(
        DatasetNotFoundError,
        match=r"several files: 'in/people.csv', 'out/people.csv'; use one",
    ):
        find(named.catalog, "people.csv")


def test_prefix_of_two_digests_is_refused_with_both() -> None:
    """A digest prefix of different contents names the digests it could mean."""
    one, two = "0" * 60 + "1111", "0" * 60 + "2222"
    with (
        folded(of_run(read("a.csv", sha256=one), read("b.csv", sha256=two))) as given_history,
        pytest.raises(DatasetNotFoundError, match=f"files: '{one}', '{two}';"),
    ):
        find(given_history.catalog, "0" * 8)


@pytest.fixture(scope="module")
def runs() -> Iterator[Given]:
    """Two runs of a task, one of another, a task that shares its name with a file."""
    steps = (started(), operation(1, "load"), read("in.csv", "i"), wrote("out.csv", "o"), done())
    with folded(
        of_run(*steps, run="abcd1", task="t_1"),
        of_run(*steps, operation(2, "mask"), wrote("m.csv", "m", by=2), run="abcd2", task="t_1"),
        of_run(*steps, run="efgh3", task="t_2"),
        of_run(started(), wrote("whole.csv", "w", by=None), run="ijkl4", task="in.csv"),
        of_run(started(), run="mnop5", task="t_idle"),
        of_task(FileImported(source_uri="/x/a.csv", uri="a.csv", sha256=digest(""), size_bytes=0)),
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("name", "kind", "nodes"),
    [
        ("abcd1", "run", ("abcd1#1",)),
        ("efgh", "run", ("efgh3#1",)),
        ("t_1", "task", ("abcd1#1", "abcd2#1", "abcd2#2")),
        ("t_idle", "task", ("mnop5",)),
        ("abcd2#2", "operation", ("abcd2#2",)),
        ("efgh#load", "operation", ("efgh3#1",)),
        ("t_1#load", "operation", ("abcd1#1", "abcd2#1")),
        ("mask", "operation", ("abcd2#2",)),
        ("ijkl4", "run", ("ijkl4",)),
        ("task:in.csv", "task", ("ijkl4",)),
        ("file:in.csv", "file", (version_of("in.csv", "i"),)),
        ("/x/a.csv", "file", (version_of("/x/a.csv", ""),)),
    ],
)
def test_name_finds_runs_tasks_and_operations(
    runs: Given, name: str, kind: str, nodes: tuple[str, ...]
) -> None:
    """A run is found by the beginning of its id, a task by its id, an operation by either."""
    found = find(runs.catalog, name)

    assert (found.kind, found.nodes) == (kind, nodes)


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("abcd", "'abcd1', 'abcd2'"),
        ("load", "'t_1#load', 't_2#load'"),
        ("in.csv", "'file:in.csv', 'task:in.csv'"),
    ],
)
def test_name_of_several_things_is_refused_with_names_that_work(
    runs: Given, name: str, candidates: str
) -> None:
    """Each candidate of an ambiguous name finds itself."""
    with pytest.raises(DatasetNotFoundError, match=candidates):
        find(runs.catalog, name)
    for candidate in candidates.replace("'", "").split(", "):
        assert find(runs.catalog, candidate).nodes


def test_many_candidates_are_counted() -> None:
    """A name of hundreds of files lists a few, and says how many more there are."""
    reads = [read(f"{number:03}/people.csv", str(number)) for number in range(100)]
    with (
        folded(of_run(*reads)) as given_history,
        pytest.raises(DatasetNotFoundError, match=r"'007/people.csv' and 92 more;"),
    ):
        find(given_history.catalog, "people.csv")


def test_misspelt_name_is_answered_with_the_nearest(named: Given) -> None:
    """A name that nothing has suggests what is spelt alike."""
    with pytest.raises(DatasetNotFoundError, match=r"did you mean 'elsewhere/copy\.csv'"):
        find(named.catalog, "cpoy.csv")


def test_name_in_an_empty_history_is_refused() -> None:
    """Where nothing is recorded nothing is found, and nothing suggested."""
    with (
        folded() as given_history,
        pytest.raises(DatasetNotFoundError, match="`lineage graph` shows all names"),
    ):
        find(given_history.catalog, "people.csv")


@pytest.mark.parametrize("look", [find, find_columns])
def test_column_is_found_in_its_file(named: Given, look: object) -> None:
    """FILE:COLUMN is the column of each version of the file that has it, newest first."""
    found = look(named.catalog, "in/people.csv:age")  # type: ignore[operator]  # one of two functions

    assert found.kind == "column"
    assert found.nodes == (
        f"{version_of('in/people.csv', 'two')}:age",
        f"{version_of('in/people.csv', 'one')}:age",
    )


def test_file_means_all_its_columns(named: Given) -> None:
    """Where columns are asked for, a file stands for each of them."""
    file = version_of("elsewhere/copy.csv", "four")

    assert find_columns(named.catalog, "copy.csv").nodes == (f"{file}:age", f"{file}:name")


def test_colons_of_files_and_columns_are_told_apart() -> None:
    """The name is cut where the left part is a file."""
    odd = read("a:b.csv", "c", columns=("x:y", "z"))
    with folded(of_run(odd)) as given_history:
        found = find(given_history.catalog, "a:b.csv:x:y")

    assert found.nodes == (f"{version_of('a:b.csv', 'c')}:x:y",)


def test_unknown_column_is_refused_with_those_there_are(named: Given) -> None:
    """A column that the file does not have names those that it has."""
    with pytest.raises(DatasetNotFoundError, match=r"column 'ssn'.*expected one of 'age', 'name'"):
        find(named.catalog, "copy.csv:ssn")


def test_many_columns_of_a_file_are_counted() -> None:
    """An error stays one line, whatever the file has."""
    wide = read("wide.csv", "w", columns=tuple(f"c{number:02}" for number in range(20)))
    with (
        folded(of_run(wide)) as given_history,
        pytest.raises(DatasetNotFoundError, match=r"one of 'c00'.* 'c07' and 12 more$"),
    ):
        find(given_history.catalog, "wide.csv:ssn")


@pytest.mark.parametrize("look", [find, find_columns])
def test_bare_column_is_found_if_one_file_has_it(look: object) -> None:
    """In all versions of that file, newest first; the prefix for columns takes it, too."""
    reads = (
        read("people.csv", "one", columns=("ssn", "age")),
        read("people.csv", "two", columns=("ssn",)),
        read("other.csv", "three", columns=("age",)),
    )
    with folded(of_run(*reads)) as given_history:
        found = look(given_history.catalog, "ssn")  # type: ignore[operator]  # one of two functions
        again = find(given_history.catalog, "column:ssn")

    assert (found.kind, found.label) == ("column", "people.csv:ssn")
    assert found.nodes == tuple(f"{version_of('people.csv', v)}:ssn" for v in ("two", "one"))
    assert again == found


def test_bare_column_of_several_files_is_refused_with_names_that_work() -> None:
    """Some candidates are listed, the others counted."""
    reads = [read(f"{number:03}.csv", str(number), columns=("ssn",)) for number in range(10)]
    with (
        folded(of_run(*reads)) as given_history,
        pytest.raises(
            DatasetNotFoundError,
            match=r"matches several columns: '000.csv:ssn', .*'007.csv:ssn' and 2 more; use one",
        ),
    ):
        find(given_history.catalog, "ssn")


def test_misspelt_column_is_answered_with_the_nearest(named: Given) -> None:
    """With its file, so that the answer can be asked for."""
    with pytest.raises(DatasetNotFoundError, match=r"did you mean 'elsewhere/copy\.csv:name'"):
        find(named.catalog, "nmae")


def test_name_of_a_task_comes_before_that_of_a_column() -> None:
    """What meant something before still does."""
    history = of_run(started(), read("people.csv", "one", columns=("age",)), task="age")
    with folded(history) as given_history:
        assert find(given_history.catalog, "age").kind == "task"
        assert find_columns(given_history.catalog, "age").kind == "column"

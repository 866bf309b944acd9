"""A source gives datasets by name and remembers which versions were read."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from lineage.kernel.errors import ConfigurationError, DataReadError, DatasetNotFoundError
from ops.data.reader import DataReader
from ops.data.source import DataSource
from ops.data.writer import DataWriter

AGE_MIN, AGE_MAX = "('age', 'min')", "('age', 'max')"


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    """Give a source of two files."""
    (tmp_path / "adult.csv").write_text("age,zip\n39,01234\n50,99999\n")
    (tmp_path / "codes.csv").write_text("code;meaning\na;first\n")
    source = DataSource.from_files({"adult": tmp_path / "adult.csv"})
    source.add_file("codes", tmp_path / "codes.csv", separator=";")
    return source


def test_names_come_in_the_order_they_were_added(source: DataSource) -> None:
    """A source lists, counts, contains and shows its datasets."""
    assert source.dataset_names() == list(source) == ["adult", "codes"]
    assert len(source) == 2
    assert "adult" in source
    assert source.has_dataset("codes")
    assert not source.has_dataset("none")
    assert repr(source).startswith("DataSource(adult='/")


def test_file_is_read_with_its_options(source: DataSource) -> None:
    """Each file is read as it was added."""
    assert source.get_table("codes").to_pylist() == [{"code": "a", "meaning": "first"}]
    assert source.get_dataframe("adult", ["zip"])["zip"].to_list() == ["01234", "99999"]


def test_only_dataset_needs_no_name() -> None:
    """With one dataset there is no doubt which is meant."""
    source = DataSource()
    source.add_dataframe("only", pd.DataFrame({"a": [1]}))
    assert source.get_dataframe()["a"].to_list() == [1]


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("adults", r"dataset 'adults': no such dataset, expected one of adult; add it"),
        (None, r"dataset without a name: 2 datasets .*one of adult, codes"),
    ],
)
def test_unknown_dataset_is_refused_with_close_names(
    source: DataSource, name: str | None, match: str
) -> None:
    """A misspelt or missing name says what there is."""
    with pytest.raises(DatasetNotFoundError, match=match):
        source.get_dataframe(name)


def test_source_without_datasets_says_so() -> None:
    """An empty source names the way to fill it."""
    with pytest.raises(DatasetNotFoundError, match="add it with add_file or add_dataframe"):
        DataSource().get_table("adult")


def test_each_read_version_is_noted_once(source: DataSource) -> None:
    """Reading a file twice is one use of one version; draining forgets it."""
    source.get_table("adult")
    source.get_dataframe("adult", ["age"])
    source.get_table("codes")
    noted = source.drain_reads()
    assert [read.name for read in noted] == ["adult", "codes"]
    assert noted[0].columns == ("age", "zip")
    assert source.drain_reads() == []


def test_changed_file_is_another_version(source: DataSource) -> None:
    """Two contents of one path are two reads."""
    source.get_table("adult")
    source.path_of("adult").write_text("age,zip\n1,2\n")
    source.get_table("adult")
    first, second = source.drain_reads()
    assert first.path == second.path
    assert first.sha256 != second.sha256


def test_failed_read_is_not_noted(source: DataSource) -> None:
    """What was not read was not used."""
    with pytest.raises(DataReadError, match="column 'sex'"):
        source.get_table("adult", ["sex"])
    assert source.drain_reads() == []


def test_fork_keeps_notes_of_its_own(source: DataSource) -> None:
    """Operations that run at the same time do not mix what they read."""
    fork = source.fork()
    fork.get_table("adult")
    assert source.drain_reads() == []
    assert [read.name for read in fork.drain_reads()] == ["adult"]


def test_frame_in_memory_is_given_as_a_copy_and_not_noted() -> None:
    """An operation that changes its frame changes no other's."""
    source = DataSource()
    source.add_dataframe("a", pd.DataFrame({"x": [1, 2]}, index=pd.Index([5, 6])))
    frame = source.get_dataframe("a")
    frame["x"] = 0
    assert source.get_dataframe("a", ["x"])["x"].to_dict() == {5: 1, 6: 2}
    assert source.drain_reads() == []


PEOPLE = pd.DataFrame({"age": [30, 31], "id": ["AT-1", "AT-2"], "site": ["N", "S"]})


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        (PEOPLE.set_index("id"), ["id", "age", "site"]),
        (PEOPLE.set_index(["site", "id"]), ["site", "id", "age"]),
        (PEOPLE.set_index(["id", "site"]).rename_axis([None, "s"]), ["level_0", "s", "age"]),
        (PEOPLE.rename_axis("row"), ["row", "age", "id", "site"]),
        (PEOPLE.rename_axis(""), ["", "age", "id", "site"]),
        (PEOPLE.groupby("site").agg({"age": ["min", "max"]}), ["site", AGE_MIN, AGE_MAX]),
        (pa.Table.from_pandas(PEOPLE.set_index("id")), ["age", "site", "id"]),
        (pa.Table.from_pandas(PEOPLE.rename_axis("row")), ["age", "id", "site"]),
    ],
)
def test_columns_that_are_seen_are_those_that_are_written(
    tmp_path: Path, data: pd.DataFrame | pa.Table, columns: list[str]
) -> None:
    """An index with a name is columns from the moment a frame is added, in every view of it."""
    source = DataSource()
    source.add_dataframe("a", data)
    frame, table = source.get_dataframe("a"), source.get_table("a")
    assert list(frame.columns) == table.column_names == list(table.to_pandas().columns) == columns
    for got in (frame, table, table.to_pandas()):
        assert list(DataWriter(tmp_path).write_dataframe(got, "a").columns) == columns


def test_columns_of_an_index_can_be_chosen_and_have_roles() -> None:
    """An identifier that was the index is an identifier like any other."""
    source = DataSource()
    source.add_dataframe("a", PEOPLE.set_index("id"))
    assert source.get_dataframe("a", ["id"])["id"].to_list() == ["AT-1", "AT-2"]
    assert source.get_table("a", ["id", "age"]).column_names == ["id", "age"]


@pytest.mark.parametrize(
    ("data", "clash"),
    [
        (PEOPLE.rename_axis("age"), "age"),
        (PEOPLE.set_index(["id", "site"]).rename_axis(["x", "x"]), "x"),
        (PEOPLE.set_index(["id", "site"]).rename_axis(["x", None]).assign(level_1=1), "level_1"),
        (pd.DataFrame({0: [1]}).rename_axis(0), "0"),
    ],
)
def test_index_with_the_name_of_a_column_is_refused(data: pd.DataFrame, clash: str) -> None:
    """Two columns of one name cannot be told apart; the error names the index."""
    source = DataSource()
    with pytest.raises(DataReadError, match=rf"index '?{clash}'? of dataset 'a'.*rename"):
        source.add_dataframe("a", data)
    assert not source.has_dataset("a")


def test_frame_that_changes_after_it_was_added_is_another(tmp_path: Path) -> None:
    """Neither a name given to the index later nor a new column reaches an operation."""
    frame = PEOPLE.copy()
    source = DataSource()
    source.add_dataframe("a", frame)
    frame.index.name = "row"
    frame["new"] = 1
    written = DataWriter(tmp_path).write_dataframe(source.get_dataframe("a"), "a")
    assert written.columns == ("age", "id", "site")


@pytest.mark.parametrize("data", [PEOPLE["age"], [{"age": 1}], None])
def test_what_is_no_frame_is_refused(data: Any) -> None:
    """A series, a list or nothing is an error that says what it is."""
    with pytest.raises(DataReadError, match="expected a pandas frame or an Arrow table"):
        DataSource().add_dataframe("a", data)


def test_values_that_no_row_has_are_not_added() -> None:
    """Neither counting nor pickling a frame, for a process, shows whom it no longer has."""
    people = pd.DataFrame({"name": pd.Categorical(["Ada", "Zora"])}).set_index("name", drop=False)
    source = DataSource()
    source.add_dataframe("frame", people.rename_axis("key").iloc[:1])
    source.add_dataframe("table", pa.Table.from_pandas(people, preserve_index=False).slice(0, 1))
    assert source.get_dataframe("frame")["name"].value_counts().to_dict() == {"Ada": 1}
    assert b"Zora" not in pickle.dumps(source)
    assert pickle.loads(pickle.dumps(source)).get_table("table") == source.get_table("table")  # noqa: S301  # our own


def test_frame_and_table_in_memory_give_tables() -> None:
    """Arrow and pandas datasets answer alike."""
    source = DataSource()
    source.add_dataframe("frame", pd.DataFrame({"x": [1], "y": ["a"]}))
    source.add_dataframe("table", pa.table({"x": [1], "y": ["a"]}))
    assert source.get_table("frame", ["y"]).to_pylist() == [{"y": "a"}]
    assert source.get_table("table").to_pylist() == source.get_table("frame").to_pylist()
    assert source.get_dataframe("table")["x"].to_list() == [1]


@pytest.mark.parametrize("data", [pd.DataFrame({"x": [1]}), pa.table({"x": [1]})])
def test_column_that_memory_lacks_is_refused(data: pd.DataFrame | pa.Table) -> None:
    """A missing column is the same error whatever holds the data."""
    source = DataSource()
    source.add_dataframe("a", data)
    for get in (source.get_table, source.get_dataframe):
        with pytest.raises(DataReadError, match="column 'z' of dataset 'a'"):
            get("a", ["z"])


def test_frame_with_mixed_values_is_refused_without_showing_them() -> None:
    """A column of several types is named, its values are not."""
    source = DataSource()
    source.add_dataframe("a", pd.DataFrame({"x": [1, "Margarethe"]}, dtype=object))
    with pytest.raises(DataReadError, match="values of several types in 'x'") as caught:
        source.get_table("a")
    assert "Margarethe" not in str(caught.value)


def test_path_is_known_for_files_only(source: DataSource, tmp_path: Path) -> None:
    """Data in memory has no path."""
    assert source.path_of("adult") == tmp_path / "adult.csv"
    source.add_dataframe("memory", pd.DataFrame({"a": [1]}))
    with pytest.raises(ConfigurationError, match="in memory, not in a file"):
        source.path_of("memory")


def test_raw_table_is_the_text_of_the_file(source: DataSource) -> None:
    """Asked for raw, a CSV file gives text and nothing found in it."""
    assert source.get_table("adult", raw=True).to_pylist()[0] == {"age": "39", "zip": "01234"}


def test_options_of_a_dataset_are_what_it_was_added_with() -> None:
    """A copy of them; a frame in memory has none."""
    source = DataSource()
    source.add_file("people", "people.csv", separator=";")
    source.add_dataframe("frame", pd.DataFrame({"a": [1]}))

    source.options_of("people").clear()

    assert source.options_of("people") == {"separator": ";"}
    assert source.options_of("frame") == {}


ROWS = pa.table(
    {
        "age": [30, 31, None, 44],
        "city": pa.array(["Rome", "Oslo", "Rome", "Bern"]).dictionary_encode(),
        "name": ["Ada", "Bo", "Cy", "Di"],
    }
)
HOLDERS = ["csv", "parquet", "table", "frame"]


def held_in(tmp_path: Path, holder: str) -> DataSource:
    """Give a source with the rows in a file or in memory."""
    source = DataSource()
    match holder:
        case "table":
            source.add_dataframe("people", ROWS)
        case "frame":
            source.add_dataframe("people", ROWS.to_pandas())
        case _:
            written = DataWriter(tmp_path).write_dataframe(ROWS, "people", format=holder)  # type: ignore[arg-type]
            source.add_file("people", written.path)
    return source


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("age", ">=", 31)], ["Bo", "Di"]),
        ([("age", ">=", 30), ("city", "in", ["Rome", "Bern"])], ["Ada", "Di"]),
        ([("age", "is null")], ["Cy"]),
        ([("age", ">", 99)], []),
        ([], ["Ada", "Bo", "Cy", "Di"]),
    ],
)
def test_filters_choose_the_same_rows_wherever_data_are(
    tmp_path: Path, holder: str, filters: Any, names: list[str]
) -> None:
    """A file and a frame in memory give equal rows, though what is compared is not wanted."""
    source = held_in(tmp_path, holder)
    table = source.get_table("people", ["name"], filters=filters)
    frame = source.get_dataframe("people", ["name"], filters=filters)
    assert table.column_names == list(frame.columns) == ["name"]
    assert table["name"].to_pylist() == frame["name"].to_list() == names


@pytest.mark.parametrize("holder", ["parquet", "table", "frame"])
def test_rows_that_filters_leave_out_are_in_no_dictionary(tmp_path: Path, holder: str) -> None:
    """Neither categories nor entries of dictionaries show who was not chosen."""
    source = held_in(tmp_path, holder)
    table = source.get_table("people", filters=[("age", "==", 30)])
    frame = source.get_dataframe("people", filters=[("age", "==", 30)])
    assert table["city"].chunk(0).dictionary.to_pylist() == ["Rome"]
    assert frame["city"].cat.categories.to_list() == ["Rome"]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize(
    ("filters", "match"),
    [
        ([("agee", "==", 1)], "column 'agee' of .* no such column, expected one like 'age'"),
        ([("name", "<", 7)], "filter on column 'name': a value of type int"),
        ("age", "filters: a value of type str"),
    ],
)
def test_filter_without_sense_is_refused_wherever_data_are(
    tmp_path: Path, holder: str, filters: Any, match: str
) -> None:
    """A file and a frame in memory refuse the same filters."""
    source = held_in(tmp_path, holder)
    for get in (source.get_table, source.get_dataframe):
        with pytest.raises((ConfigurationError, DataReadError), match=match):
            get("people", filters=filters)


def test_filtered_frame_keeps_its_index_and_its_source(tmp_path: Path) -> None:
    """Rows of a frame in memory keep their labels, and the dataset all its rows."""
    source = DataSource()
    source.add_dataframe("a", pd.DataFrame({"x": [1, 2, 3]}, index=pd.Index([7, 8, 9])))
    frame = source.get_dataframe("a", filters=[("x", ">", 1)])
    frame["x"] = 0
    assert frame.index.to_list() == [8, 9]
    assert source.get_dataframe("a")["x"].to_list() == [1, 2, 3]


@pytest.mark.parametrize("holder", ["csv", "parquet"])
def test_column_that_only_a_filter_looks_at_was_read(tmp_path: Path, holder: str) -> None:
    """The note has the version of the whole file, and every column that was looked at."""
    source = held_in(tmp_path, holder)
    source.get_table("people", ["name"], filters=[("age", ">", 30)])
    (noted,) = source.drain_reads()
    assert set(noted.column_types) == {"name", "age"}
    assert (noted.rows, noted.columns) == (4, ("age", "city", "name"))
    with DataReader().read_batches(
        noted.path, columns=["name"], filters=[("age", ">", 30)]
    ) as batches:
        assert sum(batch.num_rows for batch in batches) == 2
        assert set(batches.dataset.column_types) == {"name", "age"}

"""What is rare, small or named goes, and nothing else does; all of it is counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError, ConfigurationError, DataReadError
from ops.data.source import DataSource
from ops.deidentify.suppress import SuppressOperation, suppress_rare
from ops.result import OperationResult

PEOPLE = pd.DataFrame(
    {
        "age": [20, 20, 20, 30, 30, 40],
        "town": ["Ulm", "Ulm", "Ulm", "Bonn", "Ulm", None],
        "illness": ["flu", "flu", "gout", "flu", "flu", "flu"],
    }
)


def run(folder: Path, frame: pd.DataFrame = PEOPLE, **parameters: Any) -> OperationResult:
    """Suppress in a frame."""
    source = DataSource()
    source.add_dataframe("people", frame)
    return SuppressOperation(dataset_name="people", **parameters).execute(source, folder)


def published(result: OperationResult) -> dict[str, list[Any]]:
    """Return the columns of the written file."""
    return pa.parquet.read_table(result.artifacts[0].path).to_pydict()  # type: ignore[no-any-return]


def test_rare_cells_become_null_and_are_counted(tmp_path: Path) -> None:
    """A value of fewer rows than asked for goes; a null was none."""
    result = run(tmp_path, rare_columns=["town", "illness"], rare_below=2)
    assert published(result)["town"] == ["Ulm", "Ulm", "Ulm", None, "Ulm", None]
    assert result.metrics["suppressed"]["cells"] == {"town": 1, "illness": 1}  # type: ignore[index]


def test_columns_are_dropped_or_emptied(tmp_path: Path) -> None:
    """A dropped column is gone, an emptied one keeps its type."""
    result = run(tmp_path, drop_columns=["age"], null_columns=["town"])
    table = pa.parquet.read_table(result.artifacts[0].path)
    assert table.column_names == ["town", "illness"]
    assert (table.column("town").null_count, table.schema.field("town").type) == (
        6,
        pa.Table.from_pandas(PEOPLE).schema.field("town").type,
    )
    told = {key: result.details[key] for key in ("covered", "unchanged", "dropped")}
    assert told == {
        "covered": ["town"],
        "unchanged": ["illness"],
        "dropped": ["age"],
    }


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"column": "age", "is": ">=", "value": 30}, [20, 20, 20]),
        ({"column": "age", "is": "in", "value": [20, 40]}, [30, 30]),
        ({"column": "age", "is": "not in", "value": [20]}, [20, 20, 20]),
        ({"column": "town", "is": "==", "value": "Ulm"}, [30, 40]),
        ({"column": "town", "is": "!=", "value": "Ulm"}, [20, 20, 20, 30, 40]),
        ({"column": "town", "is": "is null"}, [20, 20, 20, 30, 30]),
        ({"column": "town", "is": "is not null"}, [40]),
    ],
)
def test_records_go_where_a_condition_holds(
    tmp_path: Path, condition: Any, left: list[int]
) -> None:
    """A null fulfils no comparison."""
    result = run(tmp_path, drop_where=[condition])
    assert published(result)["age"] == left
    records = result.metrics["suppressed"]["records"]  # type: ignore[index]
    assert records == {"by_condition": 6 - len(left), "in_small_classes": 0}


def test_records_of_small_classes_go_and_all_columns_depend_on_it(tmp_path: Path) -> None:
    """Classes under k leave; each column says which others chose its rows."""
    result = run(tmp_path, quasi_identifiers=["age", "town"], k=2)
    assert published(result)["age"] == [20, 20, 20]
    edges = {(e.column, e.source_column, e.effect, e.is_direct) for e in result.column_edges}
    assert edges == {
        ("age", "age", "identity", True),
        ("age", "town", "suppression", False),
        ("town", "town", "identity", True),
        ("town", "age", "suppression", False),
        ("illness", "illness", "identity", True),
        ("illness", "age", "suppression", False),
        ("illness", "town", "suppression", False),
    }


_CELLS = st.lists(
    st.tuples(st.sampled_from("abc") | st.none(), st.integers(0, 2)), min_size=1, max_size=25
)


@given(_CELLS, st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_what_is_left_has_neither_rare_values_nor_small_classes(
    rows: list[tuple[str | None, int]], rare_below: int, k: int
) -> None:
    """Both hold at once, though each suppression may cause another."""
    table = pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]}, _SCHEMA)
    left = suppress_rare(table, ["a"], rare_below, quasi_identifiers=["a", "b"], k=k)
    pairs = list(zip(*left.table.to_pydict().values(), strict=True))
    values = Counter(a for a, _ in pairs if a is not None)
    assert all(count >= rare_below for count in values.values())
    assert all(count >= k for count in Counter(pairs).values())
    assert left.small_classes == len(rows) - len(pairs)


_SCHEMA = pa.schema([("a", pa.string()), ("b", pa.int64())])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "nothing to suppress"),
        ({"rare_columns": ["age"], "rare_below": 1}, "rare_below of SuppressOperation"),
        ({"k": 1, "quasi_identifiers": ["age"]}, "k of SuppressOperation"),
        ({"k": 2}, "at least one, since k is given"),
        ({"k": 2, "quasi_identifiers": ["age"], "drop_columns": ["age"]}, "none that are publ"),
        ({"rare_columns": ["age"], "null_columns": ["age"]}, r"more than once: \['age'\]"),
        ({"drop_where": [{"column": "age"}]}, "entry 1: not a condition"),
        ({"drop_where": [{"column": "age", "is": "~", "value": 1}]}, "unknown comparison"),
        ({"drop_where": [{"column": "age", "is": "in", "value": 1}]}, "expected a list"),
        ({"drop_where": [{"column": "age", "is": "==", "value": [1]}]}, "a single value"),
        ({"drop_where": [{"column": "age", "is": "is null", "value": 1}]}, "no value"),
    ],
)
def test_what_suppresses_nothing_or_twice_is_refused(wrong: Any, message: str) -> None:
    """The message names the parameter and what was expected."""
    with pytest.raises(ConfigurationError, match=message):
        SuppressOperation(dataset_name="people", **wrong)


@pytest.mark.parametrize("value", ["Zoster", "20"])
def test_condition_of_another_type_is_refused_without_its_value(tmp_path: Path, value: str) -> None:
    """A number is not compared with a text."""
    condition = {"column": "age", "is": "==", "value": value}
    with pytest.raises(ConfigurationError, match="column 'age': its value cannot") as caught:
        run(tmp_path, drop_where=[condition])
    assert value not in str(caught.value)


def test_suppressing_everything_is_an_error(tmp_path: Path) -> None:
    """An empty frame is no result, and nothing is written."""
    with pytest.raises(AnonymizationError, match="every record would be suppressed"):
        run(tmp_path / "task", quasi_identifiers=["age"], k=6)
    assert not (tmp_path / "task").exists()


def test_missing_column_is_named(tmp_path: Path) -> None:
    """A name that is almost right is proposed."""
    with pytest.raises(DataReadError, match=r"column 'twon' of dataset 'people'.*'town'"):
        run(tmp_path, rare_columns=["twon"])

"""Cells of a dataset: right sums, and nothing that shows few people."""

from __future__ import annotations

import statistics
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_frames import edges, run

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError
from ops.tables.aggregate import AggregateOperation

VISITS = pa.table(
    {
        "town": ["Ulm"] * 6 + ["Bonn"] * 5 + ["Kiel"] * 2 + [None] * 7,
        "person": [1, 1, 2, 3, 4, 5] + [6] * 5 + [7, 8] + [9, 10, 11, 12, 13, 14, None],
        "wage": [1.0, 2.0, None, 3.0, 4.0, 5.0] + [9.0] * 5 + [1.0, 2.0] + [1.0] * 4 + [None] * 3,
        "note": ["x"] * 20,
    }
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.integers(0, 2),
        st.integers(0, 9),
        st.none() | st.integers(-5, 5),
    ),
    max_size=40,
)


@given(
    rows=ROWS,
    minimum=st.integers(1, 5),
    unit=st.sampled_from([None, "p"]),
    small=st.sampled_from(["suppress", "merge"]),
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_cell_shows_few(
    rows: list[Any], minimum: int, unit: str | None, small: Any, tmp_path: Path
) -> None:
    """Cells are those of a plain loop, none is too small, and none can be had by subtraction."""
    kinds = {"g": pa.string(), "h": pa.int8(), "p": pa.int64(), "v": pa.int64()}
    table = pa.table(
        {
            name: pa.array([row[at] for row in rows], kind)
            for at, (name, kind) in enumerate(kinds.items())
        }
    )
    operation = AggregateOperation(
        dataset_name="d",
        group_by=["g", "h"],
        aggregates={"v": ["count", "sum", "min", "median", "count_distinct"]},
        minimum_cell_size=minimum,
        unit=unit,
        small_cells=small,
    )
    result, [cells] = run(operation, {"d": table}, tmp_path)

    of: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        of[row[0], row[1] if small == "suppress" else str(row[1])].append(row)
    size = {cell: len({r[2] for r in of[cell]} if unit else of[cell]) for cell in of}
    shown = {(c["g"], c["h"]): c for c in cells.to_pylist()}
    hidden = [cell for cell in of if cell not in shown]
    if ("other", "other") in shown:
        of["other", "other"] = [row for cell in hidden for row in of[cell]]
    for cell, found in shown.items():
        people = {r[2] for r in of[cell]} if unit else of[cell]
        assert len(people) >= minimum
        assert found["count"] == len(of[cell])
        values = [r[3] for r in of[cell] if r[3] is not None]
        who = {r[2] for r in of[cell] if r[3] is not None} if unit else values
        expected = (
            (len(values), sum(values), min(values), statistics.median(values), len(set(values)))
            if len(who) >= minimum
            else (None,) * 5
        )
        assert tuple(found.values())[-5:] == expected
    if hidden and any(cell in size for cell in shown):
        assert len(hidden) > 1
        assert sum(size[cell] for cell in hidden) >= minimum
    assert result.metrics["published"] == len(shown)


def aggregated(folder: Path, **parameters: Any) -> tuple[Any, list[Any]]:
    """Return the result, and the cells as tuples."""
    given = {"dataset_name": "visits", "group_by": ["town"], **parameters}
    result, [cells] = run(AggregateOperation(**given), {"visits": VISITS}, folder)
    return result, [tuple(cell.values()) for cell in cells.to_pylist()]


def test_small_cell_takes_the_next_one_with_it(tmp_path: Path) -> None:
    """One small cell alone could be had from the rows of the dataset."""
    result, cells = aggregated(tmp_path, aggregates={"wage": ["mean"]})

    assert cells == [("Ulm", 6, 3.0), (None, 7, None)]
    assert result.metrics == {
        "rows": 20,
        "cells": 4,
        "small": 1,
        "complementary": 1,
        "published": 2,
    }


def test_rows_of_one_person_are_one(tmp_path: Path) -> None:
    """Five visits of one person are a cell of one; rows without person are of nobody."""
    given = {"unit": "person", "aggregates": {"wage": ["sum"]}}
    _, cells = aggregated(tmp_path, minimum_cell_size=3, **given)
    assert cells == [("Ulm", 6, 5, 15.0), (None, 7, 6, 4.0)]

    result, cells = aggregated(tmp_path, minimum_cell_size=5, **given)
    assert (cells, result.metrics["complementary"]) == ([(None, 7, 6, None)], 1)


def test_merged_cells_are_one_cell(tmp_path: Path) -> None:
    """Its measures are those of all its rows."""
    result, cells = aggregated(
        tmp_path, small_cells="merge", other_label="rest", aggregates={"wage": ["sum"]}
    )

    assert cells == [("Ulm", 6, 15.0), (None, 7, None), ("rest", 7, 48.0)]
    assert "town generalization visits.town" in edges(result)
    assert result.details == {"covered": ["town", "count", "wage_sum"], "unchanged": []}


def test_counts_that_only_one_split_explains_are_hidden_with_another(tmp_path: Path) -> None:
    """Two cells of fewer than 3 with 2 rows, or with 4, can only be 1 and 1, or 2 and 2."""
    for each in (1, 2):
        table = pa.table({"g": ["a"] * each + ["b"] * each + ["c"] * 5 + ["d"] * 6})
        operation = AggregateOperation(dataset_name="d", group_by=["g"], minimum_cell_size=3)
        result, [cells] = run(operation, {"d": table}, tmp_path)
        assert cells["g"].to_pylist() == ["d"]
        assert result.metrics["complementary"] == 1


def test_nan_is_no_value(tmp_path: Path) -> None:
    """The only number of a cell would be its least."""
    table = pa.table({"g": ["a"] * 6, "x": [5.5] + [float("nan")] * 5})
    operation = AggregateOperation(dataset_name="d", group_by=["g"], aggregates={"x": ["min"]})
    _, [cells] = run(operation, {"d": table}, tmp_path)
    assert cells.to_pydict() == {"g": ["a"], "count": [6], "x_min": [None]}


def test_lineage_is_aggregation_and_the_group(tmp_path: Path) -> None:
    """Groups stay as they are; counts come from no column but from which rows there are."""
    result, _ = aggregated(tmp_path, unit="person", aggregates={"wage": ["max"]})

    assert edges(result) == {
        "town identity visits.town",
        "town ~transformation visits.person",
        "count aggregation None.None",
        "count ~aggregation visits.town",
        "count ~aggregation visits.person",
        "persons aggregation visits.person",
        "persons ~aggregation visits.town",
        "wage_max aggregation visits.wage",
        "wage_max ~aggregation visits.town",
        "wage_max ~aggregation visits.person",
    }
    assert result.details == {
        "covered": ["count", "persons", "wage_max"],
        "unchanged": ["town"],
    }


@pytest.mark.parametrize(
    "values",
    [
        pa.array([Decimal("1.10")] * 6, pa.decimal128(6, 2)),
        pa.array([1] * 6, pa.uint64()),
        pa.array(["x"] * 6).dictionary_encode(),
        pa.array([None] * 6, pa.large_string()),
        pa.array([1] * 6, pa.timestamp("ns", "Europe/Berlin")),
        pa.array([True] * 6),
        pa.nulls(6),
    ],
)
def test_unusual_types_are_groups_and_values(values: pa.Array, tmp_path: Path) -> None:
    """Each can be grouped by and counted; empty data have no cells."""
    table = pa.table({"": values, "x": values})
    for small, data in (("suppress", table), ("merge", table), ("suppress", table.slice(0, 0))):
        operation = AggregateOperation(
            dataset_name="d",
            group_by=[""],
            aggregates={"x": ["count_distinct", "max"]},
            small_cells=small,  # type: ignore[arg-type]  # one of both
        )
        _, [cells] = run(operation, {"d": data}, tmp_path)
        assert cells.num_rows == min(data.num_rows, 1)


def test_warnings_say_what_a_reader_may_miss(tmp_path: Path) -> None:
    """Extremes are values of single rows; nothing may be left."""
    result, _ = aggregated(tmp_path, aggregates={"wage": ["min", "max"]})
    assert "wage_min, wage_max is the value of a single row" in result.warnings[0].message
    result, cells = aggregated(tmp_path, minimum_cell_size=99)
    assert (cells, len(result.warnings)) == ([], 1)
    assert "no cell is large enough" in result.warnings[0].message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"group_by": []}, "at least one column"),
        ({"group_by": ["p"], "unit": "p"}, "not that of persons"),
        ({"aggregates": {"x": ["variance"]}}, "column 'x'.*a list of count, sum"),
        ({"aggregates": {"x": "mean"}}, "column 'x'.*a list of count, sum"),
        ({"aggregates": {"x": []}}, "column 'x'.*a list of count, sum"),
        ({"minimum_cell_size": 0}, "minimum_cell_size.*at least 1"),
        ({"group_by": ["count"]}, "'count' is named twice"),
        ({"small_cells": "hide"}, "small_cells of AggregateOperation"),
    ],
)
def test_bad_parameter_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The message names the parameter."""
    with pytest.raises(ConfigurationError, match=message):
        AggregateOperation(**{"dataset_name": "d", "group_by": ["g"], **parameters})


def test_data_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """A mean of texts, a column that is not there, a label that is a group."""
    with pytest.raises(OperationError, match=r"mean of column 'note'.*expected numbers"):
        aggregated(tmp_path, aggregates={"note": ["mean"]})
    with pytest.raises(DataReadError, match="column 'tow'"):
        aggregated(tmp_path, group_by=["tow"])
    with pytest.raises(OperationError, match=r"column 'town'.*no group 'Ulm'"):
        aggregated(tmp_path, small_cells="merge", other_label="Ulm")

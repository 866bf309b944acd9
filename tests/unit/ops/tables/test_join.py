"""Rows that meet by key: as a nested loop finds them, with the lineage of every column."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_frames import edges, run

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError
from ops.tables.join import JoinOperation
from ops.tables.matching import Kind
from ops.tables.sql import SqlOperation

PEOPLE = pa.table({"id": [1, 2, 3, None], "name": ["a", "b", "c", "d"], "x": [1, 2, 3, 4]})
VISITS = pa.table({"id": [2, 2, 9, None], "day": ["mo", "tu", "we", "th"], "x": [5, 6, 7, 8]})
KEYS = st.lists(st.tuples(st.sampled_from([1, 2, 3, None]), st.sampled_from("ab")), max_size=7)
HOW: tuple[Kind, ...] = ("inner", "left", "right", "full")


def nested_loop(left: list[Any], right: list[Any], how: Kind) -> list[Any]:
    """Join two lists of keys: the pairs of places, None for no partner."""
    pairs: list[tuple[int | None, int | None]] = []
    for one, key in enumerate(left):
        found = [at for at, other in enumerate(right) if key == other and None not in key]
        pairs += [(one, at) for at in found]
        pairs += [(one, None)] if not found and how in {"left", "full"} else []
    partners = {at for _, at in pairs}
    if how in {"right", "full"}:
        pairs += [(None, at) for at in range(len(right)) if at not in partners]
    return pairs


@given(left=KEYS, right=KEYS, how=st.sampled_from(HOW), small=st.booleans())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_join_finds_what_a_nested_loop_finds(
    left: list[Any], right: list[Any], how: Kind, small: object, tmp_path: Path
) -> None:
    """In its order, with null keys that match nothing, whatever the width of the keys."""
    sides = {}
    for name, keys, kind in (("l", left, pa.int64()), ("r", right, pa.int8() if small else None)):
        k = pa.array([key[0] for key in keys], kind or pa.int64())
        t = pa.array([key[1] for key in keys], pa.string())
        sides[name] = pa.table({"k": k, "t": t, f"row_{name}": pa.array(range(len(keys)))})
    operation = JoinOperation(left="l", right="r", on=["k", "t"], how=how, output_name="o")
    result, [joined] = run(operation, sides, tmp_path)

    expected = nested_loop(left, right, how)
    assert [*zip(*(joined[c].to_pylist() for c in ("row_l", "row_r")), strict=True)] == expected
    keys = [left[one] if one is not None else right[other] for one, other in expected]
    assert [*zip(*(joined[c].to_pylist() for c in ("k", "t")), strict=True)] == keys
    assert result.metrics["matched"] == len(nested_loop(left, right, "inner"))
    assert result.metrics["rows"] == len(expected)


@pytest.mark.parametrize("how", HOW)
def test_lineage_names_values_and_keys(how: Kind, tmp_path: Path) -> None:
    """Each column comes from its own, and indirectly from the keys."""
    operation = JoinOperation(left="p", right="v", on=["id"], how=how, suffixes=["_p", "_v"])
    result, [joined] = run(operation, {"p": PEOPLE, "v": VISITS}, tmp_path)

    assert joined.column_names == ["id", "name", "x_p", "day", "x_v"]
    kind = "~transformation" if how == "left" else "identity"
    assert edges(result) >= {"id identity p.id", f"id {kind} v.id", "x_v identity v.x"}
    for column in ("name", "x_p", "day", "x_v"):
        assert edges(result) >= {f"{column} ~transformation {side}.id" for side in "pv"}


def test_lineage_is_that_of_the_same_query(tmp_path: Path) -> None:
    """The reader of queries says the same of a join."""
    tables = {"p": PEOPLE.select(["id", "name"]), "v": VISITS.select(["id", "day"])}
    query = "select id, name, day from p full join v using (id)"
    asked, _ = run(SqlOperation(query=query, output_name="q"), tables, tmp_path)
    joined, _ = run(JoinOperation(left="p", right="v", on=["id"], how="full"), tables, tmp_path)

    assert edges(joined) == edges(asked)


def test_unmatched_rows_are_counted(tmp_path: Path) -> None:
    """Also those that are left out."""
    result, _ = run(
        JoinOperation(left="p", right="v", on=["id"]), {"p": PEOPLE, "v": VISITS}, tmp_path
    )
    assert result.metrics == {
        "rows": 2,
        "matched": 2,
        "left_unmatched": 3,
        "right_unmatched": 2,
    }


def test_keys_of_other_names_and_the_same_dataset(tmp_path: Path) -> None:
    """A dataset joins itself; the right key is left out."""
    staff = pa.table({"id": [1, 2], "boss": [2, None]})
    operation = JoinOperation(left="s", right="s", on=["boss"], right_on=["id"], output_name="o")
    result, [joined] = run(operation, {"s": staff}, tmp_path)

    assert joined.to_pydict() == {"id": [1], "boss": [2], "boss_right": [None]}
    assert "boss_right identity s.boss" in edges(result)
    assert "boss_right identity s.id" not in edges(result)


@pytest.mark.parametrize(
    ("left", "right", "rows"),
    [
        (pa.array(["a", "b"]), pa.array(["b"]).dictionary_encode(), 1),
        (pa.array(["a"], pa.string_view()), pa.array(["a"], pa.large_string()), 1),
        (pa.array([2**63], pa.uint64()), pa.array([2**63 - 1], pa.int64()), 0),
        (pa.array([math.nan]), pa.array([math.nan]), 0),
        (pa.nulls(2), pa.nulls(2), 0),
        (pa.array([True]), pa.array([True]), 1),
    ],
)
@pytest.mark.parametrize("how", ["inner", "full"])
def test_keys_of_one_kind_meet(
    left: pa.Array, right: pa.Array, rows: int, how: Kind, tmp_path: Path
) -> None:
    """Whatever their form; NaN and null do not."""
    operation = JoinOperation(left="l", right="r", on=["k"], how=how)
    sides = {"l": pa.table({"k": left}), "r": pa.table({"k": right})}
    if pa.types.is_uint64(left.type) and how == "full":
        sides["r"] = pa.table({"k": pa.array([1], pa.int64())})
    result, [joined] = run(operation, sides, tmp_path)
    assert result.metrics["matched"] == rows
    assert joined.num_rows == result.metrics["rows"]


@pytest.mark.parametrize(
    ("right", "how", "message"),
    [
        (pa.array(["1"]), "inner", "join key 'k': int8 in one dataset and string"),
        (pa.array([1.0]), "inner", "join key 'k': int8 in one dataset and double"),
        (pa.array([1000]), "full", "int64 do not fit into int8"),
    ],
)
def test_keys_that_do_not_fit_are_refused(
    right: pa.Array, how: Kind, message: str, tmp_path: Path
) -> None:
    """Nothing is converted, and no value is quoted."""
    sides = {"l": pa.table({"k": pa.array([1], pa.int8())}), "r": pa.table({"k": right})}
    with pytest.raises(OperationError, match=message) as error:
        run(JoinOperation(left="l", right="r", on=["k"], how=how), sides, tmp_path)
    assert "1000" not in str(error.value)


@pytest.mark.parametrize(
    ("validate", "dataset"),
    [("one_to_one", "v"), ("many_to_one", "v"), ("one_to_many", None), ("many_to_many", None)],
)
def test_keys_that_repeat_are_refused_where_they_must_not(
    validate: Any, dataset: str | None, tmp_path: Path
) -> None:
    """The message names the dataset and how many."""
    operation = JoinOperation(left="p", right="v", on=["id"], validate=validate)
    if dataset is None:
        run(operation, {"p": PEOPLE, "v": VISITS}, tmp_path)
        return
    with pytest.raises(OperationError, match=f"key of dataset '{dataset}': 1 values occur"):
        run(operation, {"p": PEOPLE, "v": VISITS}, tmp_path)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"on": []}, "at least one"),
        ({"on": ["a"], "right_on": ["b", "c"]}, "1 columns on the left, 2 on the right"),
        ({"on": ["a", "a"]}, "'a' is named twice"),
        ({"on": ["a"], "suffixes": ["", ""]}, "two different texts"),
        ({"on": ["a"], "how": "outer"}, "how of JoinOperation"),
    ],
)
def test_bad_parameter_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The message names the parameter."""
    with pytest.raises(ConfigurationError, match=message):
        JoinOperation(left="l", right="r", **parameters)


def test_columns_that_are_missing_or_meet_are_refused(tmp_path: Path) -> None:
    """A key that is not there, and a suffix that makes a name that is."""
    tables = {"p": PEOPLE, "v": VISITS.append_column("x_v", VISITS["x"])}
    with pytest.raises(DataReadError, match="column 'nobody' of dataset 'p'"):
        run(JoinOperation(left="p", right="v", on=["nobody"]), tables, tmp_path)
    with pytest.raises(OperationError, match="two would be called 'x_v'"):
        run(JoinOperation(left="p", right="v", on=["id"], suffixes=["_p", "_v"]), tables, tmp_path)

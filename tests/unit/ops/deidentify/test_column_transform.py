"""What holds for every operation that changes columns cell by cell."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.kernel.effects import HIDING
from lineage.kernel.errors import LineageError
from lineage.kernel.secrets.secret import SecretKey
from ops import registry
from ops.data.source import DataSource
from ops.deidentify.column_transform import ColumnTransform
from ops.result import OperationResult, OperationStatus

KEY = SecretKey(b"a planted key of thirty-two byte")
PEOPLE = pa.table(
    {
        "name": ["Zoster Maria", "Zoster Karl", None, "Zoster Maria"],
        "pay": [918273, 918274, 918273, None],
        "note": ["marker-note-1", "marker-note-2", "marker-note-1", "marker-note-1"],
    }
)
MARKERS = ("Zoster", "Maria", "918273", "918274", "marker-note", "planted", KEY.reveal().hex())
OPERATIONS: dict[str, dict[str, Any]] = {
    "GeneralizeOperation": {"rules": {"name": {"prefix": 3}, "pay": {"top_quantile": 0.5}}},
    "JitterOperation": {"spread": {"pay": 3}},
    "MaskOperation": {"columns": ["name"], "keep_first": 1},
    "NoiseOperation": {"bounds": {"pay": [0, 10]}, "epsilon": 1.0},
    "PseudonymizeOperation": {"columns": ["name", "pay"], "domain": "d", "secret": KEY},
    "SuppressOperation": {"rare_columns": ["name"], "rare_below": 2, "null_columns": ["pay"]},
}
"""Parameters by which each operation hides a column, but leaves "note"."""


def operation(name: str, **others: Any) -> ColumnTransform:
    """Return an operation on the people."""
    made = registry.resolve(name)(dataset_name="people", **(OPERATIONS[name] | others))
    assert isinstance(made, ColumnTransform)
    return made


def run(name: str, folder: Path, table: pa.Table = PEOPLE, **others: Any) -> OperationResult:
    """Run an operation on a table."""
    source = DataSource()
    source.add_dataframe("people", table)
    return operation(name, **others).execute(source, folder / "task")


def told(result: OperationResult) -> str:
    """Return all that a result tells but its files."""
    return repr((result.details, result.metrics, result.warnings, result.artifacts))


def test_every_operation_of_the_room_is_tried() -> None:
    """A new one needs parameters above, and then what follows holds for it."""
    room = {n for n, m in registry.built_in().items() if m.startswith("ops.deidentify.")}
    assert room == OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_column_lineage_is_what_happened_to_the_data(name: str, tmp_path: Path) -> None:
    """A column of identity is as it was, one with an effect is not, and none is left out."""
    result = run(name, tmp_path)
    written = pq.read_table(result.artifacts[0].path)
    effects = {e.column: e.effect for e in result.column_edges if e.is_direct}
    assert [*effects] == written.column_names
    for column, effect in effects.items():
        is_same = written.column(column).to_pylist() == PEOPLE.column(column).to_pylist()
        assert is_same == (effect == "identity")
        assert is_same or effect in HIDING
    told = {key: result.details[key] for key in ("covered", "unchanged", "dropped")}
    assert told == {
        "covered": [c for c, effect in effects.items() if effect != "identity"],
        "unchanged": [c for c, effect in effects.items() if effect == "identity"],
        "dropped": [],
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_result_and_log_tell_no_value_and_no_key(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither metrics, details, warnings and file names nor what is logged quote a cell."""
    with caplog.at_level(logging.DEBUG):
        result = run(name, tmp_path)
    said = told(result) + caplog.text + repr(operation(name))
    assert [marker for marker in MARKERS if marker in said] == []
    assert json.dumps(result.metrics, allow_nan=False)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("hostile", ["text", "list", "infinite"])
def test_error_tells_no_value(name: str, hostile: str, tmp_path: Path) -> None:
    """Whatever the columns hold, the operation works or says what is wrong without quoting it."""
    values: Any = {
        "text": ["Zoster", "918273", None, "Maria"],
        "list": [["Zoster"], [], None, ["Maria"]],
        "infinite": [918273.5, float("inf"), None, float("nan")],
    }
    table = pa.table({"name": values[hostile], "pay": values[hostile], "note": ["x"] * 4})
    try:
        said = told(run(name, tmp_path, table))
    except LineageError as error:
        said = str(error)
    assert [marker for marker in MARKERS if marker in said] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_column_that_nobody_decided_on_is_published_with_a_warning(
    name: str, tmp_path: Path
) -> None:
    """A direct identifier that is left as it is has a warning of its own."""
    undeclared = run(name, tmp_path)
    declared = run(name, tmp_path, insensitive_attributes=["note", "pay", "name"])
    direct = run(name, tmp_path, direct_identifiers=["note"])
    assert "note" in undeclared.warnings[0].details["columns"]  # type: ignore[operator]
    assert "published unchanged, no role declared" in undeclared.warnings[0].message
    assert (declared.warnings, declared.status) == ([], OperationStatus.SUCCESS)
    assert direct.warnings[0].message == "direct identifiers published unchanged: note"


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("table", [PEOPLE.slice(0, 0), PEOPLE.slice(0, 1)])
def test_small_tables_keep_their_rows(name: str, table: pa.Table, tmp_path: Path) -> None:
    """No row and one row are as good as many."""
    result = run(name, tmp_path, table)
    assert result.metrics["rows"] == {"before": len(table), "after": len(table)}
    assert result.artifacts[0].rows == len(table)


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - {"NoiseOperation"}))
def test_chunks_and_dictionaries_make_no_difference(name: str, tmp_path: Path) -> None:
    """How Arrow holds the values does not show in the result."""
    encoded = pa.table(
        {"name": PEOPLE["name"].dictionary_encode(), "pay": PEOPLE["pay"], "note": PEOPLE["note"]}
    )
    cut = pa.concat_tables([encoded.slice(0, 1), encoded.slice(1)]).unify_dictionaries()
    tables = [
        pq.read_table(run(name, tmp_path, table).artifacts[0].path).to_pydict()
        for table in (PEOPLE, cut)
    ]
    assert tables[0] == tables[1]


@pytest.mark.parametrize("name", OPERATIONS)
def test_csv_has_what_parquet_has(name: str, tmp_path: Path) -> None:
    """The format changes the file, not what is reported of it."""
    result = run(name, tmp_path, format="csv", output_name="safe")
    assert result.artifacts[0].path.name == "safe.csv"
    assert result.artifacts[0].columns == tuple(PEOPLE.column_names)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_it_reads_and_writes_is_declared(name: str, tmp_path: Path) -> None:
    """So another operation may work at the same time."""
    use = operation(name).data_use()
    assert use is not None
    assert use.reads == {"people"}
    assert use.writes == {run(name, tmp_path).artifacts[0].path.stem}

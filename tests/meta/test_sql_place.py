"""Where SQL may be: in the ledger and the projections, and in ops where it asks data."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src/lineage"
PROJECTIONS = Path(__file__).parents[2] / "projections"
OPERATIONS = Path(__file__).parents[2] / "src/ops"
MOST_LINES = 6
STATEMENT = re.compile(
    r"\s*(with\s+\w+\s+as\s*\(|select\s.+|from\s.+\s(where|join|order\s+by|limit)\s|insert\s+into\s|update\s.+\sset\s"
    r"|delete\s+from\s|create\s+(table|view)\s)",
    re.IGNORECASE | re.DOTALL,
)


def statements(text: str) -> list[str]:
    """The texts in a module that are statements of SQL, or begin like one."""
    tree = ast.parse(text)
    documented = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [t for t in texts if isinstance(t, str) and t not in documented and STATEMENT.match(t)]


@pytest.mark.parametrize(
    "text",
    [
        "catalog.rows('select 1 from runs')",
        "catalog.rows(f'select * from {table}')",
        "SQL = '''\nwith a as (select 1) from a'''",
        "catalog.rows('from runs where run_id = ?')",
    ],
)
def test_detector_finds_statements(text: str) -> None:
    """The check below sees SQL however it is written."""
    assert statements(text)


@pytest.mark.parametrize(
    "text", ["'  lineage query \"select 1\"'", '"""Select what is shown."""', "f'from run {run}'"]
)
def test_detector_lets_the_rest_pass(text: str) -> None:
    """The check below does not refuse a text that speaks of SQL."""
    assert not statements(text)


def test_only_the_ledger_holds_sql() -> None:
    """A question to the catalog is a function in projections, so that a page can ask it, too."""
    found = [
        f"{path.relative_to(SOURCE)}: {statement.strip().splitlines()[0]}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != "ledger"
        for statement in statements(path.read_text("utf-8"))
    ]

    assert found == []


def test_long_sql_of_projections_is_in_files() -> None:
    """A longer statement is in the `.sql` file beside its module."""
    found = [
        f"{path.relative_to(PROJECTIONS)}: {statement.strip().splitlines()[0]}"
        for path in sorted(PROJECTIONS.rglob("*.py"))
        for statement in statements(path.read_text("utf-8"))
        if len(statement.strip().splitlines()) > MOST_LINES
    ]

    assert found == []


def test_sql_on_data_is_in_one_room_of_the_operations() -> None:
    """Frames are asked by the files of `ops.columns`; `ops.data` compares two files."""
    found = {
        path.relative_to(OPERATIONS)
        for path in sorted(OPERATIONS.rglob("*"))
        if path.suffix == ".sql" or (path.suffix == ".py" and statements(path.read_text("utf-8")))
    }

    assert found == {
        Path("columns/prints.sql"),
        Path("columns/query.sql"),
        Path("columns/tabulation.sql"),
        Path("data/comparison.py"),
    }


def test_room_that_asks_data_knows_no_history() -> None:
    """Its connections see the frames that they are given: no file of a catalog or ledger."""
    for path in sorted((OPERATIONS / "columns").glob("*.py")):
        text = path.read_text("utf-8")
        opened = re.findall(r"duckdb\.connect\((.*)\)", text)
        assert all(config == "config=CONFINED" for config in opened), path.name
        assert "projections" not in text

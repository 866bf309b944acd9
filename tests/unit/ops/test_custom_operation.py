"""An operation of a user's own is short."""

from __future__ import annotations

import ast
from pathlib import Path

from snippets import blocks

PAGE = Path(__file__).parents[3] / "docs/how-to/write-an-operation.md"


def test_operation_of_the_manual_takes_fewer_than_20_lines() -> None:
    """As the page says: decorators, parameters and the work, without docstring and blank lines."""
    first = next(b for b in blocks(PAGE.read_text("utf-8")) if b.language == "python")
    [operation] = [n for n in ast.parse(first.text).body if isinstance(n, ast.ClassDef)]
    docstring = operation.body.pop(0)
    lines = {
        line
        for part in (*operation.decorator_list, *ast.walk(operation))
        if (line := getattr(part, "lineno", None)) is not None
    }

    assert isinstance(docstring, ast.Expr)
    assert len(lines) < 20

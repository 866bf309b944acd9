"""Find where statements end: at semicolons that stand in no text, name or comment."""

from __future__ import annotations

import duckdb


def split(text: str) -> tuple[list[str], str]:
    """Return the statements of a text that are complete, and the rest.

    Args:
        text: Any number of statements of DuckDB SQL.

    Returns:
        Each statement with its semicolon, without the white space around; statements that are
        comments only, or empty, are left out. The rest is empty if nothing but comments follow.
    """
    raw = text.encode()
    tokens = [(start, kind) for start, kind in duckdb.tokenize(text)]
    ends = [
        start + 1
        for start, kind in tokens
        if kind is duckdb.token_type.operator and raw[start : start + 1] == b";"
    ]
    starts = [0, *ends]
    statements = [raw[start:end].decode().strip() for start, end in zip(starts, ends, strict=False)]
    rest = raw[starts[-1] :].decode().strip()
    return [s for s in statements if _says_something(s)], rest if _says_something(rest) else ""


def is_complete(text: str) -> bool:
    """Tell whether a text ends with a statement's semicolon, or says nothing."""
    return not split(text)[1]


def _says_something(statement: str) -> bool:
    kinds = [kind for _, kind in duckdb.tokenize(statement.rstrip(";"))]
    return any(kind is not duckdb.token_type.comment for kind in kinds)

"""Find where statements end: at semicolons outside of strings, names and comments."""

from __future__ import annotations

import duckdb


def split(text: str) -> tuple[list[str], str]:
    """Return the complete statements of a text, and the rest.

    Args:
        text: Any number of DuckDB SQL statements.

    Returns:
        Each statement with its semicolon, without surrounding white space; statements that are
        empty or only comments are left out. The rest is empty if only comments follow.
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
    return [s for s in statements if _has_content(s)], rest if _has_content(rest) else ""


def is_complete(text: str) -> bool:
    """Tell whether a text is empty or ends with the semicolon of a statement."""
    return not split(text)[1]


def _has_content(statement: str) -> bool:
    kinds = [kind for _, kind in duckdb.tokenize(statement.rstrip(";"))]
    return any(kind is not duckdb.token_type.comment for kind in kinds)

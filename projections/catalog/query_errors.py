"""Explain what is wrong with a query, where, and what was probably meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

import duckdb

from lineage.kernel.errors import QueryError, QueryPlace, QueryStoppedError

EXPECTED: Final = "one read-only statement on the catalog's tables"
LIST_TABLES: Final = '`lineage query "show tables"` lists them'

_STRUCTURED: Final = re.compile(r"(?P<kind>[^{]*): (?P<facts>\{.*\})\s*", re.DOTALL)
_CANDIDATES: Final = re.compile(r"^Candidate (?:bindings|tables):[ :]*(.*)$", re.MULTILINE)
_QUOTED: Final = re.compile(r'"([^"]+)"')
_NO_MEMORY: Final = (
    "out of memory",
    "allocation failure",
    "bad_alloc",
    "failed to allocate",
    "failed to pin",
)
_EXPLAIN: Final = "explain "
_SIMILARITY: Final = 0.4
_MOST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The parts of a DuckDB error.

    Attributes:
        text: Its first line, beginning with its kind.
        start: Byte offset in the query; None if unknown.
        length: Length in bytes of the wrong part.
        unknown: Kind of the unknown name: "column", "table", "function", "" for none.
        name: That name; empty for none.
        candidates: Names that DuckDB suggests.
    """

    text: str
    start: int | None = None
    length: int = 1
    unknown: str = ""
    name: str = ""
    candidates: tuple[str, ...] = ()


def query_error(
    error: Exception,
    sql: str,
    execute: Callable[[str], object],
    names: Callable[[str], Iterable[str]],
    *,
    before: int = 0,
) -> QueryError:
    """Translate the error that ended a query.

    Args:
        error: What DuckDB or Arrow raised.
        sql: The query.
        execute: Executes a statement with the query's values.
        names: Returns all names of a kind ("table" or "column"), to suggest similar ones.
        before: Bytes that stood before the query in the text that was executed.
    """
    if is_out_of_memory(error):
        return too_much_memory()
    fault = fault_of(error)
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        fault = _located(fault, sql, execute)
    start = None if fault.start is None else fault.start - before
    place = None if start is None else _place(sql.encode(), start, fault.length)
    # A block with a wrong checksum raises the base class.
    is_damage = isinstance(error, duckdb.IOException) or type(error) is duckdb.Error
    found = QueryError(
        "query" if place is None else f"query, line {place.line}, column {place.column}",
        problem=fault.text,
        expected=EXPECTED,
        remedy="`lineage rebuild` repairs a damaged catalog"
        if is_damage
        else _remedy(fault, names),
    )
    found.place = place
    return found


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether DuckDB or Arrow ran out of memory, whatever class the error has."""
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return True
    return any(words in str(error).lower() for words in _NO_MEMORY)


def too_much_memory() -> QueryStoppedError:
    """Return the error of a query that needs more memory than it may use."""
    return QueryStoppedError(
        "query",
        problem="stopped at its memory limit",
        remedy="simplify it, or allow more memory (--memory, Limits.memory_bytes)",
    )


def fault_of(error: Exception) -> Fault:
    """Parse an error; DuckDB writes it as JSON under `errors_as_json`."""
    facts: Mapping[str, str] = {}
    structured = _STRUCTURED.fullmatch(str(error))
    if structured is not None:
        with suppress(ValueError):
            facts = json.loads(structured["facts"])
    if structured is None or not facts:
        return Fault(text=_first_line(str(error)) or type(error).__name__)
    message = facts.get("exception_message", "")
    start, length = json.loads(facts.get("location", "[null, 1]"))
    unknown, name = _unknown(facts, message)
    return Fault(
        text=f"{structured['kind']}: {_first_line(message)}",
        start=start,
        length=length,
        unknown=unknown,
        name=name,
        candidates=_candidates(facts, message),
    )


def _located(fault: Fault, sql: str, execute: Callable[[str], object]) -> Fault:
    """Return a fault with its place, which DuckDB omits when it binds a relation."""
    try:
        execute(f"{_EXPLAIN}{sql}")
    except duckdb.Error as again:
        found = fault_of(again)
        if found.text == fault.text and found.start is not None:
            return replace(found, start=found.start - len(_EXPLAIN))
    return fault


def _unknown(facts: Mapping[str, str], message: str) -> tuple[str, str]:
    """Return kind and name of an unknown name."""
    match facts.get("error_subtype"), facts.get("type"):
        case "COLUMN_NOT_FOUND", _:
            return "column", facts["name"]
        case "MISSING_ENTRY", "Table" | "View":
            return "table", facts["name"]
        case "MISSING_ENTRY", _:
            return "function", facts["name"]
    if found := re.match(r'.* ".*" does not have a column named "(.*)"', message):
        return "column", found[1]
    if found := re.match(r'Referenced table "(.*)" not found', message):
        return "table", found[1]
    return "", ""


def _candidates(facts: Mapping[str, str], message: str) -> tuple[str, ...]:
    if facts.get("candidates"):
        return tuple(facts["candidates"].split(","))
    listed = _CANDIDATES.search(message)
    return tuple(_QUOTED.findall(listed[1])) if listed else ()


def _remedy(fault: Fault, names: Callable[[str], Iterable[str]]) -> str:
    if not fault.unknown:
        return LIST_TABLES
    pools = [fault.candidates] if fault.unknown == "column" else []
    for pool in (*pools, (*fault.candidates, *names(fault.unknown))):
        if near := get_close_matches(fault.name, dict.fromkeys(pool), _MOST, _SIMILARITY):
            return f"did you mean {' or '.join(map(repr, near))}?"
    known = ", ".join(map(repr, fault.candidates[:_MOST]))
    return f"known names: {known}" if known else LIST_TABLES


def _place(query: bytes, start: int, length: int) -> QueryPlace:
    before = query[:start].decode(errors="ignore")
    line_start = before.rfind("\n") + 1
    text = query.decode(errors="replace")[line_start:].partition("\n")[0]
    return QueryPlace(
        line=before.count("\n") + 1,
        column=len(before) - line_start + 1,
        length=max(1, len(query[start : start + length].decode(errors="ignore"))),
        text=text,
    )


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")

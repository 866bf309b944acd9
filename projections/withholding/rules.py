"""Decide about one value whether it may be shown, by its name and by what it is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lineage.kernel.errors import WITHHELD
from projections.withholding.withheld import Withheld
from projections.withholding.words import (
    BUNDLED,
    MEASURES,
    NAMING,
    OF_VALUES,
    PRODUCT,
    STATISTICS,
    words,
)

_FRAME: Final = re.compile(r"[^\s:'\"]+:\d+ \S+")
_KEY: Final = re.compile(r'\."((?:[^"\\]|\\.)*)"|\.([^.\[\]"]+)|\[\d+\]')
_BY_PEOPLE: Final = re.compile(r"note|tags|\w+_reason")
"""What pages and commands ask people for, to be read by others."""

_SYSTEM: Final = frozenset(os.strerror(number) for number in range(1, 134))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known about names.

    Attributes:
        names: Texts that name a dataset, file or column on record.
        columns: The columns among them.
        open_columns: Columns that the project declares to be not sensitive.
    """

    names: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    open_columns: frozenset[str] = frozenset()


def parameters(given: Any, known: Known) -> Any:
    """Return parameters, a configuration or details with what they may show."""
    if not isinstance(given, Mapping):
        return withheld(given)
    return {name: _parameter((name,), value, known) for name, value in given.items()}


def said_of_run(given: Any, known: Known) -> Any:
    """Return what was said of a run: what people said is shown, what programs said is not."""
    if not isinstance(given, Mapping):
        return withheld(given)
    return {
        name: value if _BY_PEOPLE.fullmatch(name) else _parameter((name,), value, known)
        for name, value in given.items()
    }


def metric(name: str, value: Any, known: Known, class_name: str | None) -> Any:
    """Return the value of a metric with what it may show.

    Args:
        name: Its name.
        value: Its value, which may be an object.
        known: What is known about names.
        class_name: Of the operation that measured it; None if a program did.
    """
    is_bundled = (class_name or "").startswith(BUNDLED)
    return _metric((name,), value, known, is_bundled=is_bundled)


def single_metric(row: Mapping[str, Any], known: Known, class_name: str | None) -> dict[str, Any]:
    """Return a row of `metric_values`: name, and value as number and text."""
    root, path, is_in_list = path_of(row["metric"])
    number, text = row.get("number"), row.get("text")
    told = dict(row)
    value: Any = text if number is None else number
    is_bundled = (class_name or "").startswith(BUNDLED)
    if not is_bundled and any(not _is_known_key(key, known) for key in path):
        told["metric"] = f"{root}.{Withheld(path)}"
        value = withheld(value)
    elif is_in_list:
        value = _metric((root, *path), [value], known, is_bundled=is_bundled)[0]
    else:
        value = _metric((root, *path), value, known, is_bundled=is_bundled)
    if "number" in row and isinstance(value, Withheld):
        told |= {"number": None, "text": value}
        if "change" in row:
            told["change"] = None
    return told


def path_of(name: str) -> tuple[str, tuple[str, ...], bool]:
    """Return the name of a metric, the keys that lead to a value in it, and if it is of a list."""
    # names may have dots and brackets, too; what is taken for a key is only looked at closer
    found = [*_KEY.finditer(name)]
    root = name[: found[0].start()] if found else name
    keys = tuple(key.replace('\\"', '"') for one in found for key in one.groups() if key)
    return root, keys, any(one[0].startswith("[") for one in found)


def message(text: Any, *, error_type: str | None, is_ours: bool) -> Any:
    """Return a message if the product worded it.

    Args:
        text: What it says.
        error_type: Class of the error that it is of; None if it is of none.
        is_ours: Whether the product, or a bundled operation, says what is of no error.
    """
    if not isinstance(text, str) or not text:
        return text
    if error_type is None:
        return text if is_ours else Withheld(text)
    is_safe = (
        error_type.startswith(PRODUCT)
        or text == f"{error_type.rpartition('.')[2]} ({WITHHELD})"
        or (
            re.fullmatch(r"(.+?): '[^']*'", text) is not None and text.partition(": ")[0] in _SYSTEM
        )
    )
    return text if is_safe else Withheld(text)


def traceback(frames: Any) -> Any:
    """Return the frames of a traceback; lines that are none are not shown."""
    if not isinstance(frames, Sequence) or isinstance(frames, str):
        return withheld(frames)
    return [
        frame if isinstance(frame, str) and _FRAME.fullmatch(frame) else withheld(frame)
        for frame in frames
    ]


def withheld(value: Any) -> Any:
    """Return what stands in the place of a value; nothing, yes and no say nothing."""
    return value if value is None or isinstance(value, bool | Withheld) else Withheld(value)


def _parameter(path: tuple[str, ...], value: Any, known: Known) -> Any:
    def number(one: float) -> Any:
        return one if _is_of_no_value(path, known) else Withheld(one)

    def text(one: str) -> Any:
        return one if path[0] in NAMING or one in known.names or not one else Withheld(one)

    return _each(path, value, known, number=number, text=text, inside=_parameter)


def _metric(path: tuple[str, ...], value: Any, known: Known, *, is_bundled: bool) -> Any:
    def number(one: float) -> Any:
        if is_bundled:
            return one if path[0] not in STATISTICS or _is_open(path, known) else Withheld(one)
        return one if _is_of_no_value(path, known) else Withheld(one)

    def text(one: str) -> Any:
        return one if is_bundled or one in known.names else Withheld(one)

    def inside(below: tuple[str, ...], one: Any, known: Known) -> Any:
        return _metric(below, one, known, is_bundled=is_bundled)

    if is_bundled and isinstance(value, dict):
        return {key: inside((*path, key), one, known) for key, one in value.items()}
    return _each(path, value, known, number=number, text=text, inside=inside)


def _each(  # what to do with each kind of value
    path: tuple[str, ...],
    value: Any,
    known: Known,
    *,
    number: Callable[[float], Any],
    text: Callable[[str], Any],
    inside: Callable[[tuple[str, ...], Any, Known], Any],
) -> Any:
    match value:
        case None | bool() | Withheld():
            return value
        case int() | float():
            return number(value)
        case str():
            return text(value)
        case list():
            is_named = path[0] in NAMING
            return [
                inside(path, one, known)
                if is_named or not isinstance(one, int | float)
                # a series of numbers is taken from the data more often than not
                else withheld(one)
                for one in value
            ]
        case dict():
            if all(path[0] in NAMING or _is_known_key(key, known) for key in value):
                return {key: inside((*path, key), one, known) for key, one in value.items()}
    return withheld(value)


def _is_known_key(key: str, known: Known) -> bool:
    """Tell whether a key is the name of something, and not itself a value."""
    return key in MEASURES or key in NAMING or key in known.names


def _is_of_no_value(path: tuple[str, ...], known: Known) -> bool:
    """Tell whether no name on the way to a number says that it is one of the data."""
    if path[0] in NAMING or path[-1] in MEASURES:
        return True
    if _is_open(path, known):
        return True
    said = frozenset().union(*(words(name) for name in path))
    closed = (words(column) for column in known.columns - known.open_columns)
    return said.isdisjoint(OF_VALUES) and not any(one and one <= said for one in closed)


def _is_open(path: tuple[str, ...], known: Known) -> bool:
    return any(key in known.open_columns for key in path[1:])

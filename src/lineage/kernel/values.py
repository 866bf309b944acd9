"""Turn any Python value into JSON, losing nothing and never failing.

Reports, events and parameters accept what people have: numpy scalars, pandas objects,
tuples as keys, NaN, decimals. JSON has fewer types, so each of the others gets one fixed
text form, listed here.

| value | becomes |
| --- | --- |
| NaN, infinities | the strings "NaN", "Infinity", "-Infinity" |
| pandas NA and NaT, numpy NaT | null |
| datetime, date, time | ISO 8601; a naive datetime stays naive |
| timedelta | its seconds |
| Decimal, UUID, path, complex | its text |
| enum | its value |
| text that UTF-8 cannot hold (lone surrogates) | the same with these escaped |
| integer of over 600 digits | its hexadecimal text |
| bytes | "base64:..." |
| set, frozenset | a list, sorted by its JSON text |
| pandas Series | an object index -> value |
| pandas DataFrame | an object column -> list |
| anything else, a cycle, the 101st level | its qualified type name in angle brackets |
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import enum
import json
import math
from collections import UserString
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final, TypeAlias
from uuid import UUID

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH: Final = 100
"""Levels of containers that are kept; JSON readers refuse twice that depth."""

_MAX_INTEGER_BITS: Final = 2_000
_TEXTUAL: Final = (Decimal, UUID, PurePath, complex, UserString)
_CONVERTERS: Final = ("model_dump", "tolist", "as_py", "to_pydict")
_PANDAS_TEXTUAL: Final = frozenset({"Period", "Interval", "BaseOffset", "ExtensionDtype"})

_Within: TypeAlias = tuple[int, ...]


def to_json(value: object) -> JsonValue:
    """Convert a value to what `json.dumps(allow_nan=False)` accepts.

    Args:
        value: Anything. Containers are converted recursively.

    Returns:
        A new value made of None, bool, int, float, str, list and dict with text keys. An
        object with keys that are equal as text (1 and "1") becomes a list of {"key", "value"}
        objects, so that no entry is lost.
    """
    return _convert(value, ())


def canonical_text(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN."""
    return _canonical(to_json(value))


def document_text(value: object) -> str:
    """Return a value as the indented JSON text of an exported document, with a final newline."""
    return json.dumps(to_json(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _convert(value: object, within: _Within) -> JsonValue:  # noqa: C901  # one case a type
    match value:
        case None | bool():
            return value
        case enum.Enum():
            return _convert(value.value, within)
        case str():
            return _text(value)
        case int():
            return int(value) if value.bit_length() <= _MAX_INTEGER_BITS else hex(value)
        case float():
            return _float_to_json(float(value))
        case bytes() | bytearray() | memoryview():
            return "base64:" + base64.b64encode(bytes(value)).decode("ascii")
        case dt.timedelta():
            return value.total_seconds()
        case dt.datetime() | dt.date() | dt.time():
            return None if _is_pandas(value, "NaTType") else value.isoformat()
    if isinstance(value, _TEXTUAL):
        return _text(str(value))
    if len(within) >= MAX_DEPTH or id(value) in within:
        return _described(value)
    return _container_to_json(value, (*within, id(value)))


def _container_to_json(value: object, within: _Within) -> JsonValue:
    try:
        match value:
            case Mapping():
                return _mapping_to_json(value, within)
            case list() | tuple():
                return [_convert(item, within) for item in value]
            case AbstractSet():
                return sorted((_convert(item, within) for item in value), key=_canonical)
        return _object_to_json(value, within)
    except Exception:  # noqa: BLE001  # foreign code, which may raise anything
        return _described(value)


def _canonical(converted: JsonValue) -> str:
    return json.dumps(
        converted, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode()


def _float_to_json(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _mapping_to_json(mapping: Mapping[Any, Any], within: _Within) -> JsonValue:
    pairs = [(_convert(key, within), _convert(item, within)) for key, item in mapping.items()]
    texts = {key if isinstance(key, str) else _canonical(key): item for key, item in pairs}
    if len(texts) == len(pairs):
        return texts
    return _pairs_to_json(pairs)


def _pairs_to_json(pairs: Iterable[tuple[JsonValue, JsonValue]]) -> JsonValue:
    return [{"key": key, "value": item} for key, item in pairs]


def _object_to_json(value: object, within: _Within) -> JsonValue:
    kind = type(value)
    if isinstance(value, type):
        return _described(value)
    if _is_pandas(value):
        return _pandas_to_json(value, within)
    if kind.__module__ == "numpy" and value.dtype.kind in "mM":  # type: ignore[attr-defined]  # numpy's
        return _times_to_json(value)
    if dataclasses.is_dataclass(value):
        names = (field.name for field in dataclasses.fields(value))
        return _mapping_to_json({name: getattr(value, name) for name in names}, within)
    for method in _CONVERTERS:
        convert = getattr(value, method, None)
        if callable(convert):
            converted = convert()
            # numpy's long double has no Python type and returns itself.
            return _text(str(value)) if type(converted) is kind else _convert(converted, within)
    if isinstance(value, Iterable) and hasattr(value, "__len__"):
        return [_convert(item, within) for item in value]
    return _described(value)


def _described(value: object) -> str:
    kind = type(value)
    described = value if isinstance(value, type) or callable(value) else kind
    module = getattr(described, "__module__", None) or kind.__module__
    name = getattr(described, "__qualname__", kind.__qualname__)
    return _text(f"<{module}.{name}>")


def _is_pandas(value: object, *names: str) -> bool:
    """Tell whether a value is of pandas, and if names are given, of one of these classes."""
    return any(
        base.__module__.split(".")[0] == "pandas" and (not names or base.__name__ in names)
        for base in type(value).__mro__
    )


def _pandas_to_json(value: Any, within: _Within) -> JsonValue:
    if _is_pandas(value, "DataFrame", "Series"):
        return _items_to_json(value, within)
    if _is_pandas(value, "NAType"):
        return None
    if _is_pandas(value, *_PANDAS_TEXTUAL):
        return _text(str(value))
    return _convert(value.tolist(), within) if hasattr(value, "tolist") else _described(value)


def _items_to_json(value: Any, within: _Within) -> JsonValue:
    """Convert a Series (index -> value) or a data frame (column -> list)."""
    pairs = [
        (key, item.tolist() if _is_pandas(item, "Series") else item) for key, item in value.items()
    ]
    texts = dict(pairs)
    if len(texts) == len(pairs):
        return _mapping_to_json(texts, within)
    return _pairs_to_json((_convert(key, within), _convert(item, within)) for key, item in pairs)


def _times_to_json(value: Any) -> JsonValue:
    """Convert numpy times to ISO 8601 and numpy durations to seconds, of any shape."""
    is_time = value.dtype.kind == "M"
    known = value.astype(str) if is_time else value / value.dtype.type(1, "s")
    return _without_nat(known.tolist())


def _without_nat(value: Any) -> JsonValue:
    if isinstance(value, list):
        return [_without_nat(item) for item in value]
    return None if value == "NaT" or value != value else value  # noqa: PLR0124  # not a number

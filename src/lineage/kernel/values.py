"""Turn any Python value into JSON, losing nothing and never failing.

Reports, events and parameters take what people have at hand: numpy scalars, pandas objects,
tuples as keys, NaN, decimals. JSON has fewer types, so each of the others gets one fixed
text form, stated here.

| value | becomes |
| --- | --- |
| NaN, infinities | the strings "NaN", "Infinity", "-Infinity" |
| datetime, date, time | ISO 8601; a naive datetime stays naive |
| timedelta | its seconds |
| Decimal, UUID, path, complex, enum | its text (an enum: its value) |
| bytes | "base64:..." |
| set, frozenset | a list, sorted by its JSON text |
| pandas Series | an object index -> value |
| pandas DataFrame | an object column -> list |
| anything else | its qualified type name in angle brackets |
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import enum
import json
import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from pathlib import PurePath
from typing import Any, TypeAlias
from uuid import UUID

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

_TEXTUAL = (Decimal, UUID, PurePath, complex)


def to_json(value: object) -> JsonValue:  # noqa: C901  # one case a type
    """Convert a value to what `json.dumps(allow_nan=False)` accepts.

    Args:
        value: Anything. Containers are converted recursively.

    Returns:
        A new value made of None, bool, int, float, str, list and dict with text keys. An
        object whose keys fall together once they are text (1 and "1") becomes a list of
        {"key", "value"} objects, so that no entry is lost.
    """
    match value:
        case None | bool() | str():
            return str(value) if isinstance(value, enum.Enum) else value
        case enum.Enum():
            return to_json(value.value)
        case int():
            return int(value)
        case float():
            return _float_to_json(float(value))
        case Mapping():
            return _mapping_to_json(value)
        case list() | tuple():
            return [to_json(item) for item in value]
        case AbstractSet():
            return sorted((to_json(item) for item in value), key=canonical_text)
        case bytes() | bytearray() | memoryview():
            return "base64:" + base64.b64encode(bytes(value)).decode("ascii")
        case dt.timedelta():
            return value.total_seconds()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
    if isinstance(value, _TEXTUAL):
        return str(value)
    return _object_to_json(value)


def canonical_text(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN."""
    return json.dumps(
        to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def document_text(value: object) -> str:
    """Return a value as the indented JSON text of an exported document, with a final newline."""
    return json.dumps(to_json(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _float_to_json(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _mapping_to_json(mapping: Mapping[Any, Any]) -> JsonValue:
    pairs = [(_key_to_text(key), to_json(item)) for key, item in mapping.items()]
    texts = dict(pairs)
    if len(texts) == len(pairs):
        return texts
    return [{"key": to_json(key), "value": to_json(item)} for key, item in mapping.items()]


def _key_to_text(key: object) -> str:
    converted = to_json(key)
    return converted if isinstance(converted, str) else canonical_text(converted)


def _object_to_json(value: object) -> JsonValue:
    kind = type(value)
    if kind.__module__.split(".")[0] == "pandas":
        return _pandas_to_json(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _mapping_to_json(
            {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        )
    for method in ("model_dump", "tolist"):
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            return to_json(convert())
    if isinstance(value, Iterable) and not isinstance(value, type) and hasattr(value, "__len__"):
        return [to_json(item) for item in value]
    described = value if isinstance(value, type) or callable(value) else kind
    module = getattr(described, "__module__", kind.__module__)
    name = getattr(described, "__qualname__", kind.__qualname__)
    return f"<{module}.{name}>"


def _pandas_to_json(value: Any) -> JsonValue:
    name = type(value).__name__
    if name == "DataFrame":
        return to_json(value.to_dict(orient="list"))
    if name == "Series":
        return (
            _mapping_to_json(dict(value.items()))
            if value.index.is_unique
            else to_json([{"key": key, "value": item} for key, item in value.items()])
        )
    if name in {"NAType", "NaTType"}:
        return None
    if hasattr(value, "tolist"):
        return to_json(value.tolist())
    return str(value)

"""The JSON of a state, from which every value comes back as it was.

JSON's own values are kept as they are, and so states of earlier releases are read as they were
kept. Any other value is an object with one key, which names its type.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from lineage.kernel.errors import CheckpointRefusedError
from lineage.kernel.secrets.redaction import masked
from lineage.kernel.values import MAX_DEPTH, JsonValue
from lineage.recording.error_facts import qualified_name

_TAG: Final = "$lineage."
# An object, a list and an entry may be put around a value.
_MAX_LEVELS: Final = MAX_DEPTH - 4
_MAX_PLAIN_BITS: Final = 1_000
_LEVELS_SHOWN: Final = 8
_NUMPY_KINDS: Final = frozenset("biufcSUO")

_Place: TypeAlias = tuple[object, ...]


def encode(state: Mapping[Any, Any]) -> dict[str, JsonValue]:
    """Return a state as a JSON object.

    Args:
        state: A mapping, with values of the types that `TaskContextManager` lists.

    Raises:
        CheckpointRefusedError: A value is of another type, or nested too deep; names its place
            and its type.
    """
    return _encoded_dict(dict(state), ())


def decode(kept: dict[str, Any]) -> dict[Any, Any]:
    """Return the state that was encoded.

    Raises:
        ValueError: It has a type that this release does not know.
        KeyError: It has a time zone that this machine does not know.
    """
    state: dict[Any, Any] = _decoded(kept)
    return state


def text_of(kept: JsonValue) -> str:
    """Return the shortest text of an encoded state, in its order."""
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _encoded(value: Any, place: _Place) -> JsonValue:
    if len(place) > _MAX_LEVELS:
        raise _refusal(place, f"is over {_MAX_LEVELS} levels deep")
    value = _without_numpy(value)
    kind = type(value)
    if _is_json(value):
        plain: JsonValue = value
        return plain
    if kind is list:
        return _encoded_items(value, place)
    if kind is dict:
        return _encoded_dict(value, place)
    if kind in _CONTAINERS:
        items = _encoded_items(value, place)
        return {_TAG + kind.__name__: items if kind is tuple else sorted(items, key=text_of)}
    if kind in _NAMES and _has_known_zone(value):
        name = _NAMES[kind]
        return {_TAG + name: _VALUES[name][1](value)}
    raise _refusal(place, f"is of type {qualified_name(kind)}")


def _without_numpy(value: Any) -> Any:
    """Return what Python has for a number or an array of numpy; any other value as it is."""
    dtype = getattr(value, "dtype", None) if type(value).__module__ == "numpy" else None
    return value.tolist() if getattr(dtype, "kind", None) in _NUMPY_KINDS else value


def _encoded_items(values: Any, place: _Place) -> list[JsonValue]:
    return [_encoded(item, (*place, at)) for at, item in enumerate(values)]


def _encoded_dict(values: dict[Any, Any], place: _Place) -> dict[str, JsonValue]:
    encoded = [(key, _encoded(item, (*place, key))) for key, item in values.items()]
    if all(type(key) is str and _is_json(key) and not key.startswith(_TAG) for key in values):
        return dict(encoded)
    # as `values.to_json` has it, so that secrets are found by their names
    entries: list[JsonValue] = [
        {"key": _encoded(key, (*place, key)), "value": item} for key, item in encoded
    ]
    return {f"{_TAG}dict": entries}


def _is_json(value: object) -> bool:
    match value:
        case None:
            return True
        case _ if type(value) is bool:
            return True
        case _ if type(value) is int:
            return value.bit_length() <= _MAX_PLAIN_BITS
        case _ if type(value) is float:
            return math.isfinite(value)
        case _ if type(value) is str:
            return value.isascii() or value == value.encode(errors="ignore").decode()
    return False


def _has_known_zone(value: object) -> bool:
    zone = getattr(value, "tzinfo", None)
    return zone is None or type(zone) is dt.timezone or _zone_name(zone) is not None


def _zone_name(zone: dt.tzinfo | None) -> str | None:
    return zone.key if isinstance(zone, ZoneInfo) else None


def _moment(value: dt.datetime | dt.time) -> list[JsonValue]:
    name = _zone_name(value.tzinfo)
    stated = value if name is None else value.replace(tzinfo=None)
    return [stated.isoformat(), name, value.fold]


def _moment_of(kind: type[dt.datetime | dt.time]) -> Callable[[Any], object]:
    def restored(kept: tuple[str, str | None, int]) -> object:
        stated, name, fold = kept
        value = kind.fromisoformat(stated).replace(fold=fold)
        return value if name is None else value.replace(tzinfo=ZoneInfo(name))

    return restored


def _decoded(kept: Any) -> Any:
    if isinstance(kept, list):
        return [_decoded(item) for item in kept]
    if not isinstance(kept, dict):
        return kept
    tag = next(iter(kept), "") if len(kept) == 1 else ""
    if not tag.startswith(_TAG):
        return {key: _decoded(item) for key, item in kept.items()}
    name, content = tag.removeprefix(_TAG), kept[tag]
    if name == "dict":
        return {_decoded(entry["key"]): _decoded(entry["value"]) for entry in content}
    if name in _VALUES:
        return _VALUES[name][2](content)
    for container in _CONTAINERS:
        if container.__name__ == name:
            return container(map(_decoded, content))
    raise ValueError(f"a value of the unknown type {name!r}")


def _refusal(place: _Place, problem: str) -> CheckpointRefusedError:
    shown = "".join(f"[{key!r}]" for key in islice(place, _LEVELS_SHOWN))
    more = "..." if len(place) > _LEVELS_SHOWN else ""
    return CheckpointRefusedError(
        f"state{masked(shown)}{more} of a checkpoint",
        problem=f"{problem}, which cannot be given back as it was",
        remedy="keep what it is made of: numbers, texts, times, lists and dictionaries",
    )


_CONTAINERS: Final[tuple[type, ...]] = (tuple, set, frozenset)
_VALUES: Final[dict[str, tuple[type, Callable[[Any], JsonValue], Callable[[Any], object]]]] = {
    "int": (int, hex, lambda kept: int(kept, 16)),
    "float": (float, repr, float),
    "complex": (complex, repr, complex),
    "str": (
        str,
        lambda value: value.encode(errors="surrogatepass").hex(),
        lambda kept: bytes.fromhex(kept).decode(errors="surrogatepass"),
    ),
    "bytes": (bytes, lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "Decimal": (Decimal, str, Decimal),
    "UUID": (UUID, str, UUID),
    "Path": (type(Path()), str, Path),
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "time": (dt.time, _moment, _moment_of(dt.time)),
    "datetime": (dt.datetime, _moment, _moment_of(dt.datetime)),
    "timedelta": (
        dt.timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda kept: dt.timedelta(*kept),
    ),
}
"""By name: the type, and how it is kept and given back."""

_NAMES: Final = {kind: name for name, (kind, _, _) in _VALUES.items()}

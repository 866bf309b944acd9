"""Keep secrets, and data passed as parameters, out of everything that is recorded or shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lineage.kernel.secrets.secret_forms import REDACTED, is_secret, masked
from lineage.kernel.values import MAX_DEPTH, JsonValue, to_json

__all__ = [
    "REDACTED",
    "hidden",
    "is_secret",
    "masked",
    "redacted",
    "redacted_metrics",
    "secret_names",
]

_ENTRY: Final = {"key", "value"}
_FRAMES: Final = frozenset({"DataFrame", "LazyFrame", "Series", "Table", "RecordBatch"})
_FRAME_MODULES: Final = frozenset({"pandas", "polars", "pyarrow"})

_Hides = Callable[[str, JsonValue], bool]


def redacted(values: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return parameters or details as JSON without secrets and without data.

    A value under a secret-sounding name becomes "***", and so does a password within a text.
    None stays None, to show that a secret is missing, and so do true and false. A data
    frame becomes its type and shape.

    Args:
        values: Name to value; nested values are searched too. Names that are equal as text
            give {"entries": [{"key", "value"}, ...]}.
    """
    return _object(to_json(_without_frames(values)), _hides_all)


def redacted_metrics(values: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return metrics as JSON without secrets; numbers stay, as they count or measure.

    Args:
        values: As of `redacted`; frames are kept.
    """
    return _object(to_json(values), _hides_texts)


def hidden(value: JsonValue) -> JsonValue:
    """Return a JSON value without secrets, as `redacted_metrics` does."""
    return _inside(value, _hides_texts)


def secret_names(value: JsonValue, name: str = "") -> Iterator[str]:
    """Yield the names under which a value holds a secret as text, for what must not change.

    Numbers under a secret-sounding name count or measure and are not secrets; a text that
    contains a password is one.

    Args:
        value: What `lineage.kernel.values.to_json` returned.
        name: The name of the value itself.
    """
    match value:
        case dict():
            for inner_name, inner in value.items():
                yield from _secrets_under(inner_name, inner)
        case list():
            for item in value:
                if isinstance(item, dict) and item.keys() == _ENTRY:
                    yield from _secrets_under(str(item["key"]), item["value"])
                else:
                    yield from secret_names(item, name)
        case str() if masked(value) != value:
            yield name


def _secrets_under(name: str, value: JsonValue) -> Iterator[str]:
    if masked(name) != name or (is_secret(name) and _has_text(value)):
        yield name
    else:
        yield from secret_names(value, name)


def _has_text(value: JsonValue) -> bool:
    match value:
        case dict():
            return any(map(_has_text, value.values()))
        case list():
            return any(map(_has_text, value))
    return isinstance(value, str) and bool(value)


def _hides_all(name: str, value: JsonValue) -> bool:
    return value is not None and not isinstance(value, bool) and is_secret(name)


def _hides_texts(name: str, value: JsonValue) -> bool:
    return isinstance(value, str) and value != "" and is_secret(name)


def _object(converted: JsonValue, hides: _Hides) -> dict[str, JsonValue]:
    inside = _inside(converted, hides)
    return inside if isinstance(inside, dict) else {"entries": inside}


def _inside(value: JsonValue, hides: _Hides) -> JsonValue:
    match value:
        case dict():
            shown = {n: REDACTED if hides(n, v) else _inside(v, hides) for n, v in value.items()}
            return _with_names_masked(shown)
        case list():
            return [_item(item, hides) for item in value]
        case str():
            return masked(value)
    return value


def _with_names_masked(values: dict[str, JsonValue]) -> JsonValue:
    names = {name: masked(name) for name in values}
    if len(set(names.values())) == len(names):
        return {names[name]: value for name, value in values.items()}
    return [{"key": names[name], "value": value} for name, value in values.items()]


def _item(item: JsonValue, hides: _Hides) -> JsonValue:
    """Redact an item of a list, which may be an entry of a mapping (see `values.to_json`)."""
    if not isinstance(item, dict) or item.keys() != _ENTRY:
        return _inside(item, hides)
    value = item["value"]
    is_hidden = hides(str(item["key"]), value)
    return {
        "key": _inside(item["key"], hides),
        "value": REDACTED if is_hidden else _inside(value, hides),
    }


def _without_frames(value: object, within: tuple[int, ...] = ()) -> object:
    if id(value) in within or len(within) > MAX_DEPTH:
        return value
    inside = (*within, id(value))
    match value:
        case Mapping():
            return {name: _without_frames(item, inside) for name, item in value.items()}
        case list() | tuple():
            return [_without_frames(item, inside) for item in value]
    kind = type(value)
    module = kind.__module__.split(".")[0]
    if kind.__name__ in _FRAMES and module in _FRAME_MODULES:
        shape = getattr(value, "shape", None)
        return f"<{module}.{kind.__name__} {shape}>"
    return value

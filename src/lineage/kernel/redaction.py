"""Keep secrets, and data passed as parameters, out of everything that is recorded or shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lineage.kernel.values import MAX_DEPTH, JsonValue, to_json

REDACTED: Final = "***"
_SECRET: Final = re.compile(
    r"(?i)password|passwd|passphrase|passcode|pwd|secret|token|credential|authorization|^key$"
    r"|(^|[^a-z])(salt|pepper)([^a-z]|$)"
    r"|(api|access|private|encryption|decryption|master|signing|data)[^a-z0-9]*key"
)
_IN_URL: Final = re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]+(?=@)")
_ASSIGNED: Final = re.compile(
    r"(?i)((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key)\s*=\s*)[^\s;&,]+"
)
_ENTRY: Final = {"key", "value"}
_FRAMES: Final = frozenset({"DataFrame", "LazyFrame", "Series", "Table", "RecordBatch"})
_FRAME_MODULES: Final = frozenset({"pandas", "polars", "pyarrow"})

_Hides = Callable[[str, JsonValue], bool]


def redacted(values: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return parameters or details as JSON without secrets and without data.

    A value under a secret-sounding name becomes "***", and so does a password within a text.
    None stays None, to show that a secret is missing. A data frame becomes its type and shape.

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


def masked(text: str) -> str:
    """Return a text in which passwords in URLs and after "password=" and the like are "***"."""
    if "=" not in text and "://" not in text:
        return text  # true of most texts, at a twentieth of the cost
    return _ASSIGNED.sub(rf"\1{REDACTED}", _IN_URL.sub(rf"\1:{REDACTED}", text))


def is_secret(name: str) -> bool:
    """Tell whether a name sounds like that of a secret."""
    return _SECRET.search(name) is not None


def _secrets_under(name: str, value: JsonValue) -> Iterator[str]:
    if is_secret(name) and _has_text(value):
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
    return value is not None and is_secret(name)


def _hides_texts(name: str, value: JsonValue) -> bool:
    return isinstance(value, str) and is_secret(name)


def _object(converted: JsonValue, hides: _Hides) -> dict[str, JsonValue]:
    inside = _inside(converted, hides)
    return inside if isinstance(inside, dict) else {"entries": inside}


def _inside(value: JsonValue, hides: _Hides) -> JsonValue:
    match value:
        case dict():
            return {n: REDACTED if hides(n, v) else _inside(v, hides) for n, v in value.items()}
        case list():
            return [_item(item, hides) for item in value]
        case str():
            return masked(value)
    return value


def _item(item: JsonValue, hides: _Hides) -> JsonValue:
    """Redact an item of a list, which may be an entry of a mapping (see `values.to_json`)."""
    if not isinstance(item, dict) or item.keys() != _ENTRY:
        return _inside(item, hides)
    value = item["value"]
    hidden = hides(str(item["key"]), value)
    return {"key": item["key"], "value": REDACTED if hidden else _inside(value, hides)}


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

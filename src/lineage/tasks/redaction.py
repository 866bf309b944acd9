"""Keep secrets out of everything that is recorded or shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lineage.kernel.values import JsonValue, to_json

REDACTED: Final = "***"
_SECRET: Final = re.compile(
    r"(?i)password|passwd|passphrase|secret|token|credential|(^|_)salt$|(^|_)pepper$|^key$"
    r"|(api|access|private|encryption|master|signing|data)_?key"
)


def redacted(values: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return values as JSON in which those under secret-sounding names are "***".

    Args:
        values: Name to value; nested mappings are searched too. None stays None, so that a
            missing secret can be told from a present one.
    """
    converted = to_json(dict(values))
    return _redact(converted) if isinstance(converted, dict) else {}


def is_secret(name: str) -> bool:
    """Tell whether a name sounds like that of a secret."""
    return _SECRET.search(name) is not None


def _redact(values: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        name: REDACTED if is_secret(name) and value is not None else _inside(value)
        for name, value in values.items()
    }


def _inside(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _redact(value)
    if isinstance(value, list):
        return [_inside(item) for item in value]
    return value

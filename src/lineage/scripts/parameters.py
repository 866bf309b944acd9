"""What is recorded of parameters: plain values as they are, data by type and shape only."""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from lineage.kernel.digest import sha256_bytes

LONGEST_TEXT: Final = 1_000
"""Characters of a text up to which it is a parameter; longer ones are data."""

MOST_ITEMS: Final = 100
"""Items of a list or mapping up to which they are parameters."""

_LONGEST_ID: Final = 100
_DEEPEST: Final = 10
_PLAIN: Final = (bool, int, float, dt.date, dt.time, dt.timedelta, Decimal, UUID, PurePath)


def recorded(parameters: Mapping[str, object]) -> dict[str, object]:
    """Return parameters as they may be recorded; secrets are redacted where they are written."""
    return {name: _recorded(value, _DEEPEST) for name, value in parameters.items()}


def task_id_of(name: str) -> str:
    """Return the id of the task that a free text names: "Release wages" is "release_wages".

    A text that has no letters that a folder's name may have everywhere is named by its digest.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if found and len(found) <= _LONGEST_ID:
        return found
    digest = sha256_bytes(name.encode(errors="surrogatepass"))[:8]
    return f"{found[:_LONGEST_ID]}_{digest}" if found else f"script_{digest}"


def _recorded(value: object, depth: int) -> object:
    if isinstance(value, enum.Enum):
        return _recorded(value.value, depth)
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"<text of {len(value):,} characters>"
    if getattr(value, "shape", None) == () and hasattr(value, "item"):  # a number of numpy
        return _recorded(value.item(), depth) if depth else _kind(value)
    if isinstance(value, Mapping) and len(value) <= MOST_ITEMS and depth:
        return {str(key): _recorded(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and len(value) <= MOST_ITEMS and depth:
        return [_recorded(item, depth - 1) for item in value]
    return _kind(value)


def _kind(value: Any) -> str:
    """Return type and shape of a value, and nothing that it holds."""
    name = type(value).__name__
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and all(isinstance(length, int) for length in shape):
        return f"<{name} of {' x '.join(f'{length:,}' for length in shape)}>"
    try:
        return f"<{name} of {len(value):,}>"
    except (TypeError, ValueError):
        return f"<{name}>"

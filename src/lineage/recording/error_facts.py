"""Turn an exception, or a program's description of one, into what the history keeps."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lineage.events import ErrorFact
from lineage.kernel.errors import safe_message
from lineage.kernel.secrets.redaction import masked, redacted
from lineage.kernel.values import canonical_text, to_json

UNKNOWN: Final = "Unknown error"
_FRAME: Final = re.compile(r'^\s*File "(?P<file>.+)", line (?P<line>\d+), in (?P<function>.+)$')


def error_fact(error: BaseException) -> ErrorFact:
    """Return type, message and place of an exception, without a value from the data."""
    frames = traceback.extract_tb(error.__traceback__)
    return ErrorFact(
        error_type=qualified_name(type(error)),
        message=_text(masked(safe_message(error))),
        traceback=tuple(_frame(f.filename, f.lineno or 0, f.name) for f in frames),
    )


def stated_error(info: Mapping[str, Any]) -> ErrorFact:
    """Return an error as a program states it.

    Args:
        info: "type" and "message"; "traceback" as text or lines. Of a traceback that Python
            formatted only the frames are kept, because its last line may quote data. Other
            keys become part of the message.
    """
    others = {key: value for key, value in info.items() if key not in _KNOWN}
    parts = [masked(str(info.get("message") or UNKNOWN))]
    if others:
        parts.append(canonical_text(redacted(others)))
    return ErrorFact(
        error_type=_text(str(info.get("type") or "Error")),
        message=_text(" ".join(parts)),
        traceback=tuple(_stated_frames(info.get("traceback"))),
    )


def qualified_name(cls: type) -> str:
    """Return module and name of a class; the bare name for built-in ones."""
    return (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )


_KNOWN: Final = frozenset({"type", "message", "traceback"})


def _stated_frames(trace: object) -> list[str]:
    if not trace:
        return []
    stated = to_json(trace)
    items = stated if isinstance(stated, list) else [stated]
    lines = [line for item in items for line in str(item).splitlines()]
    frames = [match for line in lines if (match := _FRAME.match(line))]
    return [_frame(m["file"], int(m["line"]), m["function"]) for m in frames] or lines


def _frame(file: str, line: int, function: str) -> str:
    return _text(f"{Path(file).name}:{line} {function}")


def _text(text: str) -> str:
    """Return text that can be stored: lone surrogates are escaped."""
    return str(to_json(text))

"""Turn an exception into what the history keeps of it."""

from __future__ import annotations

import traceback
from pathlib import Path

from lineage.events import ErrorFact
from lineage.kernel.errors import safe_message


def error_fact(error: BaseException) -> ErrorFact:
    """Return type, message and place of an exception, without a value from the data."""
    return ErrorFact(
        error_type=qualified_name(type(error)),
        message=safe_message(error),
        traceback=tuple(
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ),
    )


def qualified_name(cls: type) -> str:
    """Return module and name of a class; the bare name for built-in ones."""
    return (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )

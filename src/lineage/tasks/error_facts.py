"""Turn an exception into what the history keeps of it."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

from lineage.events import ErrorFact
from lineage.kernel.errors import LineageError

WITHHELD: Final = "message withheld, it may quote data; run with --debug to see it once"


def error_fact(error: BaseException) -> ErrorFact:
    """Return type, message and place of an exception, without a value from the data.

    Our own messages hold no cell values. Those of the operating system name a file. Any other
    message may quote what it stumbled over, so it is withheld.
    """
    return ErrorFact(
        error_type=qualified_name(type(error)),
        message=error_message(error),
        traceback=tuple(
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ),
    )


def error_message(error: BaseException) -> str:
    """Return an exception's message if it cannot quote data, or a note that it is withheld."""
    if isinstance(error, LineageError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename!r}" if error.filename else error.strerror
    return f"{type(error).__name__} ({WITHHELD})"


def qualified_name(cls: type) -> str:
    """Return module and name of a class; the bare name for built-in ones."""
    return (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )

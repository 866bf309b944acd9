"""The log file of a task."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from lineage.kernel.secrets.redaction import masked
from lineage.recording.error_facts import error_fact

LOG_FILE_BYTES: Final = 5_000_000
LOG_FILES_KEPT: Final = 5
_LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def open_log(logger: logging.Logger, path: Path, level: str) -> logging.Handler:
    """Let a logger append to a file, and return the handler to close.

    Args:
        logger: The logger.
        path: The file.
        level: Name of a level that `logging` knows, as in `ProjectSettings.log_level`.

    Raises:
        OSError: The file cannot be written.
    """
    handler = RotatingFileHandler(
        path,
        maxBytes=LOG_FILE_BYTES,
        backupCount=LOG_FILES_KEPT,
        encoding="utf-8",
        errors="backslashreplace",
    )
    handler.setFormatter(LogFormatter(_LINE))
    logger.addHandler(handler)
    logger.setLevel(level)
    return handler


def close_log(logger: logging.Logger, handler: logging.Handler | None) -> None:
    """Stop writing a logger's lines to what `open_log` returned, if it did."""
    if handler is not None:
        logger.removeHandler(handler)
        handler.close()


class LogFormatter(logging.Formatter):
    """Writes no secrets, and only what `error_fact` keeps of an exception: it may quote data."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line without the traceback that another handler has left in the record."""
        kept, record.exc_text = record.exc_text, None
        try:
            return masked(super().format(record))
        finally:
            record.exc_text = kept

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        """Return the frames and the message of an exception, one per line."""
        if ei[1] is None:
            return ""
        fact = error_fact(ei[1])
        return "\n".join([*(f"  {frame}" for frame in fact.traceback), fact.message])

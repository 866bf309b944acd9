"""Text that leaves for a terminal or a log file: in one line, without secrets, without effects."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Collection, Sequence
from typing import Any, Final

from lineage.kernel.secrets.redaction import masked

_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Control characters, characters that change the writing direction, and what XML forbids."""


def visible(text: str) -> str:
    """Return text with control characters and changes of writing direction escaped."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def plain(text: str) -> str:
    """Return text in one line, without secrets, that cannot steer the terminal."""
    return visible(masked(text))


def plain_lines(text: str) -> str:
    """Return text whose line ends are meant, such as a traceback, with each line `plain`."""
    return "\n".join(map(plain, text.split("\n")))


def listed(names: Sequence[str], most: int) -> str:
    """Return the first names with commas between them, and how many there are more.

    Args:
        names: What is listed.
        most: Names that are shown, at most.
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return the known name that an unknown one was most likely meant to be, as a question.

    Args:
        name: What somebody wrote; case and hyphens do not count.
        known: The names that there are.

    Returns:
        The question in brackets after a blank; "" if no name is like it.
    """
    by_form = {_form(one): one for one in sorted(known)}
    close = difflib.get_close_matches(_form(name), by_form, n=1)
    return f" (did you mean {by_form[close[0]]!r}?)" if close else ""


def _form(name: str) -> str:
    return name.lower().replace("-", "_")


class PlainFormatter(logging.Formatter):
    """Writes one line per message, whatever names it quotes; only a traceback adds lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Return the line without traceback."""
        return plain(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # as above
        """Return the traceback of an exception."""
        return plain_lines(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802  # as above
        """Return the stack that the caller asked for."""
        return plain_lines(super().formatStack(stack_info))

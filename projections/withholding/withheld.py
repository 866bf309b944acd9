"""What stands in the place of a value that is not shown."""

from __future__ import annotations

import hmac
import secrets
from typing import Final, Self

from lineage.kernel.values import canonical_text

TEXT: Final = "[withheld]"
_KEY: Final = secrets.token_bytes(32)
"""Of this process, so that nobody can find a value by trying."""


class Withheld(str):
    """A value that is not shown.

    It reads as a text, so that a page and a document can have it wherever the value would be. Two
    are equal if the values are: a comparison says that they differ, and not how.

    Args:
        value: What is withheld.
    """

    __slots__ = ("_mark",)
    _mark: bytes

    def __new__(cls, value: object) -> Self:
        """Return what stands in the place of a value."""
        made = super().__new__(cls, TEXT)
        made._mark = hmac.digest(_KEY, canonical_text(value).encode(), "sha256")
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Withheld) and self._mark == other._mark

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._mark)

    def __html__(self) -> str:
        return f'<span class="withheld">{TEXT}</span>'

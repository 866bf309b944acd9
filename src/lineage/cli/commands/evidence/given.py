"""What people hand over to a command: signed texts and verifier keys, or the files with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from lineage.kernel.notes import VerifierKey


def text_of(given: str | Path, option: str) -> str:
    """Return a signed text that is given as it is, or as the file that holds it.

    Raises:
        BadParameter: It is no text of several lines, and no file that can be read.
    """
    if "\n" in str(given):
        return str(given)
    try:
        return Path(given).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "not a text in UTF-8"
        raise typer.BadParameter(
            f"cannot read {str(given)!r}: {problem}", param_hint=option
        ) from None


def verifier_key_of(given: str, option: str) -> VerifierKey:
    """Return a verifier key that is given as it is, or as the file that holds it.

    Raises:
        BadParameter: It is none, or the file cannot be read.
    """
    from lineage.kernel.errors import IntegrityError  # noqa: PLC0415  # start-up time
    from lineage.kernel.notes import VerifierKey  # noqa: PLC0415

    try:
        text = Path(given).read_text("utf-8") if Path(given).is_file() else given
        return VerifierKey.parse(text.strip())
    except (OSError, UnicodeDecodeError, IntegrityError):
        raise typer.BadParameter(f"no verifier key: {given!r}", param_hint=option) from None

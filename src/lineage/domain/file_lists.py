"""The lists of files in the record of a run that has ended: what was changed and what is added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lineage.events import JsonObject
from lineage.kernel.values import JsonValue

FILE_LISTS: Final = ("input_files", "output_files")
"""Keys of an execution record under which files are listed."""


def changed(lists: JsonObject, changes: JsonObject) -> JsonObject:
    """Return the lists that were changed, after further changes of the record."""
    return {**lists, **{key: changes[key] for key in FILE_LISTS if key in changes}}


def extended(known: JsonValue, files: Iterable[JsonObject]) -> list[JsonValue] | None:
    """Return a list extended by the files it lacks, by path; None if it has all of them.

    Args:
        known: The list; anything else counts as empty.
        files: Entries with the key path.
    """
    entries: Sequence[JsonValue] = known if isinstance(known, list) else []
    paths = [entry.get("path") for entry in entries if isinstance(entry, dict)]
    new = [file for file in files if file.get("path") not in paths]
    return [*entries, *new] if new else None

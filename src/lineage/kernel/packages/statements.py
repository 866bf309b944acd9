"""The SQL in the file beside a module."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

_SECTION: Final = re.compile(r"^-- @([a-z_]+)\s*$", re.MULTILINE)


def statements(module: str) -> dict[str, str]:
    """Return the sections of the `.sql` file beside a module by name.

    Args:
        module: Its `__name__`.
    """
    package, _, name = module.rpartition(".")
    file = resources.files(package).joinpath(f"{name}.sql")
    return sections(file.read_text(encoding="utf-8"))


def sections(script: str) -> dict[str, str]:
    """Return the parts of a script by name; a line "-- @name" begins each."""
    parts = _SECTION.split(script)[1:]
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}

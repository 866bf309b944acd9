"""DuckDB that sees what it is given, and nothing else."""

from __future__ import annotations

from typing import Final

CONFINED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "python_enable_replacements": False,
    "temp_directory": "",  # what is too large for memory fails rather than lie on a disk
}
"""Settings of a connection that reaches no file, no network and no variable."""

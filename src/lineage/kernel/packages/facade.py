"""Names of a package that are imported from their modules when they are first used.

Children of a run and short commands need few of them, and importing all takes half a second.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path


class Facade:
    """The names that a package re-exports from its modules.

    The imports that its `__init__.py` makes for type checkers, under `if TYPE_CHECKING:`, say
    which names these are and where they come from.

    Args:
        package: Name of the package.
        source: Path of its `__init__.py`.
    """

    def __init__(self, package: str, source: str) -> None:
        self._package = package
        self._source = source

    @cached_property
    def places(self) -> dict[str, tuple[str, str]]:
        """Each name with the module it comes from and its name there."""
        return {
            alias.asname or alias.name: (node.module or "", alias.name)
            for block in ast.parse(Path(self._source).read_text("utf-8")).body
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
            for node in ast.walk(block)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    @property
    def hooks(self) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
        """What the package defines as `__getattr__` and `__dir__`."""
        return self.get, self.names

    def names(self) -> list[str]:
        """Return the names of the package, imported or not."""
        return sorted({*vars(sys.modules[self._package]), *self.places})

    def get(self, name: str) -> object:
        """Import a name; `__all__` is the list of names.

        Raises:
            AttributeError: The package has no such name.
        """
        if name == "__all__":
            return sorted(self.places)
        if name not in self.places:
            raise AttributeError(f"module {self._package!r} has no attribute {name!r}")
        module, original = self.places[name]
        found = importlib.import_module(module)
        if not hasattr(found, original):
            return importlib.import_module(f"{module}.{original}")
        return getattr(found, original)

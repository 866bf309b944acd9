"""Old names of modules that moved: they import the module from its new place, with a warning."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _OldNames(MetaPathFinder, Loader):
    """Finds a module by its old name and returns the one under its new name."""

    def __init__(self, moved: Mapping[str, str]) -> None:
        self._moved = moved
        self._specs: dict[str, ModuleSpec | None] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # what Python hands over
        target: ModuleType | None = None,  # noqa: ARG002  # what Python hands over
    ) -> ModuleSpec | None:
        """Return how a moved module is imported; None for all others."""
        return importlib.util.spec_from_loader(fullname, self) if fullname in self._moved else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module from its new place."""
        new = self._moved[spec.name]
        message = f"{spec.name} has moved to {new}"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        module = importlib.import_module(new)
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module back what Python has just replaced: it knows itself by its new name."""
        spec = module.__spec__
        if spec is not None:
            module.__spec__ = self._specs.pop(spec.name)


def keep_old_names(moved: Mapping[str, str]) -> None:
    """Let modules be imported under old names as well.

    Args:
        moved: Old name to new name, both in full.
    """
    sys.meta_path.append(_OldNames(moved))

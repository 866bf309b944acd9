"""Check that the packages beside `lineage` are the product's own.

`ops` and `projections` are common names: a folder of that name beside a script comes first on
Python's path and would be imported instead.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final

PACKAGES: Final = ("ops", "projections")
_HOME: Final = Path(__file__).parents[3]


class ShadowedPackageError(ImportError):
    """Another package has the name of one of the product's."""


def check() -> None:
    """Refuse foreign packages of these names; nothing is imported.

    Raises:
        ShadowedPackageError: One would be imported, or a package is missing. A program that does
            not catch it ends with one line instead of a traceback.
    """
    for name in PACKAGES:
        fault = _fault(name)
        if fault is not None:
            error = ShadowedPackageError(fault, name=name)
            _show_in_one_line(error)
            raise error


def _fault(name: str) -> str | None:
    found = _place(name)
    if found is None:
        return f"the package {name!r} of privacy-lineage is missing; install privacy-lineage again"
    # an installation has the packages in one folder, a checkout in two
    if os.path.realpath(found) in {os.path.realpath(f / name) for f in (_HOME, _HOME.parent)}:
        return None
    return (
        f"{str(found)!r} hides the package {name!r} of privacy-lineage, which is in "
        f"{str(_HOME)!r}; rename it, or take its folder off Python's path (sys.path)"
    )


def _place(name: str) -> Path | None:
    """Return the folder of a package, or the file of a module; None if there is neither."""
    try:
        spec = find_spec(name)  # of a module that is loaded, its own
    except ValueError:  # it was loaded by other means
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return None if spec.origin is None else Path(spec.origin)


def _show_in_one_line(error: ImportError) -> None:
    otherwise = sys.excepthook

    def show(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if value is error:
            sys.stderr.write(f"lineage: {value}\n")
        else:
            otherwise(kind, value, trace)

    sys.excepthook = show

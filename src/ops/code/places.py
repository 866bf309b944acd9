"""Whose a module is: Python's, this product's, of an installed distribution, or local."""

from __future__ import annotations

import enum
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

PRODUCT: Final = frozenset({"lineage", "ops", "projections"})

_INSTALLED_FOLDERS: Final = frozenset({"site-packages", "dist-packages"})
# installed, all three packages are in one folder; in a checkout, two of them are in "src"
_PRODUCT: Final = Path(__file__).resolve().parents[2:4]
_STANDARD: Final = Path(os.__file__).parent.resolve()


class Place(enum.Enum):
    """Whose a module is."""

    STANDARD = "of Python"
    PRODUCT = "of this product"
    INSTALLED = "of an installed distribution"
    LOCAL = "the user's own"


@cache
def place_of(name: str, file: str | None) -> Place:
    """Return whose a module is.

    Args:
        name: Its whole name.
        file: Where it was loaded from; None if from nowhere.
    """
    top = name.partition(".")[0]
    if file is None:
        is_standard = top in sys.stdlib_module_names and top != "__main__"
        return Place.STANDARD if is_standard else Place.LOCAL
    if top in PRODUCT and any(Path(file).resolve().is_relative_to(p / top) for p in _PRODUCT):
        return Place.PRODUCT
    return _place_of_folder(os.path.dirname(file))  # noqa: PTH120  # asked at every import


def place_of_class(class_: type) -> Place:
    """Return whose the module of a class is."""
    file = getattr(sys.modules.get(class_.__module__), "__file__", None)
    return place_of(class_.__module__, file)


@cache
def distribution_of(top: str) -> str | None:
    """Return name and version of what installed a top-level module, such as "pandas 2.2.3".

    Returns:
        Of several distributions all; None if no distribution claims it.
    """
    # the name of a distribution is most often that of its module; asking all takes 0.2 s
    from importlib import metadata  # noqa: PLC0415  # takes as long as all the rest here

    try:
        found = metadata.distribution(top)
    except (metadata.PackageNotFoundError, ValueError):
        pass
    else:
        if any(Path(str(found.locate_file(name))).exists() for name in (top, f"{top}.py")):
            return f"{found.name} {found.version}"
    names = sorted(set(_distributions().get(top, ())))
    return ", ".join(f"{name} {metadata.version(name)}" for name in names) or None


@cache
def _distributions() -> dict[str, list[str]]:
    from importlib import metadata  # noqa: PLC0415  # as above

    return dict(metadata.packages_distributions())


@cache
def _place_of_folder(folder: str) -> Place:
    path = Path(folder).resolve()
    if _INSTALLED_FOLDERS & set(path.parts):
        return Place.INSTALLED
    return Place.STANDARD if path.is_relative_to(_STANDARD) else Place.LOCAL

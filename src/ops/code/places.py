"""Whose a module is: Python's, this product's, of an installed distribution, or local."""

from __future__ import annotations

import enum
import sys
import sysconfig
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

PRODUCT: Final = frozenset({"lineage", "ops", "projections"})

_INSTALLED_FOLDERS: Final = frozenset({"site-packages", "dist-packages"})
_PATHS: Final = sysconfig.get_paths()
_STANDARD: Final = tuple(Path(_PATHS[key]).resolve() for key in ("stdlib", "platstdlib"))
_INSTALLED: Final = tuple(Path(_PATHS[key]).resolve() for key in ("purelib", "platlib"))


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
    place = _place_of_folder(str(Path(file).parent))
    if place is Place.LOCAL and top in PRODUCT and _is_within(Path(file).resolve(), *_product()):
        return Place.PRODUCT
    if place is Place.INSTALLED and top in PRODUCT:
        return Place.PRODUCT
    return place


@cache
def distribution_of(top: str) -> str | None:
    """Return name and version of what installed a top-level module, such as "pandas 2.2.3".

    Returns:
        Of several distributions all; None if no distribution claims it.
    """
    # the name of a distribution is most often that of its module; asking all takes 0.2 s
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
    return dict(metadata.packages_distributions())


@cache
def _place_of_folder(folder: str) -> Place:
    path = Path(folder).resolve()
    if _is_within(path, *_INSTALLED) or _INSTALLED_FOLDERS & set(path.parts):
        return Place.INSTALLED
    return Place.STANDARD if _is_within(path, *_STANDARD) else Place.LOCAL


@cache
def _product() -> tuple[Path, ...]:
    """Return the folders that hold this product's packages."""
    found = (getattr(sys.modules.get(name), "__path__", ()) for name in PRODUCT)
    return tuple(Path(folder).resolve() for folders in found for folder in folders)


def _is_within(path: Path, *folders: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)

"""What columns are to people, by the project's data dictionary and by what people confirmed."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path, PurePath
from typing import Final

from lineage.kernel import paths
from lineage.kernel.errors import ProjectionError
from lineage.kernel.roles import ColumnRole
from lineage.kernel.values import JsonValue

_STRENGTH: Final = {role: place for place, role in enumerate(reversed(ColumnRole), start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What a column is to the people in it.

    Attributes:
        role: What it can tell about a person; None if nobody decided.
        category: Which personal data it holds; empty if not said.
        special_category: Whether it is of a special category of the GDPR, Article 9.
        tags: The project's own words, sorted.
    """

    role: ColumnRole | None = None
    category: str = ""
    special_category: bool = False
    tags: tuple[str, ...] = ()

    @property
    def strength(self) -> int:
        """How much the role tells about a person; 0 without a role."""
        return 0 if self.role is None else _STRENGTH[self.role]

    def joined(self, other: Classification) -> Classification:
        """Return what holds of a column of which both are said: the role that tells more counts."""
        more, less = (self, other) if self.strength >= other.strength else (other, self)
        return Classification(
            role=more.role,
            category=more.category or less.category,
            special_category=self.special_category or other.special_category,
            tags=tuple(sorted({*self.tags, *other.tags})),
        )


NOTHING: Final = Classification()
"""What is known of a column of which nobody said anything."""

Confirmed = Mapping[tuple[str, str], Classification]
"""Name of a dataset and of a column to what a person decided."""


class Dictionary:
    """What a project and its people say about columns.

    Args:
        datasets: Dataset name to what the project declares of it, as in its `datasets:`.
        confirmed: What people decided; what the project declares of the same column counts more.
        root: The project folder, to follow links in declared paths; None to compare names only.

    Raises:
        ProjectionError: A declared role is none that this version knows.
    """

    def __init__(
        self,
        datasets: Mapping[str, JsonValue],
        confirmed: Confirmed | None = None,
        root: Path | None = None,
    ) -> None:
        self._columns: dict[str, dict[str, Classification]] = {}
        self._paths: dict[str, set[str]] = {}
        for name, declared in datasets.items():
            of_dataset = declared if isinstance(declared, dict) else {}
            self._columns[name] = _columns(name, of_dataset.get("columns"))
            path = of_dataset.get("path")
            if isinstance(path, str):
                self._paths[name] = _forms(path, root)
        for (name, column), decided in (confirmed or {}).items():
            said = self._columns.setdefault(name, {})
            if said.get(column, NOTHING).role is None:
                said[column] = said.get(column, NOTHING).joined(decided)

    def datasets_at(
        self, uris: Sequence[str], names: Sequence[str], outputs: Sequence[str] = ()
    ) -> list[str]:
        """Return the datasets that a file is.

        Args:
            uris: All places where its content lies or lay.
            names: What runs that read it called it.
            outputs: What it is called by the operations that made it; a dataset that lies in a
                file of its own is not meant by that.
        """
        return [
            name
            for name in self._columns
            if name in names
            or (name in outputs and name not in self._paths)
            or any(_is_at(form, uri) for form in self._paths.get(name, ()) for uri in uris)
        ]

    def classification(self, datasets: Sequence[str], column: str) -> Classification:
        """Return what is said of a column of a file that is these datasets."""
        said = (self._columns[name].get(column, NOTHING) for name in datasets)
        return reduce(Classification.joined, said, NOTHING)


def _columns(dataset: str, declared: JsonValue) -> dict[str, Classification]:
    columns = declared if isinstance(declared, dict) else {}
    return {name: _classification(dataset, name, said) for name, said in columns.items()}


def _classification(dataset: str, column: str, declared: JsonValue) -> Classification:
    said = declared if isinstance(declared, dict) else {"role": declared}
    role, tags = said.get("role"), said.get("tags")
    if role is not None and role not in set(ColumnRole):
        raise ProjectionError(
            f"role of column {column!r} of dataset {dataset!r}",
            found=role,
            expected=f"one of {', '.join(ColumnRole)}",
            remedy="a newer version of the product may have written it",
        )
    return Classification(
        role=None if role is None else ColumnRole(str(role)),
        category=str(said.get("class") or ""),
        special_category=said.get("special_category") is True,
        tags=tuple(sorted(map(str, tags))) if isinstance(tags, list | tuple) else (),
    )


def _forms(path: str, root: Path | None) -> set[str]:
    """Return how the history may name a declared file."""
    if paths.is_address(path):
        return {path}
    named = {posixpath.normpath(PurePath(path).as_posix())}
    return named if root is None else {*named, paths.display(root / path, root)}


def _is_at(declared: str, uri: str) -> bool:
    """Tell whether a recorded file is the declared one, or a part of the declared folder.

    The history names files of the project relative to it, wherever the project lies.
    """
    if uri == declared or uri.startswith(f"{declared}/"):
        return True
    is_inside = not (paths.is_address(uri) or uri.startswith("/"))
    return is_inside and declared.startswith("/") and declared.endswith(f"/{uri}")

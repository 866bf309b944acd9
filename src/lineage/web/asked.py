"""A request, and the history it asks about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request

from lineage.kernel.errors import ConfigurationError, LineageError, MomentError
from lineage.project import Project
from lineage.upkeep import readable
from lineage.upkeep.readable import Damage
from lineage.web import links
from lineage.web.once import Remembered
from projections import Catalog
from projections.catalog import moments
from projections.catalog.moments import Moment
from projections.pages.cells import linking

AT: Final = "at"
"""Parameter of every page: what had happened by this position or time."""

_damage: Remembered[Damage | None] = Remembered()

MOST_LETTERS: Final = 2_000
"""Letters of one parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page was asked, and where the answer is.

    Attributes:
        project: The project.
        catalog: Its catalog, as of the moment that was asked for.
        moment: That moment; None for now.
        parameters: What else the address says; the last of those with one name.
        given: All that the address says, in its order.
        damage: The event before which the catalog ends, as it cannot be read; None if all can.
        may_change: Whether actions are offered: not by a server that only reads, nor for a past.
    """

    project: Project
    catalog: Catalog
    moment: Moment | None
    parameters: dict[str, str]
    given: Sequence[tuple[str, str]] = ()
    may_change: bool = False
    damage: Damage | None = None

    def text(self, name: str) -> str | None:
        """Return a parameter; None if it is absent or empty.

        Raises:
            ConfigurationError: It is too long.
        """
        value = self.parameters.get(name, "").strip()
        if len(value) > MOST_LETTERS:
            raise ConfigurationError(f"parameter {name!r}", problem="it is too long")
        return value or None

    def every(self, name: str) -> list[str]:
        """Return the values of a parameter that may be given several times, each once."""
        values = (value.strip() for key, value in self.given if key == name)
        return list(dict.fromkeys(value for value in values if value))

    def needed(self, name: str) -> str:
        """Return a parameter without which there is no answer.

        Raises:
            ConfigurationError: It is absent, empty or too long.
        """
        value = self.text(name)
        if value is None:
            raise ConfigurationError(f"parameter {name!r}", problem="it is missing")
        return value

    def number(self, name: str) -> int | None:
        """Return a parameter that is a position or a count; None if it is absent.

        Raises:
            ConfigurationError: It is not a natural number.
        """
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit()) or len(value) > len(str(2**63)) - 1:
            raise ConfigurationError(f"parameter {name!r}", found=value, expected="a number")
        return int(value)

    def time(self, name: str) -> datetime | None:
        """Return a parameter that is a time; None if it is absent.

        Raises:
            ConfigurationError: It is none.
        """
        text = self.text(name)
        if text is None:
            return None
        expected = "a time, as 2026-01-31 or 2h"
        try:
            moment = moments.parse(text, self.project.clock.now())
        except MomentError as error:
            raise ConfigurationError(name, found=text, expected=expected) from error
        if isinstance(moment, int):
            raise ConfigurationError(name, found=text, expected=expected)
        return moment


@contextmanager
def asked(project: Project, request: Request, *, is_read_only: bool = True) -> Iterator[Asked]:
    """Yield what a request asks; links made within it stay at its moment.

    Args:
        project: The project.
        request: The request.
        is_read_only: Whether the server refuses changes, so that none are offered.

    Raises:
        MomentError: The moment is none, or lies in the future.
        LineageError: The history cannot be read.
    """
    stated = request.query_params.get(AT)
    moment = moments.parse(stated, project.clock.now()) if stated else None
    opened, damage = _open(project, moment)
    with (
        opened as catalog,
        links.keeping({AT: stated} if stated else {}),
        linking(links.of_name),
    ):
        yield Asked(
            project=project,
            catalog=catalog,
            moment=moment,
            parameters=dict(request.query_params),
            may_change=moment is None and not is_read_only,
            given=request.query_params.multi_items(),
            damage=damage,
        )


def _open(project: Project, moment: Moment | None) -> tuple[Catalog, Damage | None]:
    """Open the catalog; where one event cannot be read, that of the events before it."""
    if moment is None and (known := _damage.peek(project, project.ledger.head())):
        return readable.open_before(project, known), known
    try:
        return project.catalog(as_of=moment), None
    except LineageError as error:
        if moment is not None or not readable.is_damage(error):
            raise
        head = project.ledger.head()
        damage = _damage.get(project, head, lambda: readable.find_damage(project))
        if damage is None:
            raise
        return readable.open_before(project, damage), damage

"""Open the history as far as it can be read, if an event at its end cannot."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.kernel.errors import LineageError, ProjectionError, UnknownEventError
from lineage.project import Project
from lineage.upkeep.unreadable import unreadable_events
from projections import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """An event that no catalog can be made of.

    Attributes:
        position: Its place in the ledger.
        head: The last event at the time it was found.
        fault: What is wrong with it.
    """

    position: int
    head: int
    fault: str


def find_damage(project: Project) -> Damage | None:
    """Return the first event behind the published catalog that cannot be read; None if all can.

    Raises:
        LedgerError: The ledger cannot be read at all.
    """
    head = project.ledger.head()
    published = project.projector.open_published()
    after = 0
    if published is not None:
        after = published.position
        published.close()
    found = unreadable_events(project.ledger, after=after, until=head, on_hidden=lambda _: None)
    position, fault = next(found, (None, ""))
    return None if position is None else Damage(position=position, head=head, fault=fault)


def open_before(project: Project, damage: Damage) -> Catalog:
    """Open the catalog of the events before a damaged one.

    Raises:
        LedgerError: They cannot be read either.
        ProjectionError: They cannot be folded.
    """
    published = project.projector.open_published()
    if published is not None:
        if published.position == damage.position - 1:
            return published
        published.close()
    return project.catalog(as_of=damage.position - 1)


def is_damage(error: LineageError) -> bool:
    """Tell whether an event may be the reason why there is no catalog."""
    return isinstance(error, ProjectionError | UnknownEventError)

"""What one answer may show: without values, or for a while with those of its subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from lineage.domain import DISCLOSURE
from lineage.domain.disclosure import Disclose
from lineage.events import ValuesDisclosed, streams
from lineage.kernel.errors import LineageError
from lineage.ledger import Session
from lineage.ledger.acting import acting
from lineage.ledger.envelope import RecordedEvent
from lineage.project import Project
from lineage.web.showing.subjects import Given, Subject, natural, subject_of
from projections import Catalog
from projections.documents.replay import ReplayState
from projections.withholding.rules import withheld
from projections.withholding.veil import Veil

T = TypeVar("T")

SHOWN: Final = "shown"
"""Parameter of a page: position of the event that says that its values are shown."""


@dataclass(slots=True, kw_only=True)
class Showing:
    """What one answer may show.

    Attributes:
        page: The page.
        given: What its address says.
        subject: What it is about; None for a page that never shows values.
        veil: Withholds them.
        disclosure: The event that says that they are shown; None if they are not.
        ends_at: When they are not shown any more; None if they are not shown.
        is_read_only: Whether nothing can be recorded, so that nothing is shown.
        has_withheld: Whether anything was withheld so far.
    """

    page: str
    given: Given
    subject: Subject | None
    veil: Veil
    disclosure: RecordedEvent | None = None
    ends_at: datetime | None = None
    is_read_only: bool = True
    has_withheld: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether values are shown."""
        return self.disclosure is not None

    @property
    def reason(self) -> str:
        """Why they are shown; empty if they are not."""
        event = None if self.disclosure is None else self.disclosure.event
        return event.reason if isinstance(event, ValuesDisclosed) else ""

    def apart(self) -> Showing:
        """Return the same for an answer that goes on after the catalog is closed."""
        return replace(self, veil=self.veil.apart())

    def end(self, now: datetime) -> None:
        """Show values no longer if their time is over."""
        if self.ends_at is not None and now >= self.ends_at:
            self.disclosure = None

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row of a catalog as it may be shown."""
        return self._noted(row, self.veil.row(row))

    def payload(self, recorded: RecordedEvent) -> dict[str, Any]:
        """Return what an event says as it may be shown."""
        whole = recorded.event.model_dump(mode="json")
        if self.is_shown:
            return whole
        return self._noted(whole, self.veil.event(recorded))

    def state(self, state: ReplayState) -> ReplayState:
        """Return a state of a run as it may be shown, after the event that led to it."""
        if self.is_shown or state.message is None:
            return state
        return replace(state, message=self.veil.message_of(state.run_id, state.message))

    def value(self, value: Any) -> Any:
        """Return something that no document has, as the output of a command."""
        return value if self.is_shown or not value else self._noted(value, withheld(value))

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return values by name as they may be shown."""
        shown: dict[str, Any] = dict(given)
        if not self.is_shown:
            shown = self.row({"parameters": shown})["parameters"]
        return shown

    def _noted(self, whole: T, shown: T) -> T:
        if not self.has_withheld:
            self.has_withheld = shown is not whole and shown != whole
        return shown


def showing_of(  # all that decides it
    project: Project,
    catalog: Catalog,
    declared: Callable[[], Sequence[Mapping[str, Any]]],
    *,
    page: str,
    given: Given,
    user: str | None,
    is_read_only: bool,
) -> Showing:
    """Return what an answer may show, and let its catalog withhold the rest.

    Args:
        project: The project.
        catalog: What the answer is made of.
        declared: Returns what is declared of each dataset, now and on record.
        page: The page that is asked.
        given: What its address says.
        user: Who asks; None for whoever runs the server.
        is_read_only: Whether nothing can be recorded.
    """
    veil = Veil(catalog, declared)
    found = Showing(
        page=page,
        given=[pair for pair in given if pair[0] != SHOWN],
        subject=subject_of(catalog, page, given),
        veil=veil,
        is_read_only=is_read_only,
    )
    position = next((value for name, value in given if name == SHOWN), "")
    if found.subject is not None and not is_read_only and position:
        lasts = timedelta(minutes=project.settings.disclosure_minutes)
        found.disclosure = _disclosure(project, position, found.subject, user, lasts)
        if found.disclosure is not None:
            found.ends_at = found.disclosure.recorded_at + lasts
    if not found.is_shown:
        catalog.veil(found.row)
    return found


def of_nothing() -> Showing:
    """Return that nothing is shown."""
    return Showing(page="", given=(), subject=None, veil=Veil(None, tuple))


def disclose(
    project: Project, page: str, given: Given, reason: str, user: str | None
) -> RecordedEvent:
    """Record that somebody is shown what a page withholds, and return the event.

    Raises:
        LineageError: The page shows no values, or the history cannot be written.
    """
    with project.catalog() as catalog:
        subject = subject_of(catalog, page, given)
    if subject is None:
        raise LineageError(f"page {page!r}", problem="there is nothing that it would show")
    event = ValuesDisclosed(
        subject_kind=subject.kind, subject=subject.name, page=page, reason=reason
    )
    stream = streams.disclosure(project.ids.new())
    with acting(user):
        session = Session(project.ledger, DISCLOSURE, stream, is_new=True)
        (recorded,) = session.handle(Disclose(said=event))
    return recorded


def _disclosure(
    project: Project, position: str, subject: Subject, user: str | None, lasts: timedelta
) -> RecordedEvent | None:
    """Return the event at a position if it lets a user see a subject now."""
    wanted = natural(position)
    if not wanted or wanted > project.ledger.head():
        return None
    found = project.ledger.read(after=wanted - 1, until=wanted, on_unreadable=lambda _: None)
    recorded = next(iter(found), None)
    if recorded is None or not isinstance(recorded.event, ValuesDisclosed):
        return None
    with acting(user):
        is_mine = recorded.actor == project.ledger.actor
    is_of_it = (recorded.event.subject_kind, recorded.event.subject) == (subject.kind, subject.name)
    age = project.clock.now() - recorded.recorded_at
    return recorded if is_mine and is_of_it and timedelta(0) <= age < lasts else None

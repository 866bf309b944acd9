"""The history of one process: folded from its stream, extended, exported as its summary."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from lineage import exports
from lineage.domain import PROCESS, ProcessState
from lineage.domain.process import InOrder, ProcessCommand
from lineage.events import Event, ProcessMetricSet, ProcessProgressed, streams
from lineage.kernel.errors import ProjectionError
from lineage.kernel.values import JsonValue
from lineage.ledger import RecordedEvent, Session
from lineage.project import Project
from projections.documents.processes.process_summary import (
    Document,
    ProcessFacts,
    progress_entry,
    summary_document,
)

_log = logging.getLogger(__name__)


class ProcessTimeline:
    """A process as its events tell it, one after the other.

    Args:
        state: Its state before the first of them.

    Attributes:
        state: Its state.
        progress: The progress updates among the events.
        metrics: The latest values of the metrics set by them.
    """

    def __init__(self, state: ProcessState = PROCESS.initial) -> None:
        self.state = state
        self.progress: list[Document] = []
        self.metrics: dict[str, JsonValue] = {}

    def apply(self, events: Iterable[Event]) -> None:
        """Fold what happened next."""
        for event in events:
            self.state = PROCESS.evolve(self.state, event)
            match event:
                case ProcessProgressed():
                    self.progress.append(_entry(self.state, event))
                case ProcessMetricSet():
                    self.metrics[event.key] = event.value


class ProcessHistory:
    """What the ledger holds of a process.

    What has been read stays in memory, so that a summary costs no second reading; the
    projection rebuilds the same file from the ledger.

    Args:
        project: Where the process belongs.
        run_name: The pipeline run.
        process_name: The process.

    Attributes:
        recorded: Everything read from the ledger so far.
        recorded_at: When the last of it was recorded; None before the first event.

    Raises:
        PathRefusedError: A name cannot be part of a file name.
        LedgerUnavailableError: The ledger cannot be read.
    """

    def __init__(self, project: Project, run_name: str, process_name: str) -> None:
        self.recorded = ProcessTimeline()
        self.recorded_at: datetime | None = None
        self._target = exports.summary_path(project.root, run_name, process_name)
        self._project = project
        self._version = 0
        self._session = Session(project.ledger, PROCESS, streams.process(run_name, process_name))
        self.take_in(self.news())

    def append(self, commands: Sequence[ProcessCommand]) -> list[Event]:
        """Carry out commands, all or none, and return what was recorded, durably.

        Raises:
            CommandRejectedError: Another session has ended the process.
            LedgerUnavailableError: The ledger cannot be written.
        """
        command = InOrder(commands=tuple(commands))
        return [recorded.event for recorded in self._session.handle(command)]

    def news(self) -> list[RecordedEvent]:
        """Return what anybody recorded after what has been read.

        Raises:
            LedgerUnavailableError: The ledger cannot be read.
        """
        return self._project.ledger.read_stream(self._session.stream, after=self._version)

    def take_in(self, news: Sequence[RecordedEvent]) -> None:
        """Add the answer of `news` to what is recorded."""
        self.recorded.apply(recorded.event for recorded in news)
        self._version += len(news)
        if news:
            self.recorded_at = news[-1].recorded_at

    def export(self, catch_up: Callable[[], None]) -> None:
        """Write the summary of what is recorded to its file.

        A file that cannot be written is logged, not raised: nothing is lost.

        Args:
            catch_up: Reads the news. It is called when no one else can write the file, so that
                an older summary never replaces a newer one.

        Raises:
            LedgerUnavailableError: The ledger cannot be read.
        """
        try:
            with exports.exporting(self._project, exports.SUMMARY_LOCK):
                catch_up()
                if self.recorded_at is not None:
                    exports.write_summary(self._target, self._document(self.recorded_at))
        except (OSError, ProjectionError) as error:
            _log.error("cannot write %s, the ledger has it all: %s", self._target, error)

    def _document(self, as_of: datetime) -> Document:
        recorded = self.recorded
        return summary(recorded.state, recorded.progress, recorded.metrics, as_of=as_of)


def summary(
    state: ProcessState,
    progress: Sequence[Document],
    metrics: Mapping[str, JsonValue],
    *,
    as_of: datetime,
) -> Document:
    """Return the summary of a process at one time (`summary_document`)."""
    names = [field.name for field in fields(ProcessFacts) if hasattr(state, field.name)]
    held = {name: getattr(state, name) for name in names}
    held |= {"session_id": state.session_id or 0, "started_at": state.started_at or as_of}
    facts = ProcessFacts(
        **held, progress_updates=progress, custom_metrics=metrics, generated_at=as_of
    )
    return summary_document(facts)


def _entry(state: ProcessState, event: ProcessProgressed) -> Document:
    return progress_entry(
        event.message,
        event.context,
        occurred_at=event.occurred_at,
        elapsed_s=state.duration_s,
        items=(state.items_processed, state.items_successful, state.items_failed),
    )

"""Follow a run that is under way: its events as they are recorded, as a stream of page parts."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from lineage import events
from lineage.kernel.errors import LineageError, safe_message
from lineage.project import Project
from lineage.upkeep import liveness
from lineage.web import links, rendering
from lineage.web.asked import asked
from lineage.web.showing.showing import Showing
from lineage.web.showing.subjects import natural
from lineage.web.watch import Watch
from projections.documents.replay import ReplayState, Step, replay
from projections.documents.run_lookup import find_run
from projections.pages import replay_lines
from projections.pages.cells import linking

Value = TypeVar("Value")

_log = logging.getLogger(__name__)

BEAT_S: Final = 5
"""Seconds after which a stream says that it is there, though nothing happened."""

MOST_RESULTS: Final = 10
"""Files and metrics that are named, the latest."""

MOST_LINES: Final = 200
"""Events of one message, and those that a reader gets who comes late."""

LAST_EVENT: Final = "last-event-id"
END: Final = "end"
"""The message after which there are no more."""


@dataclass(slots=True, kw_only=True)
class Follower:
    """What one reader has seen of a run. Not safe for many threads at once.

    Attributes:
        project: Where the run is.
        run_id: Its id.
        showing: What may be shown.
        seen: Events that the reader has already.
        state: The run after the last event that was read; None before the first.
        progress: Running operation to what may be shown of its last milestone.
        files: The files that were written, the last ones last.
        metrics: What may be shown of the numbers that were measured, by name, the last ones last.
    """

    project: Project
    run_id: str
    showing: Showing
    seen: int = 0
    state: ReplayState | None = None
    progress: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)

    def read(self) -> list[Step]:
        """Return the next events, at most `MOST_LINES`; of the first ones only the last.

        Raises:
            LineageError: The history cannot be read.
        """
        steps = replay(self.project, self.run_id, after=self.state)
        is_first = self.state is None
        found = deque(
            map(self._noted, steps if is_first else islice(steps, MOST_LINES)), maxlen=MOST_LINES
        )
        return [step for step in found if step[1].events > self.seen]

    def liveness(self) -> liveness.Liveness | None:
        """Return what is seen of the run now; None if its end is on record."""
        status = "running" if self.state is None or self.state.is_open else self.state.status
        return liveness.of_run(self.project, {"run_id": self.run_id, "status": status})

    def _noted(self, step: Step) -> Step:
        recorded, self.state = step
        self.showing.veil.note(recorded)
        match recorded.event:
            case events.OperationProgressed(operation=int(number)):
                self.progress[number] = self.showing.payload(recorded)
            case events.ArtifactWritten(uri=uri):
                _keep(self.files, uri, None)
            case events.MetricRecorded(name=name, value=int() | float()):
                _keep(self.metrics, name, self.showing.payload(recorded)["value"])
        return step


async def stream(request: Request) -> StreamingResponse:
    """Answer with the events of a run, from the one on that the reader names as its last."""
    project: Project = request.app.state.project
    follower = await run_in_threadpool(_follower, project, request)
    follower.seen = natural(request.headers.get(LAST_EVENT, "")) or 0
    return StreamingResponse(
        _messages(request, follower, request.app.state.watch),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


def now_of(follower: Follower, seen: liveness.Liveness | None) -> Mapping[str, Any]:
    """Return what the part of a page about the present needs: see `live_now.html`."""
    assert follower.state is not None  # noqa: S101  # a run has a first event
    state = follower.showing.state(follower.state)
    if seen is not None:
        state = replace(state, status=seen.status)
    return {
        "state": state,
        "detail": seen.detail if seen else state.message,
        "summary": replay_lines.summary(state),
        "progress": [follower.progress.get(one.number) for one in state.open_operations],
        "files": [links.dataset(uri) for uri in reversed(follower.files)],
        "metrics": [*reversed(follower.metrics.items())],
    }


def _keep(kept: dict[str, Value], name: str, value: Value) -> None:
    """Keep a result as the last one, and no more than `MOST_RESULTS` of them."""
    kept.pop(name, None)
    kept[name] = value
    if len(kept) > MOST_RESULTS:
        del kept[next(iter(kept))]


def _follower(project: Project, request: Request) -> Follower:
    is_read_only = request.app.state.access.is_read_only
    with asked(project, request, is_read_only=is_read_only) as question:
        return Follower(
            project=project,
            run_id=find_run(question.catalog, question.needed("id")),
            showing=question.showing.apart(),
        )


async def _messages(request: Request, follower: Follower, watch: Watch) -> AsyncIterator[str]:
    head = 0
    try:
        while not (watch.is_closed or await request.is_disconnected()):
            text, is_over, is_full = await run_in_threadpool(_message, follower)
            yield text
            if is_over:
                yield _framed("", event=END)
                return
            if not is_full:
                head = await watch.after(head, BEAT_S)
    except LineageError as error:
        _log.warning("run %s cannot be followed: %s", follower.run_id, safe_message(error))


def _message(follower: Follower) -> tuple[str, bool, bool]:
    """Return the news of a run, whether it is over, and whether there may be more news."""
    follower.showing.end(follower.project.clock.now())
    steps = follower.read()
    seen = None if steps else follower.liveness()
    assert follower.state is not None  # noqa: S101  # a run has a first event
    is_over = not follower.state.is_open or (seen is not None and seen.status != "running")
    with linking(links.of_name):
        text = rendering.part(
            "live_part.html",
            lines=[_line(follower, step) for step in steps],
            **now_of(follower, seen),
        )
    follower.seen = max(follower.seen, follower.state.events)
    is_full = len(steps) == MOST_LINES
    return _framed(text, number=follower.state.events), is_over and not is_full, is_full


def _line(follower: Follower, step: Step) -> dict[str, Any]:
    recorded, state = step
    event = recorded.event
    uri = getattr(event, "uri", None)
    return {
        "number": recorded.version,
        "elapsed_s": state.elapsed_s,
        "topic": event.TOPIC,
        "level": _level(event),
        "said": replay_lines.said(recorded, follower.showing.payload(recorded)),
        "file": links.dataset(uri) if isinstance(event, events.ArtifactWritten) and uri else None,
    }


def _level(event: events.Event) -> str:
    match event:
        case events.WarningRaised():
            return "warning"
        case events.OperationFailed() | events.RunFailed() | events.RunInterrupted():
            return "error"
    return ""


def _framed(text: str, *, number: int | None = None, event: str = "") -> str:
    lines: Sequence[str] = [f"data: {line}" for line in text.splitlines() or [""]]
    head = [f"event: {event}"] if event else []
    head += [] if number is None else [f"id: {number}"]
    return "\n".join([*head, *lines]) + "\n\n"

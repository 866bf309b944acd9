"""Draw runs over time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

Document = Mapping[str, Any]

_PROCESS_MEASURES: Final = {
    "items": "items_processed",
    "seconds of work": "duration_s",
    "items per second": "items_per_s",
    "errors per 100 items": "error_rate_percent",
}
_NO_DURATION: Final = ", no duration"
_COLOURS: Final = {
    "ended": "tab:green",
    "ended after interruptions": "tab:orange",
    "not ended": "tab:blue",
    "succeeded": "tab:green",
    "failed": "tab:red",
    "interrupted": "tab:orange",
    "refused": "tab:purple",
    "running": "tab:blue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """One run in a panel.

    Attributes:
        started_at: When it started.
        value: The measure.
        style: How it ended: a key of `_COLOURS`, perhaps followed by `_NO_DURATION`.
    """

    started_at: datetime
    value: float
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """One measure over time.

    Attributes:
        label: What is measured.
        points: The runs, oldest first.
    """

    label: str
    points: Sequence[_Point]


def write(document: Document, path: Path, image_format: str) -> None:
    """Draw a document of `process_trends` or `metric_trend` to a file.

    Args:
        document: The document.
        path: The file.
        image_format: "png" or "svg".
    """
    from lineage.kernel import files  # noqa: PLC0415  # start-up time
    from ops.data import charts  # noqa: PLC0415

    with warnings.catch_warnings():
        # a name may have letters that the font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        image = charts.render(_draw(document), image_format)
    files.write_bytes(path.absolute(), image)


def _draw(document: Document) -> Figure:
    """Return a figure with one panel per measure; the x axis is the start of the runs."""
    from ops.data import charts  # noqa: PLC0415  # start-up time

    panels = [*_panels(document)]
    figure = charts.empty_figure(width=9, height=1 + 2.2 * len(panels))
    figure.suptitle(document["name"].replace("$", r"\$"))
    for axes, panel in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        _draw_panel(axes, panel)
    return figure


def _panels(document: Document) -> Iterator[_Panel]:
    if "metric" in document:
        known = [run for run in document["runs"] if isinstance(run["value"], int | float)]
        yield _Panel(label=document["metric"], points=[_metric_point(run) for run in known])
        return
    if document["process"] is not None:
        for label, key in _PROCESS_MEASURES.items():
            points = [_process_point(row, key) for row in document["process"]["runs"]]
            yield _Panel(label=label, points=points)
    if document["task"] is not None:
        points = [_task_point(row) for row in document["task"]["runs"]]
        yield _Panel(label="seconds of a run", points=points)


def _process_point(row: Document, key: str) -> _Point:
    style = "ended after interruptions" if row["interruption_count"] else "ended"
    return _Point(
        started_at=datetime.fromisoformat(row["started_at"]),
        value=row[key],
        style=style if row["is_completed"] else "not ended",
    )


def _metric_point(run: Document) -> _Point:
    started_at = datetime.fromisoformat(run["started_at"])
    return _Point(started_at=started_at, value=run["value"], style=run["status"])


def _task_point(row: Document) -> _Point:
    has_end = row["duration_s"] is not None
    return _Point(
        started_at=datetime.fromisoformat(row["started_at"]),
        value=row["duration_s"] if has_end else 0,
        style=row["status"] if has_end else row["status"] + _NO_DURATION,
    )


def _draw_panel(axes: Axes, panel: _Panel) -> None:
    from matplotlib import dates  # noqa: PLC0415  # start-up time

    known = [point for point in panel.points if not point.style.endswith(_NO_DURATION)]
    axes.plot(_times(known), [point.value for point in known], color="lightgrey", zorder=1)
    for style in sorted({point.style for point in panel.points}):
        chosen = [point for point in panel.points if point.style == style]
        axes.scatter(
            _times(chosen),
            [point.value for point in chosen],
            label=style,
            color=_COLOURS[style.removesuffix(_NO_DURATION)],
            marker="x" if style.endswith(_NO_DURATION) else "o",
            clip_on=False,
        )
    locator = dates.AutoDateLocator(tz=UTC)  # type: ignore[no-untyped-call]  # has no types
    axes.xaxis.set_major_locator(locator)
    formatter = dates.ConciseDateFormatter(locator, tz=UTC)  # type: ignore[no-untyped-call]  # as above
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel("start of the run (UTC)")
    axes.set_ylabel(panel.label)
    axes.set_ylim(0, 1.1 * max((point.value for point in known), default=0) or 1)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))


def _times(points: Sequence[_Point]) -> NDArray[np.datetime64]:
    import numpy as np  # noqa: PLC0415  # start-up time

    in_utc = [point.started_at.astimezone(UTC).replace(tzinfo=None) for point in points]
    return np.array(in_utc, dtype="datetime64[us]")

"""The command that compares runs over time, in a table or a picture."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from lineage.cli.options import (
    SHORT,
    STATUSES,
    AsKnownAtOption,
    AsOfOption,
    JsonOption,
    ProjectOption,
    completing,
)
from lineage.cli.screen import console

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

Document = Mapping[str, Any]
IMAGE_FORMATS: Final = ("png", "svg")

_PROCESS_COLUMNS: Final = {
    "run": "run_name",
    "started": "started_at",
    "ended": "is_completed",
    "items": "items_processed",
    "failed": "items_failed",
    "seconds": "duration_s",
    "items/s": "items_per_s",
    "success %": "success_rate_percent",
    "errors": "error_count",
    "errors/100 items": "error_rate_percent",
    "interruptions": "interruption_count",
    "alerts": "alert_count",
}
_TASK_COLUMNS: Final = {
    "run": "run_id",
    "started": "started_at",
    "status": "status",
    "seconds": "duration_s",
    "peak MiB": "peak_memory_mb",
}
_DROPPED: Final = (
    "alerts",
    "interruptions",
    "errors/100 items",
    "success %",
    "items/s",
    "peak MiB",
    "errors",
    "failed",
    "ended",
)
"""The columns that a narrow terminal leaves out, the least important first."""

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


def trends(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Name of a counted process, or a task id.",
            autocompletion=completing("tasks"),
        ),
    ],
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Plot the runs to a .png or .svg file.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="Show the latest N runs.")
    ] = 50,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the runs of a process or task over time: duration, volume and errors."""
    if plot is not None and _image_format(plot) not in IMAGE_FORMATS:
        raise typer.BadParameter(
            f"{str(plot)!r} is neither a .png nor a .svg file", param_hint="--plot"
        )
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.documents.process_trends import build_trends  # noqa: PLC0415

    with open_history(project, as_of, as_known_at, output=plot) as (_, catalog):
        document = build_trends(catalog, name, limit=limit)
    if plot is not None:
        _write(document, plot)
    if as_json:
        console.print_json(document)
    else:
        _print(document)
    if plot is not None:
        console.note(f"wrote {plot}")


def _print(document: Document) -> None:
    for kind, columns in (("process", _PROCESS_COLUMNS), ("task", _TASK_COLUMNS)):
        trend = document[kind]
        if trend is None:
            continue
        rows = [[_cell(key, row[key]) for key in columns.values()] for row in trend["runs"]]
        totals = [_process_total(trend["total"])] if kind == "process" else []
        console.print_table(
            tuple(columns),
            rows + totals,
            title=f"{kind} {document['name']}",
            drop=_DROPPED,
        )
        if kind == "task":
            console.print_line(_task_total(trend["total"]))
        hidden = trend["total"]["run_count"] - len(rows)
        if hidden:
            console.note(f"{hidden:,} older runs are not shown; --limit shows more")


def _cell(key: str, value: Any) -> object:
    match key:
        case "run_id":
            return value[:SHORT]
        case "started_at":
            return datetime.fromisoformat(value)
    return value


def _process_total(total: Document) -> list[object]:
    return [
        f"all {console.counted(total['run_count'], 'run')}",
        *map(total.get, [*_PROCESS_COLUMNS.values()][1:]),
    ]


def _task_total(total: Document) -> str:
    counts = ", ".join(f"{total[status]:,} {status}" for status in STATUSES if total[status])
    text = f"{console.counted(total['run_count'], 'run')}: {counts}"
    if total["median_s"] is None:
        return text
    least, median, most = (
        console.shown(total[key]) for key in ("shortest_s", "median_s", "longest_s")
    )
    return f"{text}. Successful runs took {least} to {most} s (median {median} s)."


def _image_format(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _write(document: Document, path: Path) -> None:
    from lineage.kernel import files  # noqa: PLC0415  # start-up time
    from ops.data import charts  # noqa: PLC0415

    with warnings.catch_warnings():
        # a name may have letters that the font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        image = charts.render(_draw(document), _image_format(path))
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

"""The command that compares runs over time, in a table or a picture."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

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
_BAR: Final = 20
"""Letters of the longest bar."""
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
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            "-m",
            metavar="NAME",
            help="Show the values of one metric of a task, named as in its report; the end of the "
            "name is enough.",
            autocompletion=completing("metrics"),
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
    """Compare the runs of a process or task over time: duration, volume and errors, or a metric."""
    if plot is not None and _image_format(plot) not in IMAGE_FORMATS:
        raise typer.BadParameter(
            f"{str(plot)!r} is neither a .png nor a .svg file", param_hint="--plot"
        )
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.documents.findings.metric_trend import build_metric_trend  # noqa: PLC0415
    from projections.documents.processes.process_trends import build_trends  # noqa: PLC0415

    with open_history(project, as_of, as_known_at, output=plot) as (_, catalog):
        if metric is None:
            document = build_trends(catalog, name, limit=limit)
        else:
            document = build_metric_trend(catalog, name, metric, limit=limit)
    if plot is not None:
        from lineage.cli.screen import trend_picture  # noqa: PLC0415

        trend_picture.write(document, plot, _image_format(plot))
    if as_json:
        console.print_json(document)
    else:
        _print(document) if metric is None else _print_metric(document)
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


def _print_metric(document: Document) -> None:
    runs = document["runs"]
    headings = ["run", "when", "status", "value", "change"]
    rows = [
        [
            run["run_id"][:SHORT],
            datetime.fromisoformat(run["started_at"]),
            run["status"],
            run["value"],
            run["change"],
        ]
        for run in runs
    ]
    if sys.stdout.isatty() and (bars := _bars([run["value"] for run in runs])):
        headings.append("")
        rows = [[*row, bar] for row, bar in zip(rows, bars, strict=True)]
    console.print_table(headings, rows, title=f"{document['metric']} of task {document['name']}")
    hidden = document["run_count"] - len(runs)
    if hidden:
        console.note(f"{hidden:,} older runs are not shown; --limit shows more")


def _bars(values: Sequence[object]) -> list[str]:
    """Return a bar for each value, in proportion to the greatest; none if some cannot have one."""
    numbers = [value for value in values if isinstance(value, int | float) and value >= 0]
    most = max(numbers, default=0)
    if not most or len(numbers) < len(values):
        return []
    return ["█" * max(round(_BAR * number / most), number > 0) for number in numbers]


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

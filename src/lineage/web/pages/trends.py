"""Processes and tasks over time: what took how long, how much failed, and what a metric did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.kernel.errors import MetricNotFoundError
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.parts.cells import time_of
from lineage.web.parts.charts import Chart, Point
from projections.documents.findings.metric_trend import build_metric_list, build_metric_trend
from projections.documents.processes.process_trends import (
    build_process_alerts,
    build_process_list,
    build_trends,
)
from projections.documents.task_list import build_task_list
from projections.html_table import cell_text
from projections.pages.cells import Status, Table, moment, more_than, table_of
from projections.pages.section import Section, counted

MOST_RUNS: Final = 100
"""Runs in a chart, the latest."""

MOST_METRICS: Final = 300
_NO_ALERT: Final = ("No threshold was reached. One that is set is on record once it is reached.",)
_PROCESS_MEASURES: Final = (
    ("items", "items_processed", None),
    ("seconds of work", "duration_s", None),
    ("items per second", "items_per_s", None),
    ("errors", "error_count", "error_count"),
    ("% of items that failed", "failed_percent", "failed_percent"),
)
"""What is drawn of a process: title, key, and the measure of its alerts."""


def processes(asked: Asked) -> Page:
    """Show the counted processes and the tasks, each of which leads to its trends."""
    counting = build_process_list(asked.catalog)
    tasks = build_task_list(asked.catalog)
    rows = [
        (
            links.trends(one["process_name"]),
            one["run_count"],
            one["completed_count"],
            one["items_processed"],
            one["error_count"],
            one["alert_count"],
            time_of(one["last_started_at"]),
        )
        for one in counting
    ]
    headings = ("process", "runs", "ended", "items", "errors", "alerts", "last started")
    of_tasks = [
        (links.trends(one["task_id"]), one["description"], time_of(one["started_at"]))
        for one in tasks
    ]
    nothing = (
        ()
        if rows
        else ("No process was counted yet: `ProcessSummary` counts the items of a long process.",)
    )
    return Page(
        title="Processes and trends",
        lead=f"{len(counting):,} counted, {counted(len(tasks), 'task')}.",
        document={"processes": counting, "tasks": [one["task_id"] for one in tasks]},
        sections=[
            Section(title="Processes", texts=nothing, tables=table_of(headings, rows)),
            Section(
                title="Tasks over time",
                tables=table_of(("task", "what it does", "latest run"), of_tasks),
            ),
        ],
    )


def trends(asked: Asked) -> Page:
    """Show a process or task over its latest runs, or one metric of a task."""
    name, metric = asked.text("name"), asked.text("metric")
    if name is None:
        return processes(asked)
    if metric is not None:
        try:
            return _of_metric(build_metric_trend(asked.catalog, name, metric, limit=MOST_RUNS))
        except MetricNotFoundError:
            return _several(asked, name, metric)
    document = build_trends(asked.catalog, name, limit=MOST_RUNS)
    alerts = build_process_alerts(asked.catalog, name) if document["process"] else []
    metrics = build_metric_list(asked.catalog, name) if document["task"] else []
    return Page(
        title=f"{name} over time",
        lead=_lead(document),
        document={**document, "alerts": alerts, "metrics": metrics},
        template="trends.html",
        sections=[*_of_process(document, alerts), *_of_task(document, name, metrics)],
        values={"charts": [*_process_charts(document, alerts), *_task_charts(document)]},
    )


def _lead(document: Mapping[str, Any]) -> str:
    said = [
        f"{counted(trend['total']['run_count'], 'run')} of the {kind}"
        + (f", the latest {len(trend['runs']):,} drawn" if trend["is_truncated"] else "")
        for kind in ("process", "task")
        if (trend := document[kind]) is not None
    ]
    return "; ".join(said) + "."


def _process_charts(
    document: Mapping[str, Any], alerts: Sequence[Mapping[str, Any]]
) -> Iterator[Chart]:
    if document["process"] is None:
        return
    runs = [
        {**run, "failed_percent": _percent(run["items_failed"], run["items_processed"])}
        for run in document["process"]["runs"]
    ]
    for title, key, measure in _PROCESS_MEASURES:
        thresholds = sorted(
            {
                float(one["threshold"])
                for one in alerts
                if one["measure"] == measure and one["error_type"] is None
            }
        )
        yield _chart(title, runs, key, _of_stage, thresholds)


def _task_charts(document: Mapping[str, Any]) -> Iterator[Chart]:
    if document["task"] is not None:
        runs = document["task"]["runs"]
        yield _chart("seconds of a run", runs, "duration_s", _of_run)
        yield _chart("most memory of a run, MiB", runs, "peak_memory_mb", _of_run)


def _chart(
    title: str,
    runs: Sequence[Mapping[str, Any]],
    key: str,
    named: Callable[[Mapping[str, Any]], tuple[str, str, str]],
    thresholds: Sequence[float] = (),
) -> Chart:
    points = []
    for run in runs:
        value = run[key]
        name, status, href = named(run)
        text = f"{name}, {moment(run['started_at'])}, {status}: {cell_text(value)}"
        number = float(value) if isinstance(value, int | float) else None
        points.append(Point(value=number, status=status, text=text, href=href))
    first, last = (str(moment(run["started_at"]) or "") for run in (runs[0], runs[-1]))
    return Chart(title=title, points=points, first=first, last=last, thresholds=thresholds)


def _of_run(run: Mapping[str, Any]) -> tuple[str, str, str]:
    run_id = run["run_id"]
    return run_id[: links.SHORT], run["status"], links.address("run", id=run_id)


def _of_stage(run: Mapping[str, Any]) -> tuple[str, str, str]:
    return run["run_name"], "succeeded" if run["is_completed"] else "running", ""


def _of_process(
    document: Mapping[str, Any], alerts: Sequence[Mapping[str, Any]]
) -> Iterator[Section]:
    if document["process"] is None:
        return
    rows = [
        (
            run["run_name"],
            time_of(run["started_at"]),
            time_of(run["ended_at"]) or "not ended",
            run["items_processed"],
            run["items_failed"],
            run["duration_s"],
            run["error_count"],
            run["interruption_count"],
            run["alert_count"],
        )
        for run in reversed(document["process"]["runs"])
    ]
    headings = (
        *("run", "started", "ended", "items", "failed", "seconds"),
        *("errors", "interruptions", "alerts"),
    )
    yield Section(title="Runs of the process", tables=[Table(headings=headings, rows=rows)])
    yield Section(title="Alerts", texts=_NO_ALERT if not alerts else (), tables=_alerts(alerts))


def _alerts(alerts: Sequence[Mapping[str, Any]]) -> list[Table]:
    raised = [
        (
            one["run_name"],
            one["measure"].replace("_", " "),
            one["error_type"],
            one["threshold"],
            one["measured"],
            time_of(one["recorded_at"]),
        )
        for one in reversed(alerts)
    ]
    told = ("run", "measure", "type of error", "threshold", "measured", "raised")
    return table_of(told, raised)


def _of_task(document: Mapping[str, Any], name: str, metrics: Sequence[str]) -> Iterator[Section]:
    if document["task"] is None:
        return
    rows = [
        (
            links.run(run["run_id"]),
            time_of(run["started_at"]),
            Status(run["status"]),
            run["duration_s"],
            run["peak_memory_mb"],
        )
        for run in reversed(document["task"]["runs"])
    ]
    headings = ("run", "started", "status", "seconds", "MiB")
    compare = links.address("compare", task=name, latest=len(rows))
    yield Section(
        title="Runs of the task",
        tables=[Table(headings=headings, rows=rows)],
        notes=[links.Link("What differs between these runs", compare)] if len(rows) > 1 else [],
    )
    yield _metrics(name, metrics)


def _metrics(name: str, metrics: Sequence[str]) -> Section:
    rows = [(links.metric(name, one),) for one in metrics[:MOST_METRICS]]
    more = more_than(MOST_METRICS, len(metrics), "this page as JSON")
    nothing = () if rows else ("Its runs recorded no metric.",)
    return Section(title="Metrics", texts=nothing, tables=table_of(("metric",), rows, more=more))


def _several(asked: Asked, name: str, metric: str) -> Page:
    """Let somebody choose where a name is that of no metric, or of several."""
    found = [one for one in build_metric_list(asked.catalog, name) if metric in one]
    return Page(
        title=f"Metrics of {name}",
        lead=f"{counted(len(found), 'metric')} with {metric}: choose one."
        if found
        else f"No run of {name} recorded a metric with {metric}.",
        document={"name": name, "metrics": found},
        sections=[_metrics(name, found)],
    )


def _of_metric(document: Mapping[str, Any]) -> Page:
    runs = document["runs"]
    rows = [
        (
            links.run(run["run_id"]),
            time_of(run["started_at"]),
            Status(run["status"]),
            run["value"],
            run["change"],
        )
        for run in reversed(runs)
    ]
    headings = ("run", "started", "status", "value", "change")
    more = more_than(len(runs), document["run_count"], "lineage trends --metric")
    return Page(
        title=f"{document['metric']} of {document['name']}",
        lead=f"{counted(document['run_count'], 'run')} recorded it.",
        document=document,
        template="trends.html",
        sections=[
            Section(title="Values", tables=table_of(headings, rows, more=more)),
            Section(title="Task", notes=(links.trends(document["name"]),)),
        ],
        values={"charts": [_chart(document["metric"], runs, "value", _of_run)] if runs else []},
    )


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0

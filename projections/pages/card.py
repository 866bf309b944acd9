"""A run as a card in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from projections.pages.cells import Code, Status, Table, digest, first, moment, more_than, size
from projections.pages.environment import render_html
from projections.pages.run_story import effect_tables

MOST: Final = 10
"""Rows of each table of a card."""


def run_card(details: Mapping[str, Any]) -> str:
    """Return a fragment of HTML that shows a run: how it ended, what it read, wrote and measured.

    Args:
        details: A document of `projections.documents.run_details`; if it has the key
            privacy_effect (`projections.documents.findings.privacy_effect`), that is shown, too.
    """
    return render_html(
        "card.html",
        run=details,
        status=Status(details["status"]),
        run_id=Code(details["run_id"]),
        started_at=moment(details["started_at"]),
        messages=details["messages"][:MOST],
        more_messages=more_than(MOST, len(details["messages"]), _all_by(details)),
        tables=[*_tables(details)],
    )


def _tables(run: Mapping[str, Any]) -> Iterator[Table]:
    for caption, key in (("Read", "inputs"), ("Wrote", "artifacts")):
        rows, more = first(run[key], MOST, _file, all_by=_all_by(run))
        yield Table(
            caption=caption, headings=("file", "rows", "size", "SHA-256"), rows=rows, more=more
        )
    rows, more = first(
        run["operations"],
        MOST,
        lambda o: (o["name"], Status(o["status"]), o["duration_s"]),
        all_by=_all_by(run),
    )
    yield Table(
        caption="Operations", headings=("operation", "status", "seconds"), rows=rows, more=more
    )
    yield from effect_tables(run.get("privacy_effect", []), all_by=_all_by(run))
    metrics = sorted(run["metrics"], key=lambda m: (m["position"], m["metric"]))
    rows, more = first(metrics, MOST, _metric, all_by=_all_by(run))
    yield Table(caption="Metrics", headings=("metric", "value"), rows=rows, more=more)


def _all_by(run: Mapping[str, Any]) -> str:
    return f"lineage show {run['run_id'][:8]}"


def _file(file: Mapping[str, Any]) -> tuple[object, ...]:
    return Code(file["uri"]), file["row_count"], size(file["size_bytes"]), digest(file["sha256"])


def _metric(metric: Mapping[str, Any]) -> tuple[object, ...]:
    return metric["metric"], metric["text"] if metric["number"] is None else metric["number"]

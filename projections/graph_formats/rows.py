"""The answer of a picture as rows: what the tables below it show, and what its files hold."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, TypeAlias, get_args

from projections.graph_formats import boxes
from projections.graph_formats.boxes import Drawing

if TYPE_CHECKING:
    import pyarrow as pa

What: TypeAlias = Literal["edges", "boxes", "columns"]
"""One row a way, a box, or a column of a file."""

WHATS: Final[tuple[What, ...]] = get_args(What)

NAMES: Final[Mapping[What, Mapping[str, type]]] = {
    "edges": {
        "from": str,
        "to": str,
        "how": str,
        "known_by": str,
        "events": int,
        "event": int,
        "event_type": str,
        "run": str,
        "task": str,
        "recorded_by": str,
        "recorded_at": datetime,
    },
    "boxes": {"name": str, "kind": str, "known": str, "columns": int},
    "columns": {"column": str, "file": str, "known": str, "class": str, "verdict": str},
}
"""The columns of each kind of row, and their types."""

Row: TypeAlias = dict[str, Any]


def rows_of(drawing: Drawing, what: What) -> list[Row]:
    """Return the rows of a picture: as many, and in the same order, as its tables show.

    Args:
        drawing: The picture.
        what: Which of its tables.
    """
    found = {"edges": _edges, "boxes": _boxes, "columns": _columns}[what](drawing)
    return [dict.fromkeys(NAMES[what]) | row for row in found]


def _edges(drawing: Drawing) -> Iterator[Row]:
    for way in drawing.ways:
        stated = way.stated or {}
        at = stated.get("recorded_at")
        yield {
            "from": boxes.name_of(drawing, way.source),
            "to": boxes.name_of(drawing, way.target),
            "how": way.words,
            "known_by": way.basis or "not shown",
            "events": stated.get("events"),
            "event": stated.get("position"),
            "event_type": stated.get("type"),
            "run": stated.get("run_id"),
            "task": stated.get("task_id"),
            "recorded_by": stated.get("actor"),
            "recorded_at": None if at is None else datetime.fromisoformat(at),
        }


def _boxes(drawing: Drawing) -> Iterator[Row]:
    for node, box in drawing.boxes.items():
        yield {
            "name": boxes.name_of(drawing, node),
            "kind": box.kind,
            "known": "; ".join(text for text, _ in box.lines),
            "columns": len(box.rows) + len(box.rest),
        }


def _columns(drawing: Drawing) -> Iterator[Row]:
    for node, box in drawing.boxes.items():
        for row in (*box.rows, *box.rest):
            yield {
                "column": row.name,
                "file": boxes.name_of(drawing, node),
                "known": row.words,
                "class": row.facts.get("class") or row.facts.get("role"),
                "verdict": row.facts.get("verdict") or row.facts.get("exposure"),
            }


def file_of(
    rows: Sequence[Row], what: What, write: Callable[[pa.RecordBatchReader, BinaryIO], None]
) -> bytes:
    """Return rows as a file.

    Args:
        rows: The rows.
        what: What they are.
        write: Writes it, such as `projections.catalog.arrow_rows.write_parquet`.
    """
    import pyarrow as pa  # noqa: PLC0415  # start-up time

    kinds = {str: pa.string(), int: pa.int64(), datetime: pa.timestamp("us", "UTC")}
    schema = pa.schema([(name, kinds[kind]) for name, kind in NAMES[what].items()])
    batch = pa.RecordBatch.from_pylist(rows, schema=schema)
    stream = io.BytesIO()
    write(pa.RecordBatchReader.from_batches(schema, [batch]), stream)
    return stream.getvalue()

"""Rows of a query as a file."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.values import to_json
from lineage.web.page import Download
from projections.catalog import arrow_rows
from projections.catalog.answer import Answer
from projections.catalog.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa


def file_of(found: Answer, wanted: str, most: int) -> Download:
    """Return the first rows of an answer as a file.

    Args:
        found: The answer.
        wanted: "csv", "parquet" or "json".
        most: Rows of the file at most; its name says if there are more.

    Raises:
        ConfigurationError: No other format is written.
        QueryError: As the query.
    """
    if wanted not in _FORMATS:
        raise ConfigurationError("format", found=wanted, expected=", ".join(["table", *_FORMATS]))
    media_type, write = _FORMATS[wanted]
    stream = io.BytesIO()
    with found.stream() as rows:
        shown = _FirstBatches(rows, most)
        write(shown, stream)
    part = f"-first-{most}-rows" if shown.has_more else ""
    return Download(name=f"query{part}.{wanted}", media_type=media_type, content=stream.getvalue())


class _FirstBatches:
    """The first rows of a query, as many as a file may have.

    Args:
        rows: The running query.
        most: Rows of a file.
    """

    def __init__(self, rows: Rows, most: int) -> None:
        self._rows = rows
        self._most = most
        self.has_more = False

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self._rows.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, the last one cut."""
        missing = self._most
        for batch in self._rows:
            self.has_more = len(batch) > missing
            if missing:
                yield batch[:missing]
            missing -= min(missing, len(batch))
            if self.has_more:
                return

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries."""
        return [row for batch in self for row in self._rows.records(batch)]


def _write_json(shown: _FirstBatches, stream: BinaryIO) -> None:
    text = json.dumps(to_json(shown.records()), ensure_ascii=False, allow_nan=False, indent=1)
    stream.write(text.encode())


_FORMATS: Final[Mapping[str, tuple[str, Callable[[_FirstBatches, BinaryIO], None]]]] = {
    "csv": ("text/csv; charset=utf-8", arrow_rows.write_csv),
    "parquet": ("application/vnd.apache.parquet", arrow_rows.write_parquet),
    "json": ("application/json", _write_json),
}

"""Write an operation's files below its task's folder, whole and durable, with their digests."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pyarrow as pa

from lineage.kernel import files, values
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import DataWriteError
from lineage.kernel.storage import Fill, LocalStorage
from ops.data import charts, column_types, frames
from ops.data.formats import csv_format, parquet_format
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.frames import Frame
from ops.data.placement import Placement
from ops.progress import ProgressTracker, SilentProgress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DataWriteError", "DataWriter", "WriterResult"]

_DICTIONARIES: Final = "dictionaries"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterResult:
    """A file that was written.

    Attributes:
        path: The file, absolute.
        format: "csv", "parquet", "json", "png" or "svg".
        size_bytes: Its length.
        timestamp: When it was written, UTC.
        sha256: Digest of its content.
        rows: Number of rows; None when not tabular.
        columns: Column names in order; empty when not tabular.
        column_types: Type of each column, see `ops.data.column_types.names_of`.
    """

    path: Path
    format: str
    size_bytes: int
    timestamp: datetime
    sha256: str
    rows: int | None = None
    columns: tuple[str, ...] = ()
    column_types: Mapping[str, str] = field(default_factory=dict, compare=False)


class DataWriter:
    """Writes files below a task's folder; safe to share between threads.

    Every file is written under a temporary name, flushed to disk and renamed, so it is complete
    or absent. Equal data gives equal bytes. A base name becomes one file name (the
    suffix is added); with `timestamp_in_name` the UTC time is added as well, and such a file
    never replaces another.

    Args:
        task_dir: The task's folder; made when the first file is written.
        logger: Logs each file at level DEBUG; this module's logger when None.
        progress_tracker: Shows each file's name; the operation counts the steps.
        clock: The source of timestamps.
    """

    def __init__(
        self,
        task_dir: str | PathLike[str],
        logger: logging.Logger | None = None,
        progress_tracker: ProgressTracker | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.task_dir = Path(task_dir).absolute()
        self._logger = logger or logging.getLogger(__name__)
        self._progress = progress_tracker or SilentProgress()
        self._clock = clock or SystemClock()

    def write_dataframe(
        self,
        df: Frame,
        name: str,
        format: Literal["csv", "parquet"] = "csv",  # noqa: A002  # the contract's name
        subdir: str | None = "output",
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
        overwrite: bool = True,  # noqa: FBT001, FBT002  # as above
        *,
        separator: str = ",",
    ) -> WriterResult:
        """Write a table.

        Args:
            df: A pandas frame or an Arrow table with at least one column; nulls stay null. An
                index is written only if it has a name. Entries of dictionaries and categories
                that no row has are not written.
            name: Base file name.
            format: "csv" (the texts of `csv_format.write_csv`) or "parquet" (zstd).
            subdir: Folder below the task's; None is the task's folder itself.
            timestamp_in_name: Add the UTC time to the name.
            overwrite: False refuses to replace a file.
            separator: The character between the fields of a CSV file.

        Raises:
            DataWriteError: Unsupported format, a column that the format cannot hold, an
                existing file, a folder that is read-only or full.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        table = frames.to_table(df, f"data for {name!r}", fault=DataWriteError)
        place = Placement(
            name=name,
            format=format,
            subdir=subdir,
            is_stamped=timestamp_in_name,
            overwrite=overwrite,
        )
        return self._publish_table(table, place, separator)

    def write_json(
        self,
        data: object,
        name: str,
        subdir: str | None = None,
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
        pretty: bool = True,  # noqa: FBT001, FBT002  # as above
        overwrite: bool = True,  # noqa: FBT001, FBT002  # as above
    ) -> WriterResult:
        """Write a value as a JSON document in UTF-8.

        Args:
            data: Anything; see `lineage.kernel.values` for what each type becomes.
            name: Base file name.
            subdir: Folder below the task's; None is the task's folder itself.
            timestamp_in_name: Add the UTC time to the name.
            pretty: Indent by two; False writes one line.
            overwrite: False refuses to replace a file.

        Raises:
            DataWriteError: An existing file, or a folder that is read-only or full.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = Placement(
            name=name,
            format="json",
            subdir=subdir,
            is_stamped=timestamp_in_name,
            overwrite=overwrite,
        )
        return self._publish_json(data, place, pretty=pretty)

    def write_metrics(
        self,
        metrics: Mapping[str, object],
        name: str,
        timestamp_in_name: bool = True,  # noqa: FBT001, FBT002  # the contract's order
    ) -> WriterResult:
        """Write metrics to the task's folder itself, as {"metadata": ..., "metrics": ...}.

        Args:
            metrics: Name to value; mappings nest.
            name: Base file name, also recorded in the metadata beside task and time (UTC).
            timestamp_in_name: Add the UTC time to the name.

        Raises:
            DataWriteError: As in `write_json`.
            PathRefusedError: `name` is not one safe file name.
        """
        now = self._clock.now()
        metadata = {"name": name, "task": self.task_dir.name, "created_at": now}
        place = Placement(name=name, format="json", is_stamped=timestamp_in_name)
        return self._publish_json({"metadata": metadata, "metrics": metrics}, place, now=now)

    def write_dictionary(
        self,
        data: Mapping[str, object] | Frame,
        name: str,
        format: Literal["json", "csv", "parquet"] = "json",  # noqa: A002  # the contract's name
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
    ) -> WriterResult:
        """Write a dictionary (frequencies, a mapping of codes) to dictionaries/.

        Args:
            data: A mapping, or a table. As CSV or Parquet a mapping becomes the columns "key"
                and "value", so its values must be of one type.
            name: Base file name.
            format: "json", "csv" or "parquet".
            timestamp_in_name: Add the UTC time to the name.

        Raises:
            DataWriteError: As in `write_dataframe`.
            PathRefusedError: `name` is not one safe file name.
        """
        place = Placement(
            name=name, format=format, subdir=_DICTIONARIES, is_stamped=timestamp_in_name
        )
        place.check_format(("json", "csv", "parquet"))
        subject = f"data for {name!r}"
        if format == "json":
            is_frame = isinstance(data, pa.Table) or frames.is_dataframe(data)
            kept = frames.settle(data, subject, fault=DataWriteError) if is_frame else data
            return self._publish_json(kept, place)
        if isinstance(data, Mapping):
            import pandas as pd  # noqa: PLC0415  # start-up time

            data = pd.DataFrame({"key": list(data.keys()), "value": list(data.values())})
        table = frames.to_table(data, subject, fault=DataWriteError)
        return self._publish_table(table, place)

    def write_visualization(
        self,
        figure: Figure,
        name: str,
        subdir: str | None = None,
        format: Literal["png", "svg"] = "png",  # noqa: A002  # the contract's name
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
        overwrite: bool = True,  # noqa: FBT001, FBT002  # as above
    ) -> WriterResult:
        """Write a matplotlib figure; equal drawings give equal bytes.

        Args:
            figure: The figure, at its own size and resolution.
            name: Base file name.
            subdir: Folder below the task's; None is the task's folder itself.
            format: "png" or "svg"; neither holds a date.
            timestamp_in_name: Add the UTC time to the name.
            overwrite: False refuses to replace a file.

        Raises:
            DataWriteError: Unsupported format, an existing file, a folder that is read-only
                or full.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = Placement(
            name=name,
            format=format,
            subdir=subdir,
            is_stamped=timestamp_in_name,
            overwrite=overwrite,
        )
        place.check_format(charts.IMAGE_METADATA)
        image = charts.render(figure, format)
        return self._publish(place, lambda stream: stream.write(image))

    def _publish_json(
        self,
        data: object,
        place: Placement,
        *,
        pretty: bool = True,
        now: datetime | None = None,
    ) -> WriterResult:
        text = values.document_text(data) if pretty else _compact_text(data)
        content = text.encode()
        return self._publish(place, lambda stream: stream.write(content), now)

    def _publish_table(
        self, table: pa.Table, place: Placement, separator: str = ","
    ) -> WriterResult:
        place.check_format(("csv", "parquet"))
        dialect = CsvDialect(separator=separator)

        def fill(stream: files.DigestingStream) -> None:
            if place.format == "csv":
                csv_format.write_csv(table, stream.write, dialect)
            else:
                parquet_format.write_parquet(table, stream)

        written = self._publish(place, fill)
        return replace(
            written,
            rows=table.num_rows,
            columns=tuple(table.column_names),
            column_types=column_types.names_of(table.schema),
        )

    def _publish(self, place: Placement, fill: Fill, now: datetime | None = None) -> WriterResult:
        now = now or self._clock.now()
        storage = LocalStorage(self.task_dir)
        uri, content = place.publish(storage, now, fill)
        path = storage.path(uri)
        self._progress.update(0, {"file": path.name})
        self._logger.debug("wrote %s (%d bytes)", path, content.size_bytes)
        return WriterResult(
            path=path,
            format=place.format,
            size_bytes=content.size_bytes,
            timestamp=now,
            sha256=content.sha256,
        )


def _compact_text(data: object) -> str:
    return json.dumps(values.to_json(data), ensure_ascii=False, allow_nan=False) + "\n"

"""Write an operation's files below its task's folder, whole and durable, with their digests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Final, Literal, Unpack, cast

import pyarrow as pa

from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import DataWriteError
from lineage.kernel.values import JsonValue
from ops.data import frames
from ops.data.encryption import FileEncryption
from ops.data.formats.sinks import TableFormat
from ops.data.placement import Placement, storage_at
from ops.data.writer_result import FileOptions, WriteOptions, WriterResult, path_of
from ops.data.writing import batches, figures, json_updates, table_writing
from ops.data.writing.batches import WritableFrame
from ops.data.writing.publishing import Publisher, chosen_encryption
from ops.data.writing.stream import TableSink
from ops.data.writing.table_writing import TableTarget
from ops.progress import ProgressTracker, SilentProgress

__all__ = ["DataWriteError", "DataWriter", "WriterResult"]

_DICTIONARIES: Final = "dictionaries"


class DataWriter:
    """Writes files below a task's folder; safe to share between threads.

    Every file is written under a temporary name, flushed to disk and renamed, so it is complete
    or absent; a set of files is replaced whole. Equal data gives equal bytes, unless they are
    encrypted. A base name becomes one file name (the suffix is added); with `timestamp_in_name`
    the UTC time is added as well, and such a file never replaces another.

    With a key, or in a task that has one, what reaches the disk is encrypted from the first byte,
    temporary files included. JSON documents, figures and a table in one piece are in memory as
    they are written; streams are not.

    Every method raises `DataWriteError` if something cannot be written, and `PathRefusedError` if
    a name is not one file name or a folder leaves the task's.

    Args:
        task_dir: The task's folder, made when the first file is written; or the address of one in
            an object store, as "s3://bucket/prefix" (extra `s3`; the keys come from the
            environment).
        logger: Logs each file at level DEBUG; this module's logger when None.
        progress_tracker: Shows each file's name. If it can have trackers below it, each write has
            one of its own.
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
        self._clock = clock or SystemClock()
        storage, address = storage_at(task_dir)
        self._publisher = Publisher(
            storage=storage,
            address=address,
            clock=self._clock,
            logger=logger or logging.getLogger(__name__),
            progress=progress_tracker or SilentProgress(),
        )

    @property
    def task_dir(self) -> Path:
        """The task's folder, absolute.

        Raises:
            DataWriteError: It is an address in an object store.
        """
        return path_of(self._publisher.address)

    def write_dataframe(
        self,
        df: WritableFrame,
        name: str,
        format: TableFormat = "csv",  # noqa: A002  # the contract's name
        subdir: str | None = "output",
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
        overwrite: bool = True,  # noqa: FBT001, FBT002  # as above
        **options: Unpack[WriteOptions],
    ) -> WriterResult:
        """Write a table.

        Args:
            df: A pandas, Polars or Dask frame, an Arrow table, record batch or reader of them, or
                a relation of DuckDB, with at least one column; nulls stay null. An index of
                pandas is written only if it has a name. Entries of dictionaries and categories
                that no row has are not written. A Dask frame of several partitions and more than
                100,000 rows becomes a set with a file for each partition.
            name: Base name of the file, or of the folder of a set.
            format: "csv" (the texts of `csv_format.CsvSink`), "parquet" (zstd), "json" (a list of
                records), "ndjson", "arrow", "feather" or "xlsx" (text is never a formula).
            subdir: Folder below the task's; None is the task's folder itself.
            timestamp_in_name: Add the UTC time to the name.
            overwrite: False refuses to replace a file or set.
            options: Separator, partition columns and encryption, see `WriteOptions`.

        Raises:
            DataWriteError: Unsupported format, a column that the format cannot hold, an
                existing file, a folder that is read-only or full, encryption without a key.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = _place(name, format, subdir, stamp=timestamp_in_name, over=overwrite)
        rows = batches.rows_of(df, f"data for {name!r}")
        is_whole = rows.is_whole or rows.partitions is not None
        target = TableTarget.of(place, options, rows.schema.names, is_whole=is_whole)
        return table_writing.write_rows(self._publisher, rows, target)

    @contextmanager
    def stream(
        self,
        schema: pa.Schema,
        name: str,
        format: TableFormat = "parquet",  # noqa: A002  # as above
        subdir: str | None = "output",
        *,
        timestamp_in_name: bool = False,
        overwrite: bool = True,
        partition_rows: int | None = None,
        **options: Unpack[WriteOptions],
    ) -> Iterator[TableSink]:
        """Write a table as its rows come, in memory for a few pieces only.

        The file appears when the block ends; an exception in it publishes nothing. Text in CSV
        is all in quotes, as rows to come might make a column read as numbers.

        Args:
            schema: The columns.
            name: Base name, as in `write_dataframe`.
            format: As in `write_dataframe`.
            subdir: As in `write_dataframe`.
            timestamp_in_name: Add the UTC time and six random digits to the name.
            overwrite: False refuses to replace a file or set.
            partition_rows: Write a set, each file with so many rows and the last with the rest.
            options: As in `write_dataframe`.

        Yields:
            The sink; `write` takes frames of any kind, `result` is there after the block.

        Raises:
            DataWriteError: As in `write_dataframe`.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = _place(name, format, subdir, stamp=timestamp_in_name, over=overwrite)
        if partition_rows is not None and (
            partition_rows < 1 or options.get("partition_cols") is not None
        ):
            raise DataWriteError(
                "partition_rows",
                found=partition_rows,
                expected="a positive number, and no partition_cols",
            )
        known = batches.stripped(schema, f"schema of {name!r}")
        target = TableTarget.of(place, options, known.names, is_whole=False)
        with table_writing.writing(self._publisher, known, target, part_rows=partition_rows) as (
            taker,
            writing,
        ):
            sink = TableSink(known, target, taker=taker, writing=writing)
            try:
                yield sink
            finally:
                sink.end()

    def write_json(
        self,
        data: object,
        name: str,
        subdir: str | None = None,
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
        pretty: bool = True,  # noqa: FBT001, FBT002  # as above
        overwrite: bool = True,  # noqa: FBT001, FBT002  # as above
        **options: Unpack[FileOptions],
    ) -> WriterResult:
        """Write a value as a JSON document in UTF-8.

        Args:
            data: Anything; see `lineage.kernel.values` for what each type becomes.
            name: Base file name.
            subdir: Folder below the task's; None is the task's folder itself.
            timestamp_in_name: Add the UTC time to the name.
            pretty: Indent by two; False writes one line.
            overwrite: False refuses to replace a file.
            options: Encryption, see `FileOptions`.

        Raises:
            DataWriteError: An existing file, or a folder that is read-only or full.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = _place(name, "json", subdir, stamp=timestamp_in_name, over=overwrite)
        return self._publish(place, json_updates.document(data, pretty=pretty), options)

    def write_metrics(
        self,
        metrics: Mapping[str, object],
        name: str,
        timestamp_in_name: bool = True,  # noqa: FBT001, FBT002  # the contract's order
        **options: Unpack[FileOptions],
    ) -> WriterResult:
        """Write metrics to the task's folder itself, as {"metadata": ..., "metrics": ...}.

        Args:
            metrics: Name to value; mappings nest.
            name: Base file name, also recorded in the metadata beside task and time (UTC).
            timestamp_in_name: Add the UTC time to the name.
            options: Encryption, see `FileOptions`.

        Raises:
            DataWriteError: As in `write_json`.
            PathRefusedError: `name` is not one safe file name.
        """
        place = Placement(name=name, format="json", is_stamped=timestamp_in_name)
        cipher = self._cipher(place, options)
        now = self._clock.now()
        task = self._publisher.address.rpartition("/")[2]
        metadata = {"name": name, "task": task, "created_at": now}
        content = json_updates.document({"metadata": metadata, "metrics": metrics})
        return self._publisher.write(place, lambda file: file.write(content), cipher, now=now)

    def write_dictionary(
        self,
        data: Mapping[str, object] | WritableFrame,
        name: str,
        format: TableFormat = "json",  # noqa: A002  # the contract's name
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
        **options: Unpack[FileOptions],
    ) -> WriterResult:
        """Write a dictionary (frequencies, a mapping of codes) to dictionaries/.

        Args:
            data: A mapping, or a table. As JSON a table is an object column -> list; in the other
                formats a mapping becomes the columns "key" and "value", so its values must be of
                one type.
            name: Base file name.
            format: "json", or one of those of `write_dataframe`.
            timestamp_in_name: Add the UTC time to the name.
            options: Encryption, see `FileOptions`.

        Raises:
            DataWriteError: As in `write_dataframe`.
            PathRefusedError: `name` is not one safe file name.
        """
        subject = f"data for {name!r}"
        if format == "json":
            is_frame = isinstance(data, pa.Table) or frames.is_dataframe(data)
            kept = frames.settle(data, subject, fault=DataWriteError) if is_frame else data
            place = Placement(
                name=name, format=format, subdir=_DICTIONARIES, is_stamped=timestamp_in_name
            )
            return self._publish(place, json_updates.document(kept), options)
        if isinstance(data, Mapping):
            import pandas as pd  # noqa: PLC0415  # start-up time

            data = pd.DataFrame({"key": list(data.keys()), "value": list(data.values())})
        return self.write_dataframe(
            data, name, format, _DICTIONARIES, timestamp_in_name, **cast("WriteOptions", options)
        )

    def write_visualization(
        self,
        figure: figures.Figure,
        name: str,
        subdir: str | None = None,
        format: Literal["png", "svg", "html", "json", "jpeg", "webp"] = "png",  # noqa: A002  # the contract's name
        timestamp_in_name: bool = False,  # noqa: FBT001, FBT002  # the contract's order
        overwrite: bool = True,  # noqa: FBT001, FBT002  # as above
        **options: Unpack[FileOptions],
    ) -> WriterResult:
        """Write a figure of matplotlib or Plotly, or an image; equal drawings give equal bytes.

        Args:
            figure: The figure, see `figures.render` for what each kind can become.
            name: Base file name.
            subdir: Folder below the task's; None is the task's folder itself.
            format: "png", "svg", "html", "json", "jpeg" or "webp"; none holds a date.
            timestamp_in_name: Add the UTC time to the name.
            overwrite: False refuses to replace a file.
            options: Encryption, see `FileOptions`.

        Raises:
            DataWriteError: Unsupported figure or format, an existing file, a folder that is
                read-only or full.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = _place(name, format, subdir, stamp=timestamp_in_name, over=overwrite)
        return self._publish(place, figures.render(figure, place), options)

    def append_to_json_array(
        self,
        item: object,
        name: str,
        subdir: str | None = None,
        *,
        create_if_missing: bool = True,
        **options: Unpack[FileOptions],
    ) -> WriterResult:
        """Add an item to the end of a JSON list; two writers at once lose nothing.

        Args:
            item: Anything; see `lineage.kernel.values` for what each type becomes.
            name: Base file name.
            subdir: Folder below the task's; None is the task's folder itself.
            create_if_missing: Make a list of this item if there is no file; False refuses.
            options: Encryption, see `FileOptions`; of the file before and after.

        Raises:
            DataWriteError: The file is missing, damaged, no list, or cannot be decrypted or
                written; it stays as it is.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = Placement(name=name, format="json", subdir=subdir)
        change = json_updates.appended(item, place.subject)
        return self._update(place, change, [] if create_if_missing else None, options)

    def merge_json_objects(  # the contract's
        self,
        data: Mapping[str, object],
        name: str,
        subdir: str | None = None,
        *,
        create_if_missing: bool = True,
        recursive_merge: bool = True,
        overwrite_existing: bool = True,
        **options: Unpack[FileOptions],
    ) -> WriterResult:
        """Add keys to a JSON object; two writers at once lose nothing.

        Args:
            data: The keys and values.
            name: Base file name.
            subdir: Folder below the task's; None is the task's folder itself.
            create_if_missing: Make an object of these if there is no file; False refuses.
            recursive_merge: Merge objects that have one key; False replaces the old by the new.
            overwrite_existing: New values replace old ones; False adds new keys only.
            options: Encryption, see `FileOptions`; of the file before and after.

        Raises:
            DataWriteError: The file is missing, damaged, no object, or cannot be decrypted or
                written; it stays as it is.
            PathRefusedError: `name` or `subdir` leaves the task's folder.
        """
        place = Placement(name=name, format="json", subdir=subdir)
        change = json_updates.merged(
            data, place.subject, is_recursive=recursive_merge, overwrites=overwrite_existing
        )
        return self._update(place, change, {} if create_if_missing else None, options)

    def _publish(self, place: Placement, content: bytes, options: FileOptions) -> WriterResult:
        cipher = self._cipher(place, options)
        return self._publisher.write(place, lambda stream: stream.write(content), cipher)

    def _update(
        self,
        place: Placement,
        change: Callable[[JsonValue], JsonValue],
        empty: JsonValue,
        options: FileOptions,
    ) -> WriterResult:
        cipher = self._cipher(place, options)

        def changed(old: bytes | None) -> bytes:
            if old is None and empty is None:
                raise DataWriteError(
                    place.subject, problem="no such file", remedy="pass create_if_missing=True"
                )
            return json_updates.changed_bytes(
                old, change, empty, cipher=cipher, subject=place.subject
            )

        uri, content = place.update(self._publisher.storage, changed)
        return self._publisher.tell(place, uri, content, self._clock.now(), cipher)

    def _cipher(self, place: Placement, options: FileOptions) -> FileEncryption | None:
        return chosen_encryption(
            options.get("encryption_key"), options.get("encryption_mode"), place.subject
        )


def _place(name: str, format: str, subdir: str | None, *, stamp: bool, over: bool) -> Placement:  # noqa: A002  # as above
    return Placement(name=name, format=format, subdir=subdir, is_stamped=stamp, overwrite=over)

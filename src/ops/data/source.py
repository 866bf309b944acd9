"""The datasets an operation may read, by name, with a note of every version it read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from lineage.kernel import paths
from lineage.kernel.errors import ConfigurationError, DataReadError, DatasetNotFoundError
from ops.data.formats.csv_dialect import ReadOptions
from ops.result import DatasetRead

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ops.data.encryption import Key
    from ops.data.reading.filters import FilterForm


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    uri: str
    options: ReadOptions
    key: Key | None = field(default=None, repr=False)
    column_keys: Mapping[str, Key] | None = field(default=None, repr=False)

    def without_keys(self) -> _File:
        return replace(self, key=None, column_keys=None)


class DataSource:
    """Named datasets: files, read again at each call, and frames held in memory.

    Iterating gives the names in the order they were added. Each read of a file is noted until
    `drain_reads`; frames in memory have no version, so only their names are noted, when they
    are added and when they are read, until `drain_in_memory`.
    """

    def __init__(self) -> None:
        self._datasets: dict[str, _File | pa.Table | pd.DataFrame] = {}
        self._offered: dict[str, _File] = {}
        self._reads: dict[tuple[str, str, str], DatasetRead] = {}
        self._in_memory: dict[str, None] = {}

    @classmethod
    def from_files(
        cls,
        files: Mapping[str, str | PathLike[str]],
        *,
        encryption_key: Key | None = None,
        column_keys: Mapping[str, Key] | None = None,
        **options: Unpack[ReadOptions],
    ) -> Self:
        """Make a source of files.

        Args:
            files: Dataset name to path; a file need not exist before it is read.
            encryption_key: What decrypts those that are encrypted, as in `add_file`.
            column_keys: Keys of single columns, as in `add_file`.
            options: How to read all of them, see `ReadOptions`.
        """
        source = cls()
        for name, path in files.items():
            source.add_file(
                name, path, encryption_key=encryption_key, column_keys=column_keys, **options
            )
        return source

    def add_file(
        self,
        name: str,
        path: str | PathLike[str],
        *,
        encryption_key: Key | None = None,
        column_keys: Mapping[str, Key] | None = None,
        **options: Unpack[ReadOptions],
    ) -> None:
        """Name a file, replacing a dataset of that name.

        Args:
            name: What operations call it.
            path: The file, or the folder of a partitioned set, or the address of such in an object
                store ("s3://bucket/people.csv"); it is opened when it is read.
            encryption_key: What decrypts it if it is encrypted; the running task's key when None.
                A pickled source has no keys, so what unpickles it reads with the task's key.
            column_keys: Column name to its own key, for Parquet encrypted by columns.
            options: How to read it, see `ReadOptions`.
        """
        self._datasets[name] = _file(path, encryption_key, column_keys, options)

    def offer_file(
        self,
        name: str,
        path: str | PathLike[str],
        *,
        encryption_key: Key | None = None,
        column_keys: Mapping[str, Key] | None = None,
        **options: Unpack[ReadOptions],
    ) -> None:
        """Name a file that can be read by its name, but is not among the datasets of the source.

        It is neither listed nor read where no name is given; a dataset of that name goes before it.
        Parameters as in `add_file`.
        """
        self._offered[name] = _file(path, encryption_key, column_keys, options)

    def add_dataframe(self, name: str, df: pd.DataFrame | pa.Table) -> None:
        """Name a pandas frame or an Arrow table in memory, replacing a dataset of that name.

        What is added is a snapshot: its columns are all that an operation sees or can write. A
        named index becomes columns, categories that no row has are left out (`frames.settle`).

        Args:
            name: What operations call it.
            df: The data; they are not changed.

        Raises:
            DataReadError: It is neither of the two, or its index has the name of a column.
        """
        from ops.data import frames  # noqa: PLC0415  # start-up time

        self._datasets[name] = frames.settle(df, f"dataset {name!r}", fault=DataReadError)
        self._in_memory[name] = None

    def has_dataset(self, name: str) -> bool:
        """Tell whether a dataset has that name; a file may still be missing on disk."""
        return name in self

    def dataset_names(self) -> list[str]:
        """Return the names in the order they were added."""
        return list(self._datasets)

    def path_of(self, name: str) -> Path:
        """Return the absolute path of a dataset's file.

        Raises:
            DatasetNotFoundError: No dataset has that name.
            ConfigurationError: The dataset is in memory or an object, and has no path.
        """
        _, dataset = self._find(name)
        if not isinstance(dataset, _File):
            raise ConfigurationError(
                f"dataset {name!r}", problem="it is in memory, not in a file", remedy="write it"
            )
        if paths.is_address(dataset.uri):
            raise ConfigurationError(
                f"path of dataset {name!r}", problem="it is in an object store and has none"
            )
        return Path(dataset.uri)

    def options_of(self, name: str) -> ReadOptions:
        """Return how a dataset's file is read, as `add_file` was told; nothing for a frame.

        Raises:
            DatasetNotFoundError: No dataset has that name.
        """
        _, dataset = self._find(name)
        return dataset.options.copy() if isinstance(dataset, _File) else {}

    def get_dataframe(
        self,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        filters: Sequence[FilterForm] | None = None,
    ) -> pd.DataFrame:
        """Return a dataset as a pandas frame that the caller may change.

        Parameters and errors as in `get_table`; a frame in memory keeps its types, and its index
        if that has no name.
        """
        from ops.data import frames  # noqa: PLC0415  # start-up time
        from ops.data.reading import held  # noqa: PLC0415

        found, dataset = self._find(name)
        subject = f"dataset {found!r}"
        if frames.is_dataframe(dataset):
            return held.rows_of_dataframe(dataset, subject, columns=columns, filters=filters)
        return frames.to_dataframe(self.get_table(name, columns, filters=filters), subject)

    def get_table(
        self,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        filters: Sequence[FilterForm] | None = None,
        raw: bool = False,
    ) -> pa.Table:
        """Return a dataset as an Arrow table.

        Args:
            name: The dataset; may be left out when there is exactly one.
            columns: The wanted columns in the wanted order; all when None.
            filters: Which rows are wanted, as in `[("age", ">=", 25)]`; all when None. What is
                compared is read and noted, also where it is not among the wanted columns. See
                `ops.data.reading.filters`.
            raw: Leave the columns of a CSV file text, as the file has them; other datasets
                have types of their own.

        Raises:
            DatasetNotFoundError: No dataset has that name, or none was named and there is not
                exactly one.
            DataReadError: The file cannot be read as described (see `DataReader.read`), or the
                dataset lacks a column.
            ConfigurationError: The filters make no sense.
            CipherError: The file is encrypted, and a key is missing or another one.
        """
        import pyarrow as pa  # noqa: PLC0415  # start-up time

        from ops.data import frames, reader  # noqa: PLC0415
        from ops.data.reading import held  # noqa: PLC0415

        found, dataset = self._find(name)
        if isinstance(dataset, _File):
            options = dataset.options.copy()
            if raw:
                options |= {"infer_types": False, "column_types": {}}
            read = reader.DataReader().read(
                dataset.uri,
                name=found,
                columns=columns,
                filters=filters,
                encryption_key=dataset.key,
                column_keys=dataset.column_keys,
                **options,
            )
            note = read.dataset
            key = (note.name, note.uri, note.sha256)
            self._reads[key] = self._reads.get(key, note).with_types_of(note)
            return read.table
        subject = f"dataset {found!r}"
        if isinstance(dataset, pa.Table):
            table = dataset
        else:
            table = frames.to_table(dataset, subject, fault=DataReadError)
        return held.rows_of_table(table, subject, columns=columns, filters=filters)

    def drain_reads(self) -> list[DatasetRead]:
        """Return the file versions read since the last call, once each, and forget them."""
        noted, self._reads = self._reads, {}
        return list(noted.values())

    def drain_in_memory(self) -> list[str]:
        """Return the names of frames added or read since the last call, and forget them."""
        noted, self._in_memory = self._in_memory, {}
        return list(noted)

    def fork(self) -> DataSource:
        """Return a source of the same datasets with notes of its own, for a parallel operation."""
        other = DataSource()
        other._datasets = dict(self._datasets)
        other._offered = dict(self._offered)
        return other

    def __getstate__(self) -> dict[str, object]:
        """Return what is pickled: of a slice of a table only its own rows, of a file no key."""
        import pyarrow as pa  # noqa: PLC0415  # start-up time

        from ops.data import row_values  # noqa: PLC0415

        datasets: dict[str, _File | pa.Table | pd.DataFrame] = {}
        for name, item in self._datasets.items():
            match item:
                case _File():
                    datasets[name] = item.without_keys()
                case pa.Table():
                    datasets[name] = row_values.detached(item)
                case _:
                    datasets[name] = item
        offered = {name: item.without_keys() for name, item in self._offered.items()}
        return vars(self) | {"_datasets": datasets, "_offered": offered}

    def __iter__(self) -> Iterator[str]:
        return iter(self.dataset_names())

    def __len__(self) -> int:
        return len(self._datasets)

    def __contains__(self, name: object) -> bool:
        return name in self._datasets or name in self._offered

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={item.uri!r}" if isinstance(item, _File) else f"{name}=<in memory>"
            for name, item in self._datasets.items()
        )
        return f"DataSource({shown})"

    def _find(self, name: str | None) -> tuple[str, _File | pa.Table | pd.DataFrame]:
        names = self.dataset_names()
        if name is None and len(names) == 1:
            name = names[0]
        if name is None:
            raise DatasetNotFoundError(
                "dataset without a name",
                problem=f"{len(names)} datasets to choose from",
                remedy="name one of " + ", ".join(names) if names else "add one first",
            )
        if name not in self:
            names += [offered for offered in self._offered if offered not in names]
            close = difflib.get_close_matches(name, names, n=3) or names
            raise DatasetNotFoundError(
                f"dataset {name!r}",
                problem="no such dataset",
                expected="one of " + ", ".join(close) if names else None,
                remedy="add it with add_file or add_dataframe, or correct the name",
            )
        dataset = self._datasets.get(name)
        if dataset is None:
            dataset = self._offered[name]
        if not isinstance(dataset, _File):
            self._in_memory[name] = None
        return name, dataset


def _file(
    path: str | PathLike[str],
    key: Key | None,
    column_keys: Mapping[str, Key] | None,
    options: ReadOptions,
) -> _File:
    keys = None if column_keys is None else dict(column_keys)
    return _File(uri=paths.uri_of(path), options=options, key=key, column_keys=keys)

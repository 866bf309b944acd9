"""Add made-up direct identifiers to a dataset, so that removing them can be shown.

The Adult data have none. Nothing made here belongs to a person: addresses end in the reserved
domain example.com, and the numbers come from ranges that are never issued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult

_GIVEN: Final = tuple(
    """Ada Alan Alma Amir Anna Arno Aya Ben Cara Carl Chen Clara Dana David Diego Dora Elif Elsa
    Emil Emma Erik Eva Fatma Felix Finn Freya Grace Hana Hugo Ida Igor Ines Iris Ivan Jada James
    Jan Joel Jonas Julia Kaito Kamal Kira Lars Lea Leo Lina Luca Lucy Maja Marco Maria Mateo Mia
    Mila Nadia Nia Noah Nora Olga Omar Oscar Otto Pablo Paula Petra Priya Rafael Ravi Rosa Ruth
    Sara Simon Sofia Sven Tara Theo Tomas Uma Vera Viktor Wanda Yara Yusuf Zoe""".split()  # noqa: SIM905  # one name a line is no better
)
_FAMILY: Final = tuple(
    """Abbott Adler Ahmed Alvarez Andersen Baker Barros Becker Bianchi Black Bauer Carter Castro
    Chan Clarke Cohen Costa Cruz Dahl Diaz Dubois Eriksen Evans Farouk Ferrari Fischer Flores
    Fontaine Garcia Gibson Gomez Green Gruber Haddad Hansen Hayes Hoffman Ibrahim Ivanov Jansen
    Jensen Johnson Kaya Keller Khan Kim Kovacs Kumar Larsen Laurent Lee Lopez Marino Martin Meyer
    Mendes Moreau Morris Mueller Murphy Nakamura Nguyen Nielsen Novak Okafor Olsen Ortiz Patel
    Pereira Petrov Popescu Quinn Ramos Reed Ricci Rossi Santos Sato Schmidt Silva Singh Smith
    Sokolov Suzuki Tanaka Taylor Torres Vargas Vogel Wagner Walker Weber Wilson Wong Young
    Zhang""".split()  # noqa: SIM905  # as above
)
# Areas from 900 are never issued as SSN, and these groups neither as ITIN, ATIN nor IRSN.
_AREAS: Final = tuple(f"{area}" for area in range(900, 1000))
_GROUPS: Final = tuple(
    f"{group:02d}" for group in (*range(11, 17), *range(20, 28), *range(30, 37), *range(40, 50))
)
_SERIALS: Final = tuple(f"{serial:04d}" for serial in range(1, 10_000))
_NUMBERS: Final = len(_AREAS) * len(_GROUPS) * len(_SERIALS)
_ROWS_A_CHUNK: Final = 1 << 20


@register
@dataclass(kw_only=True)
class AddSyntheticIdentifiersOperation(BaseOperation):
    """Adds a full name, an e-mail address and an SSN-like number to every row.

    The same seed, number of rows and version of numpy give the same identifiers. Addresses and
    numbers are unique, names are not.

    Attributes:
        dataset_name: The dataset to add them to.
        seed: Seed of NumPy's PCG64 generator.
        name_column: Name of the column of full names.
        email_column: Name of the column of addresses.
        ssn_column: Name of the column of numbers, written NNN-NN-NNNN.
        output_name: Base name of the Parquet file in output/.

    Metrics:
        rows: Rows of the dataset.
        synthetic_columns: Columns that were added.

    Files:
        output/{output_name}.parquet: The dataset with synthetic identifiers, tagged
            "synthetic-identifiers".

    Columns:
        every column of the dataset: identity.
        name_column, email_column and ssn_column: synthesis, from nothing that was read.
    """

    dataset_name: str
    seed: int = 0
    name_column: str = "full_name"
    email_column: str = "email"
    ssn_column: str = "ssn"
    output_name: str = "with_identifiers"

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Add the three columns after the dataset's own and write Parquet.

        Raises:
            ConfigurationError: The dataset has a column of one of the three names, or more
                rows than there are numbers (30,996,900).
            DataReadError: The dataset cannot be read.
            DataWriteError: The output cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        table = data_source.get_table(self.dataset_name)
        known = table.column_names
        self._check(table)
        made = dict(zip(self._made_columns(), identifiers(table.num_rows, self.seed), strict=True))
        for name, column in made.items():
            table = table.append_column(name, column)
        progress.update(1, {"rows": table.num_rows})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            table, self.output_name, format="parquet"
        )
        facts = {"synthetic_columns": list(made), "generator": "numpy PCG64", "seed": self.seed}
        result = OperationResult(details={**facts, "covered": list(made), "unchanged": known})
        artifact = result.add_file(
            written, "the dataset with synthetic identifiers", tags=("synthetic-identifiers",)
        )
        result.artifacts[-1] = replace(artifact, metadata=facts)
        result.add_metric("rows", table.num_rows)
        result.add_metric("synthetic_columns", len(made))
        for name in known:
            result.derive(written.path, name, "identity", (self.dataset_name, name))
        for name in made:
            result.derive(written.path, name, "synthesis")
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        return DataUse(reads={self.dataset_name}, writes={self.output_name})

    def _made_columns(self) -> tuple[str, str, str]:
        return self.name_column, self.email_column, self.ssn_column

    def _check(self, table: pa.Table) -> None:
        names = [*table.column_names, *self._made_columns()]
        taken = next((name for name in self._made_columns() if names.count(name) > 1), None)
        if taken is not None:
            raise ConfigurationError(
                f"synthetic column {taken!r}",
                problem="the name is already in use",
                remedy="pass another name_column, email_column or ssn_column",
            )
        if table.num_rows > _NUMBERS:
            raise ConfigurationError(
                f"dataset {self.dataset_name!r}",
                problem=f"{table.num_rows:,} rows",
                expected=f"at most {_NUMBERS:,}, the number of unused numbers",
            )


def identifiers(rows: int, seed: int) -> tuple[pa.ChunkedArray, pa.ChunkedArray, pa.ChunkedArray]:
    """Make identifiers.

    Args:
        rows: How many, from 0 to 30,996,900.
        seed: Seed of NumPy's PCG64 generator.

    Returns:
        Full names, addresses and numbers: text, `rows` values each, no nulls.

    Source: SSA POMS RM 10201.035 (no SSN has an area in the 900 series); IRS number ranges
    (ITIN groups 50-65, 70-88, 90-92, 94-99; ATIN 93; IRSN 01-10, 17-19, 28-29, 37-39).
    """
    random = np.random.Generator(np.random.PCG64(seed))
    given = random.integers(len(_GIVEN), size=rows, dtype=np.int32)
    family = random.integers(len(_FAMILY), size=rows, dtype=np.int32)
    serial = random.permutation(np.arange(rows, dtype=np.int32))
    number = random.choice(np.int32(_NUMBERS), size=rows, replace=False).astype(np.int32)
    chunks = [slice(start, start + _ROWS_A_CHUNK) for start in range(0, rows, _ROWS_A_CHUNK)]
    names = [_names(given[part], family[part], " ") for part in chunks]
    emails = [_emails(given[part], family[part], serial[part]) for part in chunks]
    ssns = [_ssns(number[part]) for part in chunks]
    text = pa.string()
    return (
        pa.chunked_array(names, text),
        pa.chunked_array(emails, text),
        pa.chunked_array(ssns, text),
    )


_Indices = npt.NDArray[np.int32]


def _names(given: _Indices, family: _Indices, between: str) -> pa.Array:
    return pc.binary_join_element_wise(_taken(_GIVEN, given), _taken(_FAMILY, family), between)


def _emails(given: _Indices, family: _Indices, serial: _Indices) -> pa.Array:
    local = pc.ascii_lower(_names(given, family, "."))
    host = pa.scalar("@example.com")
    return pc.binary_join_element_wise(local, ".", pc.cast(pa.array(serial), pa.string()), host, "")


def _ssns(number: _Indices) -> pa.Array:
    rest, serial = np.divmod(number, np.int32(len(_SERIALS)))
    area, group = np.divmod(rest, np.int32(len(_GROUPS)))
    return pc.binary_join_element_wise(
        _taken(_AREAS, area), _taken(_GROUPS, group), _taken(_SERIALS, serial), "-"
    )


def _taken(words: tuple[str, ...], indices: _Indices) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(indices))

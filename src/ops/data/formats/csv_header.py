"""Read what comes before the rows of a CSV file, and refuse data in place of names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from lineage.kernel.errors import DataReadError
from ops.data.formats import csv_stream, header_check
from ops.data.formats.csv_dialect import USUAL_SEPARATORS, CsvDialect, is_separator
from ops.data.reading.input_file import InputFile

SUSPECT_IN_NAMES: Final = "".join(USUAL_SEPARATORS) + "\ufeff"
"""Signs for which a name is quoted: unquoted, a header would seem to have another separator."""

_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^"\r\n])"?\r?\n', re.IGNORECASE)
_ROWS_LOOKED_AT: Final = 100
_LINES_DIVIDED: Final = 100
_FIELDS_LOOKED_AT: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLayout:
    """What comes before the rows of a CSV file.

    Attributes:
        names: The columns' names, all different.
        dialect: The dialect as asked for, with the separator that the file names, if it does.
        has_separator_line: The first line names the separator.
        has_header: A line of names comes before the rows.
        header_lines: How many lines of text that is.
        quotes_all: The file puts names in quotes without need, or has none; so quoted values need
            not be text.
    """

    names: tuple[str, ...]
    dialect: CsvDialect
    has_separator_line: bool
    has_header: bool
    header_lines: int
    quotes_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRecord:
    """One line of fields, which may be several lines of text.

    Attributes:
        fields: The fields' texts.
        raw: The line as it is in the file.
        lines: How many lines of text it is.
    """

    fields: list[str]
    raw: str
    lines: int = 1

    def quoted(self) -> list[bool]:
        """Return which of the fields are in quotes."""
        marks, at = [], 0
        for text in self.fields:
            marks.append(self.raw.startswith('"', at))
            at += len(text) + 1 + (2 + text.count('"') if marks[-1] else 0)
        return marks


def read_layout(file: InputFile, dialect: CsvDialect) -> CsvLayout:
    """Return the column names of a CSV file, and what else comes before its rows.

    Raises:
        DataReadError: No header, data in its place, obviously the wrong separator, a name used
            twice, a quote that is never closed, or bytes that are not in the encoding.
    """
    try:
        with csv_stream.open_lines(file, dialect) as stream:
            lines = csv_stream.lines_of(stream)
            line = next(lines, "")
            said = _SEPARATOR_LINE.fullmatch(line)
            has_separator_line = said is not None and is_separator(said[1])
            if said is not None and has_separator_line:
                dialect = replace(dialect, separator=said[1])
            else:
                lines = chain([line], lines)
            found = records(lines, dialect.separator)
            first = next(found, None)
            if first is None or not first.fields:
                raise DataReadError(
                    f"header of {file.name!r}", expected="column names in the first line"
                )
            sample = _sample(found, len(first.fields)) if dialect.header is None else []
    except UnicodeError:
        raise encoding_fault(file, dialect) from None
    except csv.Error:
        raise layout_fault(file) from None
    _check(file, first, dialect, sample)
    names = _names(file, first.fields, dialect)
    plain = (is_quoted and not _needs_quotes(name) for name, is_quoted in _marked(first))
    return CsvLayout(
        names=names,
        dialect=dialect,
        has_separator_line=has_separator_line,
        has_header=dialect.header is not False,
        header_lines=0 if dialect.header is False else first.lines,
        quotes_all=dialect.header is False or any(plain),
    )


def find_separator(file: InputFile, dialect: CsvDialect) -> str | None:
    """Return the separator of a file whose header has no comma.

    Returns:
        The only one of the others that divides all of the first lines, at least two, into as many
        fields, more than one; None if there is none, so that the file has commas or one column.
    """
    try:
        with csv_stream.open_lines(file, dialect) as stream:
            lines = list(islice(csv_stream.lines_of(stream), _LINES_DIVIDED))
        if _SEPARATOR_LINE.fullmatch("".join(lines[:1])) or _widths(lines[:1], ",") != [1]:
            return None
        widths = {sign: _widths(lines, sign) for sign in USUAL_SEPARATORS[1:]}
    except (UnicodeError, csv.Error):
        return None  # said when the file is read
    found = [
        sign for sign, each in widths.items() if len(each) > 1 and len({*each}) == 1 and each[0] > 1
    ]
    return found[0] if len(found) == 1 else None


def records(lines: Iterable[str], separator: str) -> Iterator[CsvRecord]:
    """Give the records of a CSV text, each with its raw lines; empty lines have no fields."""
    # The limit is the process's; a higher one breaks nobody, and rows are bounded already.
    csv.field_size_limit(max(csv.field_size_limit(), csv_stream.ROW_BYTES))
    taken: list[str] = []

    def noted() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    for fields in csv.reader(noted(), delimiter=separator):
        yield CsvRecord(fields=fields, raw="".join(taken), lines=len(taken))
        taken.clear()


def encoding_fault(file: InputFile, dialect: CsvDialect) -> DataReadError:
    """Return the error for a file that is not in its encoding."""
    return DataReadError(
        f"text of {file.name!r}",
        problem=f"not in the encoding {dialect.encoding!r}",
        remedy="give the encoding it was saved in, as in encoding='cp1252'",
    )


def layout_fault(file: InputFile) -> DataReadError:
    """Return the error for a file that cannot be divided into rows."""
    return DataReadError(
        f"rows of {file.name!r}",
        expected=f"CSV with every row under {csv_stream.ROW_BYTES >> 20} MB and every quote closed",
        remedy="repair the file or convert it to Parquet",
    )


def _widths(lines: Sequence[str], separator: str) -> list[int]:
    """Return into how many fields a separator divides each of the first records."""
    widths = [len(record.fields) for record in records(lines, separator) if record.fields]
    # The last lines may be part of a record.
    return widths[:-1] if len(lines) == _LINES_DIVIDED else widths


def _sample(found: Iterator[CsvRecord], width: int) -> list[list[str]]:
    rows = max(2, min(_ROWS_LOOKED_AT, _FIELDS_LOOKED_AT // width))
    sample: list[list[str]] = []
    try:
        sample += (record.fields for record in islice(found, rows))
    except (csv.Error, UnicodeError):
        return sample  # said when the rows are read
    return sample


def _check(
    file: InputFile, first: CsvRecord, dialect: CsvDialect, sample: Sequence[Sequence[str]]
) -> None:
    reason = header_check.reason_for_data(first.fields, sample) if dialect.header is None else None
    if reason is not None:
        raise DataReadError(
            f"first line of {file.name!r}",
            problem=f"{reason}, so it looks like data",
            expected="column names",
            remedy="if the file has no header, give header: false and names: [...]; if these are "
            "its column names, header: true",
        )
    if len(first.fields) == 1 and len(dialect.names) != 1:
        _refuse_other_separator(file, first.raw, dialect.separator)


def _names(file: InputFile, first: Sequence[str], dialect: CsvDialect) -> tuple[str, ...]:
    names = tuple(first)
    if dialect.names:
        names = dialect.names
    elif dialect.header is False:
        names = tuple(f"column_{number}" for number in range(1, len(first) + 1))
    if len(names) != len(first):
        raise DataReadError(
            f"first line of {file.name!r}",
            problem=f"{len(first):,} fields",
            expected=f"{len(names):,}, as there are names",
            remedy="correct the names or the separator",
        )
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise DataReadError(
            f"header of {file.name!r}",
            problem=f"column {name!r} occurs {times} times",
            remedy="rename one of the columns in the file",
        )
    return names


def _refuse_other_separator(file: InputFile, first: str, separator: str) -> None:
    for other in USUAL_SEPARATORS:
        if other != separator and len(next(csv.reader([first], delimiter=other), [])) > 1:
            raise DataReadError(
                f"header of {file.name!r}",
                problem="only one column",
                expected=f"columns separated by {separator!r}",
                remedy=f"read it with separator={other!r}",
            )


def _marked(record: CsvRecord) -> Iterator[tuple[str, bool]]:
    return zip(record.fields, record.quoted(), strict=True)


def _needs_quotes(name: str) -> bool:
    return not name or any(sign in name for sign in SUSPECT_IN_NAMES + '"\r\n')

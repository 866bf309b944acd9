"""Tell column names from data, so that nobody's data are taken for names and recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_UUID: Final = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,4})?")
_MONTH: Final = r"(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\.?"
_DATE: Final = re.compile(
    r"((18|19|20|21)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?"
    rf"|\d{{1,2}}\.?[ -]{_MONTH}[ -,]*\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}}"
    r"|\d{1,2}:\d\d(:\d\d(\.\d+)?)?)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[+-]?(\d{1,6}|\d*[.,]\d+|\d+[.,]\d*)(e[+-]?\d+)?", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[+(]{0,2}\d[\d\s()/.-]*")
_FEWEST_DIGITS: Final = 7
_YEARS: Final = range(1800, 2200)
_SHORTEST_SERIES: Final = 3


def reason_for_data(first: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Return what makes the first line of a table look like data; None if it has names.

    Names may be any text, questions and units included, and a few may be years, dates or a
    series of numbers, as in pivot tables.

    Args:
        first: The fields of the first line.
        rows: Some of the rows below it, of any length.

    Returns:
        A phrase that says where, and quotes nothing.
    """
    first = [name.strip() for name in first]
    if first == ["", *(str(number) for number in range(len(first) - 1))]:
        return None  # what pandas writes for columns and rows without names
    for place, name in enumerate(first, 1):
        if _EMAIL.fullmatch(name):
            return f"field {place} is an e-mail address"
        if _is_personal_number(name):
            return f"field {place} is a number of a person, a telephone or a thing"
    named = [name for name in first if name]
    if sum(map(_is_unlike_a_name, named)) * 2 > len(named):
        return "more than half of its fields are numbers, dates or have no letter"
    return _reason_below(first, rows)


def _reason_below(first: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    below = [[row[at].strip() for row in rows if len(row) > at] for at in range(len(first))]
    numbers = [float(name.replace(",", ".")) for name in first if _NUMBER.fullmatch(name)]
    is_series = _is_series(numbers)
    for place, (name, values) in enumerate(zip(first, below, strict=True), 1):
        if _DATE.fullmatch(name) and _are(_is_date, values):
            return f"field {place} is a date or time, as are the values below it"
        if _is_year(name) and _are(_is_year, values):
            return f"field {place} is a year, as are the values below it"
        if _NUMBER.fullmatch(name) and not _is_year(name) and not is_series:
            return f"field {place} is a number"
    named = [at for at, name in enumerate(first) if name]
    again = sum(first[at] in below[at] for at in named)
    if again * 2 > len(named) and (len(named) > 1 or not first[named[0]].isidentifier()):
        return "most of its fields occur again in the rows below"
    return None


def _is_personal_number(name: str) -> bool:
    digits = sum(map(str.isdigit, name))
    if _UUID.fullmatch(name) or (_IBAN.fullmatch(name) and digits > _FEWEST_DIGITS):
        return True
    is_other = _DATE.fullmatch(name) or _NUMBER.fullmatch(name) or not _DIGITS.fullmatch(name)
    return not is_other and digits >= _FEWEST_DIGITS


def _is_unlike_a_name(name: str) -> bool:
    return _is_date(name) or not any(map(str.isalpha, name)) or bool(_NUMBER.fullmatch(name))


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdecimal() and int(text) in _YEARS  # noqa: PLR2004  # digits


def _are(kind: Callable[[str], bool], values: Sequence[str]) -> bool:
    """Tell whether most of the values are of a kind; no values count as such."""
    present = [value for value in values if value]
    return sum(map(kind, present)) * 2 > len(present) or not present


def _is_series(numbers: Sequence[float]) -> bool:
    steps = {round(after - before, 9) for before, after in pairwise(numbers)}
    return len(numbers) >= _SHORTEST_SERIES and len(steps) == 1 and steps.pop() > 0

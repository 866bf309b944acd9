r"""Tell from its name and its values whether a column may hold personal data.

It errs on the side of silence: a column that is taken for personal by mistake loses a few
frequent values, one that is missed shows people.

| a column | is taken for personal if |
| --- | --- |
| any | its name says so by the table of `detectors`: a word such as `surname`, `email`, `phone`, `ssn`, `address`, or a last word `name` or `id` |
| any | a detector finds a direct identifier in its values |
| of whole numbers | more than half of the rows have 9 to 20 digits |
| of text | more than a tenth of the values, or one that would be shown, has the form of an e-mail address or account name, an IBAN, an IP or MAC address, a UUID or other token, or a number of 7 digits or more (person, passport, phone, card) that is no date and no range |
| of text | more than half of the values, or of the rows, look like full names or free text |

A full name is two to four words that begin with a capital letter, with initials, titles, particles
("van", "de la") and a comma between them. Free text has five words or more, or 60 characters.

Single names ("Anna"), names in lower case and names in scripts without capitals have no form
of their own: only the column's name, or being nearly unique, gives them away.
"""  # noqa: E501  # a table

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops.profiling.detectors.people import FULL_NAME, SENTENCE
from ops.profiling.detectors.table import DETECTORS

_Counts = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]

_LONG: Final = (1e8, 1e20)
_SOME: Final = 0.1
_MOST: Final = 0.5

_NUMBERS: Final = "numbers of persons, phones, cards or accounts"
# RE2, the syntax of Arrow: no look-ahead, \p{..} for classes of letters.
_FORMS: Final = {
    "e-mail addresses": r"[^\s@]+@[^\s@]+\.[^\s@]+|^@\w+$",
    "IBANs": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
    "IP or MAC addresses": (
        r"^\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\d+)?$"
        r"|^[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?:[%/]\w+)?$"
        r"|^[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*(?:[%/]\w+)?$"
        r"|^[0-9A-Fa-f]{2}(?:[-:][0-9A-Fa-f]{2}){5}$"
    ),
    "tokens": (
        r"^\{?[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?$|^[0-9A-Fa-f]{32,}$"
    ),
    _NUMBERS: (
        r"^[A-Za-z]{0,6}[ .:#-]{0,2}[+(]{0,2}\d(?:[ ()/.+-]{0,3}\d){6,}[ -]?[A-Za-z]{0,2}$"
        r"|^\d{6}[-+A-FU-Y]\d{3}[0-9A-Z]$"
        r"|^[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]$"
        r"|^[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]$"
        r"|^[A-Z]{4}\d{6}[A-Z]{6}[0-9A-Z]\d$"
    ),
}
_YEAR, _MONTH, _DAY = r"(?:1[5-9]|2[0-4])\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE_OR_RANGE: Final = (
    rf"^{_YEAR}[-/.]?{_MONTH}[-/.]?{_DAY}(?:[T ].*)?$"
    rf"|^{_DAY}[-/.]{_DAY}[-/.]{_YEAR}(?:[T ].*)?$"
    r"|^[1-9]\d{3} ?- ?[1-9]\d{3}$|^[1-9]\d{4} ?- ?[1-9]\d{4}$|^[1-9]\d{5} ?- ?[1-9]\d{5}$"
)


_FREE_TEXT: Final = rf"(?s){SENTENCE}|^.{{60,}}"


def name_says_so(name: str) -> bool:
    """Tell whether the name of a column says that it holds what must not be shown."""
    return any(detector.is_hidden and detector.phrase_in(name) for detector in DETECTORS)


def look_of_texts(values: pa.Array, counts: _Counts, k: int) -> str | None:
    """Return what kind of personal data texts look like; None for none.

    Args:
        values: Different texts, none null.
        counts: Rows of each, same order.
        k: Fewest rows behind a shown value.
    """
    if not len(values):
        return None
    dates = _matches(values, _DATE_OR_RANGE)
    forms = {what: _matches(values, form) & ~dates for what, form in _FORMS.items()}
    any_form = np.logical_or.reduce(list(forms.values()))
    if any_form.mean() > _SOME or any_form[counts >= k].any():
        return max(forms, key=lambda what: int(forms[what].sum()))
    looks = {"names of persons": FULL_NAME, "free text": _FREE_TEXT}
    found = {what: _matches(values, look) for what, look in looks.items()}
    any_look = np.logical_or.reduce(list(found.values()))
    if max(any_look.mean(), counts[any_look].sum() / counts.sum()) > _MOST:
        return max(found, key=lambda what: int(found[what].sum()))
    return None


def look_of_numbers(numbers: npt.NDArray[np.float64]) -> str | None:
    """Return what kind of personal data numbers look like; None for none.

    Args:
        numbers: The numbers of all rows, without NaN; infinities are ignored.
    """
    finite = np.abs(numbers[np.isfinite(numbers)])
    is_long = (finite >= _LONG[0]) & (finite < _LONG[1])
    if not len(finite) or is_long.mean() <= _MOST or (finite % 1).any():
        return None
    return _NUMBERS


def _matches(values: pa.Array, form: str) -> _Flags:
    found: _Flags = pc.match_substring_regex(values, form).to_numpy(zero_copy_only=False)
    return found

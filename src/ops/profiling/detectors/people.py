"""What a person is called, where and when they were born, where they live, what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lineage.kernel.roles import ColumnRole
from ops.profiling.detectors.detector import Detector

_YEAR: Final = re.compile(r"(?:1[89]|2[01])\d\d")
_LIFETIME: Final = 50
_ENOUGH: Final = 20


def spans_lives(dates: Sequence[str]) -> bool:
    """Tell whether different dates lie as far apart as those of birth do: fifty years or more.

    Args:
        dates: Texts that begin or end with a year of four digits.
    """
    years = [int(found[0]) for text in dates if (found := _YEAR.search(text[:4] + " " + text[-4:]))]
    return len(years) >= _ENOUGH and max(years) - min(years) >= _LIFETIME


_NAME_WORD: Final = r"\p{Lu}[\p{L}\p{M}]*(?:['\x{2019}.-]+[\p{L}\p{M}]+)*\.?"
_PARTICLES: Final = (
    r"(?:(?:af|al|av|bin|bint|da|das|de|del|della|den|der|di|do|dos|du|el|ibn|la|le|ten|ter|van"
    r"|vom|von|y|zu|zur)[ _]+)*"
)
FULL_NAME: Final = (
    rf"^\s*{_PARTICLES}{_NAME_WORD}(?:,?[\s_\x{{a0}}]+{_PARTICLES}{_NAME_WORD}){{1,3}}\s*$"
)
SENTENCE: Final = r"^\s*\S+(?:\s+\S+){4,}"

_DATE: Final = (
    r"^(?:1[89]|20)\d\d[-/.]?(?:0[1-9]|1[0-2])[-/.]?(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ]00:00:00[.0]*Z?)?$"
    r"|^(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:1[89]|20)\d\d$"
)

PEOPLE: Final = (
    Detector(
        kind="person_name",
        meaning="names of persons",
        role=ColumnRole.DIRECT_IDENTIFIER,
        names=(
            *("first name", "last name", "full name", "family name", "given name", "maiden name"),
            *("forename", "surname", "vorname", "nachname", "prenom"),
        ),
        endings=("name", "names", "nom", "nombre", "apellido", "apellidos"),
        form=FULL_NAME,
        is_telling=True,
        least_share=0.5,
        most="low",
        hipaa="A",
        is_hidden=True,
    ),
    Detector(
        kind="street_address",
        meaning="postal addresses",
        role=ColumnRole.DIRECT_IDENTIFIER,
        names=("address", "adresse", "anschrift", "strasse", "street"),
        hipaa="B",
        is_hidden=True,
    ),
    Detector(
        kind="date_of_birth",
        meaning="dates of birth",
        role=ColumnRole.QUASI_IDENTIFIER,
        names=(
            *("birthdate", "birthday", "birth date", "date of birth", "birth day", "dob"),
            *("date birth", "geburtsdatum", "date naissance", "fecha nacimiento"),
        ),
        form=_DATE,
        whole=spans_lives,
        least_share=0.5,
        most="low",
        hipaa="C",
        is_hidden=True,
        source="ISO 8601 and day-month-year in digits",
    ),
    Detector(
        kind="postal_code_letters",
        meaning="postal codes with letters",
        role=ColumnRole.QUASI_IDENTIFIER,
        names=("postcode", "postal code", "post code", "zip", "postal"),
        form=(
            r"^(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPS-UW]"
            r"|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})$"
            r"|^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d$"
            r"|^[1-9]\d{3} [A-Z]{2}$"
        ),
        is_telling=True,
        least_share=0.5,
        most="medium",
        hipaa="B",
        source="BS 7666 (GB), Canada Post (CA), PostNL (NL)",
    ),
    Detector(
        kind="postal_code",
        meaning="postal codes",
        role=ColumnRole.QUASI_IDENTIFIER,
        names=(
            *("postcode", "postal code", "post code", "zip", "zip code", "postal", "plz"),
            *("postleitzahl", "code postal", "codigo postal"),
        ),
        form=r"^\d{3,6}(?:[- ]\d{2,4})?$",
        hipaa="B",
        source="Universal Postal Union, postal addressing systems",
    ),
)

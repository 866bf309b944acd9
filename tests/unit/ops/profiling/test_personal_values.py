"""Columns with personal data are told by their names and values, and others are not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from ops.profiling import personal_values

PERSONAL = {
    "names of persons": [
        "Lars Torres",
        "Schmidt, Anna",
        "ANNA SCHMIDT",
        "Dr. José Álvarez",
        "Anne-Marie O'Neil",
        "Lars T. Torres",
        "Ludwig van Beethoven",
        "Иван Петров",
        "Maria de la Cruz",
    ],
    "e-mail addresses": ["a.b@example.com", "Anna <anna@example.org>", "@anna_1"],
    "IBANs": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"],
    "IP or MAC addresses": ["10.0.0.1", "2001:db8:0:0:0:0:0:1", "fe80::1", "00:1B:44:11:3A:B7"],
    "tokens": ["550e8400-e29b-41d4-a716-446655440000", "d41d8cd98f00b204e9800998ecf8427e"],
    "numbers of persons, phones, cards or accounts": [
        "+49 171 1234567",
        "(555) 123-4567",
        "900-12-3456",
        "19840312-1234",
        "131052-308T",
        "AB 12 34 56 C",
        "RSSMRA85T10A562S",
        "12345678Z",
        "4111 1111 1111 1111",
        "P1234567",
    ],
    "free text": ["patient reports pain since two days", "x" * 60],
}
HARMLESS = [
    "Private",
    "Married-civ-spouse",
    "United-States",
    "Outlying-US(Guam-USVI-etc)",
    "<=50K",
    "2020-01-31",
    "31.12.1999",
    "2020-01-31 12:00:00",
    "2019-2020",
    "10000-19999",
    "12:30:45",
    "3-5 years old",
    "SW1A 1AA",
    "12345",
    "C34.1",
    "1.2.3",
    "",
]


def look(*texts: str, rows: int = 1, k: int = 5) -> str | None:
    """Return what texts of so many rows each look like."""
    return personal_values.look_of_texts(pa.array(texts), np.full(len(texts), rows), k)


@pytest.mark.parametrize(("what", "text"), [(w, t) for w, ts in PERSONAL.items() for t in ts])
def test_personal_text_is_told(what: str, text: str) -> None:
    """Each form is known by what it is called in the profile."""
    assert look(text) == what


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_not_taken_for_personal(text: str) -> None:
    """Categories, dates, ranges and codes keep their frequent values."""
    assert look(text) is None


def test_names_count_only_where_most_values_are_names() -> None:
    """One capitalized pair among categories is a place or a label."""
    assert look("New York", "rome", "oslo") is None
    assert look("New York", "Ada Gibson", "oslo") == "names of persons"


def test_one_address_that_would_be_shown_is_enough() -> None:
    """Among many categories an e-mail address counts once k rows have it, else from a tenth on."""
    places = [f"place {n}" for n in range(30)]
    assert look(*places, "a@example.com", rows=5) == "e-mail addresses"
    assert look(*places, "a@example.com", rows=4) is None
    assert look(*places[:3], "a@example.com", rows=4) == "e-mail addresses"


@pytest.mark.parametrize(
    ("numbers", "is_personal"),
    [
        ([198403121234, 199912310042], True),
        ([4917112345, 4917112345, 1], True),
        ([123456.5, 1e12 + 0.5], False),
        ([17, 90, 1_000_000], False),
        ([float("inf")], False),
        ([], False),
    ],
)
def test_long_whole_numbers_are_numbers_of_somebody(
    numbers: list[float], *, is_personal: bool
) -> None:
    """Whole numbers of nine digits are seldom amounts, and often persons, phones or accounts."""
    found = personal_values.look_of_numbers(np.array(numbers, dtype=float))
    assert (found is not None) == is_personal


@pytest.mark.parametrize(
    "name",
    """full_name Surname e-mail emailAddress phone_number customer_id patientId date_of_birth IP
    SSN vorname ship.address user-name passport_no name""".split(),  # noqa: SIM905  # one a word
)
def test_column_name_that_says_so_is_told(name: str) -> None:
    """Words are read in any spelling of their seams."""
    assert personal_values.name_says_so(name)


@pytest.mark.parametrize(
    "name",
    """age education-num number_of_children birth_weight paid amid n split native-country valid
    city typename emailing 0""".split(),  # noqa: SIM905  # one a word
)
def test_other_column_names_say_nothing(name: str) -> None:
    """Words that only contain such a word are others."""
    assert not personal_values.name_says_so(name)

"""Check digits accept published examples, and no number that differs in one digit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ops.profiling.detectors import check_digits

VALID: list[tuple[Callable[[str], bool], str]] = [
    (check_digits.luhn, "4111111111111111"),
    (check_digits.luhn, "378282246310005"),
    (check_digits.luhn, "79927398713"),
    (check_digits.iban, "DE89370400440532013000"),
    (check_digits.iban, "GB29NWBK60161331926819"),
    (check_digits.iban, "FR1420041010050500013M02606"),
    (check_digits.iban, "NO9386011117947"),
    (check_digits.de_tax_id, "86095742719"),
    (check_digits.de_tax_id, "47036892816"),
    (check_digits.fr_nir, "255081416802538"),
    (check_digits.es_dni, "12345678Z"),
    (check_digits.es_dni, "X1234567L"),
    (check_digits.it_codice_fiscale, "RSSMRA85T10A562S"),
    (check_digits.nl_bsn, "111222333"),
    (check_digits.pl_pesel, "44051401359"),
    (check_digits.se_personnummer, "811218-9876"),
    (check_digits.se_personnummer, "198112189876"),
]
FORBIDDEN: list[tuple[Callable[[str], bool], str]] = [
    (check_digits.us_ssn, "666-12-3456"),
    (check_digits.us_ssn, "900-12-3456"),
    (check_digits.us_ssn, "000-12-3456"),
    (check_digits.us_ssn, "123-00-3456"),
    (check_digits.us_ssn, "123-45-0000"),
    (check_digits.nanp_phone, "(155) 423-4567"),
    (check_digits.nanp_phone, "555-123-4567"),
    (check_digits.uk_nino, "GB123456A"),
    (check_digits.ipv4, "10.0.0.256"),
    (check_digits.iban, "DE8937040044053201300"),
    (check_digits.iban, "XX89370400440532013000"),
    (check_digits.de_tax_id, "12345678901"),
    (check_digits.nl_bsn, "000000000"),
    (check_digits.pl_pesel, "44133401359"),
    (check_digits.se_personnummer, "811318-9876"),
]
RANGES: list[tuple[Callable[[str], bool], str]] = [
    (check_digits.us_ssn, "123-45-6789"),
    (check_digits.nanp_phone, "1-212-555-0123"),
    (check_digits.uk_nino, "AB123456C"),
    (check_digits.ipv4, "192.168.0.1/24"),
    (check_digits.ipv4, "2001:db8::1"),
]


@pytest.mark.parametrize(("holds", "text"), [*VALID, *RANGES])
def test_published_example_holds(holds: Callable[[str], bool], text: str) -> None:
    """Examples of the issuers and of the standards pass."""
    assert holds(text)


@pytest.mark.parametrize(("holds", "text"), FORBIDDEN)
def test_number_that_is_never_issued_does_not_hold(holds: Callable[[str], bool], text: str) -> None:
    """Ranges, lengths and dates are part of the rules."""
    assert not holds(text)


@pytest.mark.parametrize(("holds", "text"), VALID)
def test_no_single_wrong_digit_passes(holds: Callable[[str], bool], text: str) -> None:
    """Each of these check digits tells every single wrong digit."""
    start = 2 if text == "198112189876" else 0  # the century has no part in the check
    changed = [
        text[:place] + digit + text[place + 1 :]
        for place in range(start, len(text))
        for digit in "0123456789"
        if text[place].isdigit() and digit != text[place]
    ]
    assert changed
    assert [other for other in changed if holds(other)] == []

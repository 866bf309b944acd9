"""A column is proposed as personal on evidence, and other columns are not."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from lineage.kernel.roles import ColumnRole
from ops import synthetic_identifiers
from ops.profiling import sample
from ops.profiling.detectors import check_digits, evidence
from ops.profiling.detectors.evidence import Finding

FEBRL = Path("/", "work", "shared", "data", "febrl_21000.parquet")
RANDOM = np.random.default_rng(7)


def found(name: str, values: object) -> dict[str, Finding]:
    """Return the findings of a column by kind."""
    column = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([pa.array(values)])
    pairs = pc.value_counts(column.combine_chunks().drop_null())
    sampled = sample.take(pairs.field("values"), pairs.field("counts").to_numpy())
    return {finding.kind: finding for finding in evidence.find(name, sampled)}


def passing(holds: object, form: str, count: int = 40) -> list[str]:
    """Return made-up numbers of a form ("9" for a digit) that pass a check."""
    made: list[str] = []
    template = form.replace("9", "{}")
    while len(made) < count:
        text = template.format(*RANDOM.integers(10, size=form.count("9")).tolist())
        if holds(text):  # type: ignore[operator]  # a check
            made.append(text)
    return made


def _dni() -> list[str]:
    numbers = RANDOM.integers(10**8, size=40)
    return [f"{n:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}" for n in numbers]


def _iban() -> list[str]:
    accounts = [f"{n:018d}" for n in RANDOM.integers(10**17, size=40)]
    return [f"DE{98 - int(a + '131400') % 97:02d}{a}" for a in accounts]


def _nir() -> list[str]:
    numbers = [f"2{y}0{m}75{n:06d}" for y in range(50, 90) for m in (5,) for n in (y * 991,)]
    return [f"{n}{97 - int(n) % 97:02d}" for n in numbers]


VALUES = {
    "email": [f"anna.{n}@example.org" for n in range(40)],
    "phone_international": [f"+49 171 12345{n:02d}" for n in range(40)],
    "phone_north_america": [f"(212) 555-01{n:02d}" for n in range(40)],
    "ip_address": [f"10.0.{n}.1" for n in range(40)],
    "mac_address": [f"00:1B:44:11:3A:{n:02X}" for n in range(40)],
    "iban": _iban(),
    "card_number": passing(check_digits.luhn, "4999999999999999"),
    "us_ssn": [f"123-45-{n:04d}" for n in range(1, 41)],
    "de_tax_id": passing(check_digits.de_tax_id, "19999999999"),
    "fr_nir": _nir(),
    "es_dni": _dni(),
    "it_codice_fiscale": ["RSSMRA85T10A562S", "CCCFBA85D03L219P"],
    "uk_nino": [f"AB {n:02d} 34 56 C" for n in range(40)],
    "nl_bsn": passing(check_digits.nl_bsn, "199999999"),
    "pl_pesel": passing(check_digits.pl_pesel, "84031999999"),
    "se_personnummer": passing(check_digits.se_personnummer, "840319-9999"),
    "date_of_birth": [date(1930 + n, 1 + n % 12, 1) for n in range(70)],
    "postal_code_letters": [f"SW{n}A 1AA" for n in range(1, 10)],
}
NEGATIVE = {
    "random numbers of 16 digits": RANDOM.integers(10**15, 10**16, size=4000),
    "random numbers like cards": [f"4{n:015d}" for n in RANDOM.integers(10**15, size=4000)],
    "random numbers of 11 digits": RANDOM.integers(10**10, 10**11, size=4000),
    "random numbers of 9 digits": RANDOM.integers(10**8, 10**9, size=4000),
    "consecutive numbers": range(100_000_000, 100_002_000),
    "prices": RANDOM.integers(100, 10**6, size=4000) / 100,
    "whole prices": RANDOM.integers(1, 5000, size=4000).astype(float),
    "seconds": RANDOM.integers(1_600_000_000, 1_700_000_000, size=4000),
    "milliseconds": RANDOM.integers(16 * 10**11, 17 * 10**11, size=4000),
    "timestamps": [datetime(2024, 1, 1) + timedelta(minutes=7 * n) for n in range(2000)],  # noqa: DTZ001
    "days of one year": [date(2024, 1, 1) + timedelta(days=n) for n in range(300)],
    "digests": [hashlib.sha256(str(n).encode()).hexdigest() for n in range(500)],
    "codes": [f"C{n % 90}.{n % 7}" for n in range(500)],
    "padded numbers": [f"{n:010d}" for n in range(500)],
    "empty": pa.chunked_array([], pa.string()),
    "null": pa.chunked_array([pa.nulls(9)]),
    "truth": [True, False] * 9,
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_alone_say_what_they_are(kind: str) -> None:
    """Without a name, form and check digits tell the kind, and the evidence is counted."""
    values = VALUES[kind]
    finding = found("x", values)[kind]

    assert finding.name_says is None
    assert finding.values_matching == finding.values_tested == len(values)
    assert finding.values_passing in {None, len(values)}
    assert finding.confidence == ("low" if kind == "date_of_birth" else finding.confidence)


@pytest.mark.parametrize("kind", NEGATIVE)
def test_other_columns_are_not_proposed(kind: str) -> None:
    """Numbers, prices, times, digests and codes are no personal data by themselves."""
    assert found("x", NEGATIVE[kind]) == {}


@pytest.mark.parametrize("values", [pa.array([[1]]), pa.array([b"a@example.org"])], ids=str)
def test_values_that_are_no_text_say_nothing(values: pa.Array) -> None:
    """Lists and binary values are not looked into."""
    assert evidence.find("x", sample.take(values, np.array([1]))) == ()


def test_random_numbers_pass_luhn_in_a_tenth_of_the_rows_and_are_no_cards() -> None:
    """With the name the column is still proposed, but the evidence shows what passed."""
    finding = found("card_number", NEGATIVE["random numbers like cards"])["card_number"]

    assert finding.confidence == "low"
    assert finding.values_passing is not None
    assert finding.values_passing / finding.values_tested == pytest.approx(0.1, abs=0.03)


def test_three_cards_may_be_chance_and_four_are_cards() -> None:
    """Few values prove as much as they can: a tenth of all numbers passes."""
    cards = VALUES["card_number"]
    assert "card_number" in found("x", cards[:4])
    assert "card_number" not in found("x", cards[:3])


def test_rows_are_counted_besides_values() -> None:
    """One address in ten rows is one value and ten rows."""
    finding = found("contact", ["a@example.org"] * 10 + ["b@example.org", "none"])["email"]

    assert (finding.values_tested, finding.rows_tested) == (3, 12)
    assert (finding.values_matching, finding.rows_matching) == (2, 11)
    assert finding.role is ColumnRole.DIRECT_IDENTIFIER


def test_identifiers_made_for_adult_are_found() -> None:
    """Names, addresses and numbers that are never issued are proposed, the last less surely."""
    names, emails, ssns = synthetic_identifiers.identifiers(2000, seed=1)

    assert found("full_name", names)["person_name"].confidence == "high"
    assert found("x", names)["person_name"].confidence == "low"
    assert found("email", emails)["email"].confidence == "high"
    ssn = found("ssn", ssns)["us_ssn"]
    assert (ssn.confidence, ssn.values_matching, ssn.values_passing) == ("medium", 2000, 0)


@pytest.mark.shared
@pytest.mark.skipif(not FEBRL.exists(), reason="reference data absent")
def test_columns_of_febrl_have_the_roles_that_they_have() -> None:
    """Names, addresses, dates of birth and numbers of invented persons are proposed as such."""
    table = pq.read_table(FEBRL)
    roles = {
        name: next(iter(found(name, table.column(name)).values())).role.value
        for name in table.column_names
        if found(name, table.column(name))
    }

    direct = ["rec_id", "given_name", "surname", "street_number", "address_1", "address_2"]
    assert roles == {
        **dict.fromkeys([*direct, "soc_sec_id"], "direct_identifier"),
        **dict.fromkeys(["suburb", "postcode", "date_of_birth"], "quasi_identifier"),
    }
    assert found("x", table.column("date_of_birth"))["date_of_birth"].confidence == "low"
    assert found("x", table.column("soc_sec_id")) == {}

"""The table of kinds of personal data is sound."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lineage.kernel.roles import ColumnRole
from ops.profiling.detectors.detector import Detector, words_of
from ops.profiling.detectors.table import DETECTORS


def test_kinds_have_names_of_their_own() -> None:
    """A result names a kind without doubt."""
    counts = Counter(detector.kind for detector in DETECTORS)
    assert [kind for kind, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.kind)
def test_kind_can_be_told_and_says_where_its_rules_come_from(detector: Detector) -> None:
    """It has a name or a telling form, a role, a valid letter, and a source for check digits."""
    assert detector.names or detector.endings or detector.is_telling
    assert detector.role is not ColumnRole.NON_SENSITIVE
    assert detector.hipaa is None or detector.hipaa in "ABCDEFGHIJKLMNOPQR"
    assert detector.check is None or detector.source
    assert detector.role is not ColumnRole.DIRECT_IDENTIFIER or detector.is_hidden
    if detector.form is not None:
        assert pc.match_substring_regex(pa.array([""]), detector.form).to_pylist() == [False]


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.kind)
def test_each_phrase_is_found_in_any_spelling(detector: Detector) -> None:
    """Words may be apart, joined by signs, or by capital letters."""
    for phrase in (*detector.names, *detector.endings):
        words = phrase.split()
        camel = words[0] + "".join(word.title() for word in words[1:])
        for name in (phrase, "_".join(words).upper(), "-".join(["the", *words]), camel):
            assert detector.phrase_in(name) is not None, name


def test_words_of_a_name_are_read_in_any_spelling() -> None:
    """Signs, digits and capital letters part words."""
    assert words_of("PhoneNumber_2") == words_of("phone-number") == ["phone", "number"]
    assert words_of("42") == []


def test_ending_may_have_a_count_behind_it() -> None:
    """A number is one of what the words before it name; elsewhere the word says nothing."""
    record = next(detector for detector in DETECTORS if detector.kind == "record_number")
    assert record.phrase_in("customer_id_no") == "id"
    assert record.phrase_in("id_of_shop") is None

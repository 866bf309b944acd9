"""JSON means one thing or is refused with its place."""

from __future__ import annotations

import json
import math
import traceback
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel import strict_json
from lineage.kernel.errors import ConfigurationError, DataReadError
from lineage.kernel.values import JsonValue

MARKER = "Margarethe"
KEYS = st.text(max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
)  # fmt: skip


def parse(text: str | bytes, *, allow_nan: bool = False, keep_digits: bool = False) -> JsonValue:
    """Parse a document called "file 'a.json'"."""
    return strict_json.parse(
        text, "file 'a.json'", fault=DataReadError, allow_nan=allow_nan, keep_digits=keep_digits
    )


@given(VALUES, st.sampled_from([None, 2]))
def test_every_value_that_json_writes_is_read_back(value: JsonValue, indent: int | None) -> None:
    """The parser is strict about documents, not about values."""
    text = json.dumps(value, indent=indent)
    assert parse(text) == value
    assert parse(text.encode(), keep_digits=True) == value


@given(
    st.lists(st.tuples(KEYS, VALUES), max_size=5), st.sampled_from(["", "\n", '[1, "{,", {}],\n'])
)
def test_object_is_refused_exactly_if_two_keys_are_equal(
    pairs: list[tuple[str, JsonValue]], before: str
) -> None:
    """Whatever the values are, no key hides another, and the line is that of the second."""
    members = ",\n".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs)
    text = f"[{before}{{{members}}}]"
    keys = [key for key, _ in pairs]
    second = next((at for at, key in enumerate(keys) if key in keys[:at]), None)
    if second is None:
        assert parse(text) == json.loads(text)
        return
    line = before.count("\n") + second + 1
    with pytest.raises(DataReadError, match="occurs twice in one object") as caught:
        parse(text)
    assert caught.value.subject.startswith(f"file 'a.json', line {line}, column ")
    assert repr(keys[second]) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"k": 5,\n "a": [],\n "k": 2}', r"line 3, column 2: key 'k' occurs twice"),
        ('{"\\u006b": 1, "k": 2}', r"line 1, column 15: key 'k' occurs twice"),
        ('[{"a": {"x": 1, "x": 1}}]', r"line 1, column 17: key 'x' occurs twice"),
        ("[1,\nNaN]", r"line 2, column 1: NaN or Infinity.*write null"),
        ("[-Infinity]", r"column 2: NaN or Infinity"),
        ("[1e400]", r"column 2: a number beyond the range of 64-bit floats"),
        ("[" + "1" * 4301 + "]", r"column 2: an integer of over 4,300 digits.*in quotes"),
        ("[" * 201 + "]" * 201, r"line 1, column 201: over 200 levels of nesting"),
        ('{"a":' * 100_000, r"over 200 levels of nesting"),
        ("[" * 100_000, r"over 200 levels of nesting"),
        ('{"a": 1,}', r"line 1, column 9: not JSON \(expecting property name"),
        ("", r"line 1, column 1: not JSON \(expecting value\)"),
        ('{"a": 1}\n{"b": 1}', r"line 2, column 1: not JSON \(extra data\)"),
        (b'{"a":\n"\xe9"}', r"line 2: not UTF-8; save it as UTF-8"),
    ],
)
def test_fault_is_named_with_its_place(text: str | bytes, match: str) -> None:
    """Each fault is one error of the caller's kind, by line and column."""
    with pytest.raises(DataReadError, match=match):
        parse(text)


def test_error_is_of_the_callers_kind() -> None:
    """Configuration and data are each to blame for themselves."""
    with pytest.raises(ConfigurationError, match="settings, line 1"):
        strict_json.parse("{", "settings", fault=ConfigurationError)


@pytest.mark.parametrize("rest", ["", ",", ', "x": NaN}', ', "x": 1, "x": 2}', "\x00"])
def test_trace_shows_no_value(rest: str) -> None:
    """Not even the chained error of the decoder holds the document."""
    with pytest.raises(DataReadError, match=r"a\.json") as caught:
        parse(f'{{"a": "{MARKER}"{rest}')
    assert MARKER not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_nan_is_taken_where_it_is_allowed() -> None:
    """Files of other programs may hold the words that JSON lacks."""
    assert parse("[NaN, -Infinity]", allow_nan=True)[1] == -math.inf  # type: ignore[index, call-overload]  # a list


def test_deepest_document_is_read() -> None:
    """The limit itself is allowed, and a byte order mark is no part of the document."""
    assert parse(b"\xef\xbb\xbf" + b"[" * 200 + b"]" * 200) is not None


@pytest.mark.parametrize("number", ["0.1234567890123456789", "9007199254740993.0", "1e-400"])
def test_number_that_would_lose_digits_is_refused_on_request(number: str) -> None:
    """Data keep their digits; configuration may be rounded."""
    assert parse(number) is not None
    with pytest.raises(DataReadError, match="more digits than a 64-bit float has"):
        parse(number, keep_digits=True)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(16, 40))
def test_printed_float_keeps_its_digits(value: float, digits: int) -> None:
    """Whatever a float was printed with, the shortest text or all its digits, is no loss."""
    for text in (repr(value), f"{value:.{digits}e}"):
        assert strict_json.keeps_digits(text, float(text))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_digits_are_kept_exactly_if_the_float_gives_them_back(number: Decimal) -> None:
    """The decimal number with as many digits, made from the float, is the text again."""
    value = float(number)
    exact = Context(prec=len(number.as_tuple().digits)).create_decimal_from_float(value)
    assert strict_json.keeps_digits(str(number), value) == (number in {exact, Decimal(repr(value))})

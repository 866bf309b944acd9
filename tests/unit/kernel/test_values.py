"""Whatever somebody has at hand becomes JSON, in one fixed form."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import functools
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel.values import MAX_DEPTH, canonical_text, document_text, to_json

BERLIN = dt.timezone(dt.timedelta(hours=2))


class Colour(enum.Enum):
    """An enum of text."""

    RED = "red"


class Word(str, enum.Enum):  # noqa: UP042  # the older spelling is what people have
    """An enum that is text."""

    RED = "red"


@dataclasses.dataclass
class Point:
    """Two coordinates."""

    x: int
    y: float


class Model(pydantic.BaseModel):
    """A document."""

    n: int


class Unwilling:
    """An object that refuses to be converted."""

    def tolist(self) -> list[object]:
        """Refuse."""
        raise RuntimeError("not today")


class Endless:
    """An object that holds itself."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter([self])


CASES: list[tuple[str, object, object]] = [
    ("none", None, None),
    ("bool", True, True),
    ("integer over 64 bits", 2**70, 2**70),
    ("float", 0.1, 0.1),
    ("nan", float("nan"), "NaN"),
    ("infinity", float("inf"), "Infinity"),
    ("negative infinity", float("-inf"), "-Infinity"),
    ("decimal", Decimal("1.10"), "1.10"),
    ("decimal nan", Decimal("NaN"), "NaN"),
    ("complex", 1 + 2j, "(1+2j)"),
    ("uuid", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ("path", PurePosixPath("a/b"), "a/b"),
    ("naive datetime", dt.datetime(2026, 1, 2, 3), "2026-01-02T03:00:00"),  # noqa: DTZ001
    (
        "aware datetime",
        dt.datetime(2026, 1, 2, 3, tzinfo=BERLIN),
        "2026-01-02T03:00:00+02:00",
    ),
    ("date", dt.date(2026, 1, 2), "2026-01-02"),
    ("time", dt.time(3, 4), "03:04:00"),
    ("timedelta", dt.timedelta(minutes=1, microseconds=5), 60.000005),
    ("bytes", b"\x00\xff", "base64:AP8="),
    ("bytearray", bytearray(b"a"), "base64:YQ=="),
    ("memoryview", memoryview(b"a"), "base64:YQ=="),
    ("tuple", (1, (2,)), [1, [2]]),
    ("set", {3, 1, 2}, [1, 2, 3]),
    ("mixed set", frozenset({"b", 1, None}), ["b", 1, None]),
    ("deque", collections.deque([1]), [1]),
    ("range", range(2), [0, 1]),
    ("dict view", {"a": 1}.values(), [1]),
    ("enum", Colour.RED, "red"),
    ("enum that is text", Word.RED, "red"),
    ("text class", collections.UserString("ab"), "ab"),
    ("dataclass", Point(1, float("nan")), {"x": 1, "y": "NaN"}),
    ("pydantic model", Model(n=1), {"n": 1}),
    ("tuple as key", {(1, "a"): 0}, {'[1,"a"]': 0}),
    ("integer as key", {1: 0}, {"1": 0}),
    ("none, bool and float as keys", {None: 0, True: 1, 2.5: 2}, {"null": 0, "true": 1, "2.5": 2}),
    ("nan as key", {float("nan"): 0}, {"NaN": 0}),
    ("enum as key", {Colour.RED: 0}, {"red": 0}),
    ("numpy integer", np.int64(5), 5),
    ("numpy unsigned", np.uint64(2**63), 2**63),
    ("numpy float", np.float32(0.5), 0.5),
    ("numpy nan", np.float64("nan"), "NaN"),
    ("numpy bool", np.bool_(True), True),
    ("numpy text", np.str_("x"), "x"),
    ("numpy long double", np.longdouble(1), "1.0"),
    ("numpy complex", np.complex128(1j), "1j"),
    ("numpy bytes", np.bytes_(b"a"), "base64:YQ=="),
    ("numpy array", np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    ("numpy array of no dimension", np.array(1.5), 1.5),
    ("numpy array of objects", np.array([None, {1}], dtype=object), [None, [1]]),
    ("numpy time", np.datetime64("2026-01-02T00:00:00.000000001"), "2026-01-02T00:00:00.000000001"),
    ("numpy no time", np.datetime64("NaT"), None),
    ("numpy times", np.array(["2026-01-02", "NaT"], "M8[D]"), ["2026-01-02", None]),
    ("numpy duration", np.timedelta64(1500, "ms"), 1.5),
    ("numpy durations", np.array([1, "NaT"], "m8[s]"), [1.0, None]),
    ("pandas NA", pd.NA, None),
    ("pandas NaT", pd.NaT, None),
    ("pandas timestamp", pd.Timestamp("2026-01-02", tz="UTC"), "2026-01-02T00:00:00+00:00"),
    ("pandas timedelta", pd.Timedelta(seconds=2), 2.0),
    ("pandas period", pd.Period("2026-01"), "2026-01"),
    ("pandas interval", pd.Interval(0, 1), "(0, 1]"),
    ("pandas dtype", pd.Int64Dtype(), "Int64"),
    ("pandas index", pd.Index(["a", "b"]), ["a", "b"]),
    ("pandas range", pd.RangeIndex(2), [0, 1]),
    ("pandas index of times", pd.DatetimeIndex(["2026-01-02"]), ["2026-01-02T00:00:00"]),
    ("pandas category", pd.Categorical(["a"]), ["a"]),
    ("pandas series", pd.Series([1, 2], index=["a", "b"]), {"a": 1, "b": 2}),
    (
        "pandas series with an index that repeats",
        pd.Series([1, 2], index=["a", "a"]),
        [{"key": "a", "value": 1}, {"key": "a", "value": 2}],
    ),
    ("pandas frame", pd.DataFrame({"a": [1, 2], 3: [None, 0.5]}), {"a": [1, 2], "3": ["NaN", 0.5]}),
    (
        "pandas frame with columns that repeat",
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        [{"key": "a", "value": [1]}, {"key": "a", "value": [2]}],
    ),
    ("pandas frame of times", pd.DataFrame({"t": [pd.NaT]}), {"t": [None]}),
    ("arrow scalar", pa.scalar(5), 5),
    ("arrow array", pa.array([1, None]), [1, None]),
    ("arrow table", pa.table({"a": [1]}), {"a": [1]}),
    ("class", Point, f"<{__name__}.Point>"),
    ("function", json.dumps, "<json.dumps>"),
    ("method of a built-in", [].append, "<builtins.list.append>"),
    ("partial function", functools.partial(int), "<functools.partial>"),
    ("generator", (n for n in ()), "<builtins.generator>"),
    ("object", object(), "<builtins.object>"),
    ("fraction", Fraction(1, 2), "<fractions.Fraction>"),
    ("object that refuses", Unwilling(), f"<{__name__}.Unwilling>"),
    ("object that holds itself", Endless(), [f"<{__name__}.Endless>"]),
    ("lone surrogate", "a\udc80", "a\\udc80"),
    ("lone surrogate as key", {"\ud800": 0}, {"\\ud800": 0}),
]


@pytest.mark.parametrize(
    ("value", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_value_of_any_type_becomes_its_fixed_form(value: object, expected: object) -> None:
    """Each type has one JSON form, stated in the module."""
    converted = to_json(value)

    assert converted == expected
    assert type(converted) is type(expected)


def test_keys_that_fall_together_keep_every_entry() -> None:
    """A mapping whose keys are one text in JSON becomes a list of its entries."""
    assert to_json({1: "a", "1": "b"}) == [{"key": 1, "value": "a"}, {"key": "1", "value": "b"}]


def test_unknown_object_of_pandas_is_named_without_its_data() -> None:
    """A grouped frame is neither copied into the record nor named by its address in memory."""
    grouped = pd.DataFrame({"name": ["Margarethe"]}).groupby("name")

    assert str(to_json(grouped)).endswith(".DataFrameGroupBy>")


def test_container_inside_itself_is_named() -> None:
    """A cycle ends where it closes, also when each level holds it twice."""
    cycle: list[object] = [1]
    cycle += [cycle, cycle]

    assert to_json(cycle) == [1, "<builtins.list>", "<builtins.list>"]


def test_container_twice_side_by_side_is_kept_twice() -> None:
    """Only a cycle is cut; the same list in two places is no cycle."""
    shared = [1]

    assert to_json({"a": shared, "b": shared}) == {"a": [1], "b": [1]}


def test_nesting_beyond_the_limit_is_cut_and_named() -> None:
    """100 levels are kept and the next one is named, so that every reader can follow."""
    deep: list[object] = []
    for _ in range(2_000):
        deep = [deep]

    text = json.dumps(to_json(deep))

    assert text == "[" * MAX_DEPTH + '"<builtins.list>"' + "]" * MAX_DEPTH


def test_huge_integer_becomes_hexadecimal_text() -> None:
    """An integer that Python refuses to print in decimal is kept, in hexadecimal."""
    huge = 10**5_000

    assert int(str(to_json(huge)), 16) == huge


def test_subclass_of_text_becomes_plain_text() -> None:
    """The result holds no object of a foreign class, whatever its `str` says."""

    class Shouting(str):
        __slots__ = ()

        def __str__(self) -> str:
            return self.upper()

    converted = to_json(Shouting("a"))

    assert converted == "a"
    assert type(converted) is str


def test_conversion_leaves_the_value_alone() -> None:
    """What comes back is a new value, so that changing it changes nothing else."""
    value = {"a": [1]}

    converted = to_json(value)
    assert isinstance(converted, dict)
    converted["b"] = 2

    assert value == {"a": [1]}


def test_canonical_text_has_sorted_keys_and_no_spaces() -> None:
    """The canonical text is fixed to the byte, so that a digest of it is."""
    assert canonical_text({"b": [1, float("nan")], "a": "ü"}) == '{"a":"ü","b":[1,"NaN"]}'


def test_document_text_is_indented_and_ends_with_a_newline() -> None:
    """An exported document reads well and keeps the order of its keys."""
    assert document_text({"b": 1, "a": ["ü"]}) == '{\n  "b": 1,\n  "a": [\n    "ü"\n  ]\n}\n'


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.decimals()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.timedeltas()
    | st.complex_numbers()
    | st.sampled_from([np.int8(1), np.float16(2), pd.NaT, pd.NA, Colour.RED, int, len, object()])
    | st.builds(np.datetime64, st.datetimes()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.lists(inner, max_size=3).map(lambda items: pd.Series(items, dtype=object))
        | st.dictionaries(st.text() | st.integers() | st.none() | st.booleans(), inner, max_size=3)
        | st.dictionaries(st.tuples(st.floats(), st.text()), inner, max_size=2)
    ),
    max_leaves=10,
)


@given(anything)
def test_any_value_is_accepted_by_json(value: object) -> None:
    """Whatever goes in, strict JSON and UTF-8 take what comes out."""
    converted = to_json(value)
    text = json.dumps(converted, allow_nan=False, ensure_ascii=False)

    assert json.loads(text.encode()) == converted


@given(anything)
def test_conversion_twice_is_conversion_once(value: object) -> None:
    """What has been converted is in its final form."""
    converted = to_json(value)

    assert to_json(converted) == converted


@given(st.dictionaries(st.text(), st.integers() | st.text(), max_size=6), st.randoms())
def test_canonical_text_does_not_depend_on_the_order_of_keys(
    mapping: dict[str, object], random: Any
) -> None:
    """Equal mappings have equal texts."""
    items = list(mapping.items())
    random.shuffle(items)

    assert canonical_text(dict(items)) == canonical_text(mapping)

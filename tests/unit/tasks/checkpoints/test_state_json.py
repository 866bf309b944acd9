"""Every value comes back from the JSON of a state as it was, or is refused."""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
from collections import Counter, OrderedDict, namedtuple
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values, texts

from lineage.kernel.errors import CheckpointRefusedError
from lineage.kernel.secrets import redaction
from lineage.kernel.values import to_json
from lineage.tasks.checkpoints import state_json

VIENNA = ZoneInfo("Europe/Vienna")
Point = namedtuple("Point", "x y")  # noqa: PYI024  # one without types
zones = st.sampled_from([None, dt.UTC, dt.timezone(dt.timedelta(hours=-3, seconds=7)), VIENNA])
keys = (
    texts
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.binary(max_size=4)
    | st.dates()
    | st.uuids()
    | st.just("$lineage.tuple")
)
scalars = (
    keys
    | st.text(st.characters(), max_size=4)
    | st.floats()
    | st.complex_numbers()
    | st.decimals()
    | st.datetimes(timezones=zones)
    | st.times(timezones=st.just(dt.UTC) | st.none())
    | st.timedeltas()
    | texts.filter(lambda text: "\0" not in text).map(Path)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(keys, max_size=3)
        | st.frozensets(keys, max_size=3)
        | st.dictionaries(keys | st.tuples(keys, keys), inner, max_size=3)
    ),
    max_leaves=8,
)


def exactly(value: Any) -> Any:
    """Return what tells a value from all that are not the same, NaN and order included."""
    match value:
        case float():
            return "float", struct.pack(">d", value) if not math.isnan(value) else "nan"
        case complex():
            return "complex", exactly(value.real), exactly(value.imag)
        case Decimal():
            return "Decimal", str(value)
        case dt.datetime() | dt.time():
            return type(value), value.isoformat(), value.fold, str(value.tzinfo)
        case dict():
            return "dict", [(exactly(key), exactly(item)) for key, item in value.items()]
        case list() | tuple():
            return type(value), [exactly(item) for item in value]
        case set() | frozenset():
            return type(value), {exactly(item) for item in value}
    return type(value), value


@given(st.dictionaries(keys, values, max_size=4))
def test_state_comes_back_as_it_was(state: dict[Any, Any]) -> None:
    """Types, keys, signs of zero, folds of time and order survive the text of JSON."""
    kept = json.loads(state_json.text_of(state_json.encode(state)))
    assert exactly(state_json.decode(kept)) == exactly(state)


@given(st.dictionaries(keys, values, max_size=4))
def test_encoded_state_is_json_that_an_event_keeps(state: dict[Any, Any]) -> None:
    """Nothing is converted or masked that was not refused as a secret before."""
    kept = state_json.encode(state)
    assert to_json(kept) == kept
    assert redaction.hidden(kept) == kept or any(redaction.secret_names(kept))


@given(st.dictionaries(texts, json_values, max_size=4))
def test_state_of_an_earlier_release_is_read_as_it_was_kept(state: dict[str, Any]) -> None:
    """JSON means itself, so what was kept as plain JSON still means what it meant."""
    assert state_json.decode(json.loads(json.dumps(state))) == state
    assert state_json.decode({"best": "Infinity", "of": [1]}) == {"best": "Infinity", "of": [1]}


class Colour(Enum):
    """A choice."""

    RED = "red"


class Level(IntEnum):
    """A number with a name."""

    LOW = 1


class Word(StrEnum):
    """A text with a name."""

    A = "a"


class OtherZone(dt.tzinfo):
    """A zone of somebody's own."""


@pytest.mark.parametrize(
    "value",
    [
        Colour.RED,
        Level.LOW,
        Word.A,
        Counter("ab"),
        OrderedDict(a=1),
        Point(1, 2),
        range(3),
        bytearray(b"a"),
        PurePosixPath("a"),
        object(),
        int,
        print,
        dt.datetime(2026, 1, 2, tzinfo=OtherZone()),
        pd.Timestamp("2026-01-02"),
        pd.NA,
        pd.NaT,
        pd.Series([1]),
        np.datetime64("2026-01-02"),
        np.array(["2026-01-02"], dtype="datetime64[D]"),
        np.longdouble(1),
        np.array([pd.NA], dtype=object),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("within", [lambda v: v, lambda v: [(v,)], lambda v: {1: {"x": v}}])
def test_value_of_another_type_is_refused_by_place_and_type(value: Any, within: Any) -> None:
    """A subclass, an object of a library or of yours would not come back, so it is not kept."""
    with pytest.raises(CheckpointRefusedError, match=r"state\['a'\].*is of type .*as it was"):
        state_json.encode({"a": within(value)})


def test_state_without_end_is_refused() -> None:
    """A list that holds itself, or one of a hundred levels, names where it begins."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(CheckpointRefusedError, match=r"state\['a'\]\[0\].*levels deep"):
        state_json.encode({"a": endless})


@pytest.mark.parametrize("name", ["later", ""])
def test_type_of_a_later_release_is_an_error(name: str) -> None:
    """What this release cannot read does not come back as something else."""
    with pytest.raises(ValueError, match="unknown type"):
        state_json.decode({"a": {f"$lineage.{name}": 1}})


def test_place_shows_no_secret() -> None:
    """A key of a state may hold a password, which the error hides."""
    with pytest.raises(CheckpointRefusedError, match=r"postgresql://me:\*\*\*@host") as caught:
        state_json.encode({"postgresql://me:swordfish@host/db": object()})
    assert "swordfish" not in str(caught.value)


def test_uuid_and_equal_keys_of_other_types_stay_apart() -> None:
    """1 and "1" are two keys."""
    state = {1: UUID(int=1), "1": 2}
    assert state_json.decode(state_json.encode(state)) == state

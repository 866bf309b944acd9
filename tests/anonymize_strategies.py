"""Data for the tests of anonymization: the census rows, made-up frames, a reader of labels."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from ops.anonymize.constraints import Demand

ADULT = Path(__file__).parents[1] / "DATA/raw/adult.csv.gz"
# Qi Gong's order of the columns.
BASIC_MONDRIAN = [
    "age",
    "workclass",
    "education-num",
    "marital-status",
    "occupation",
    "race",
    "sex",
    "native-country",
]
# ARX's order of the columns.
ARX_9 = [
    "sex",
    "age",
    "race",
    "marital-status",
    "education",
    "native-country",
    "workclass",
    "occupation",
    "salary-class",
]
ARX_8 = [name for name in ARX_9 if name != "occupation"]

_INTEGERS = st.none() | st.integers(-9, 9)
_FLOATS = st.none() | st.floats(-1e300, 1e300) | st.sampled_from([0.5, -0.5, 1e-9])
_TEXTS = st.sampled_from(["a", "b", "b|c", "", "\\", "<null>", "null", "z", None])


@cache
def complete_adult() -> pd.DataFrame:
    """Return the 30,162 rows of the train split that have no "?"; not to be changed."""
    rows = pd.read_csv(ADULT)
    return rows[(rows["split"] == "train") & ~(rows == "?").any(axis=1)]


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Draw 1 to 40 rows of the quasi-identifiers i, f, t, and a column other; any index."""
    rows = draw(st.integers(1, 40))

    def column(values: st.SearchStrategy[object]) -> list[object]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    return pd.DataFrame(
        {
            "i": pd.Series(column(_INTEGERS), dtype="Int64"),
            "f": pd.Series(column(_FLOATS), dtype="float64"),
            "t": pd.Series(column(_TEXTS), dtype="object"),
            "other": range(rows),
        }
    ).set_axis(draw(st.permutations([f"row {n}" for n in range(rows)])), axis=0)


def class_sizes(frame: pd.DataFrame, columns: list[str]) -> Counter[tuple[object, ...]]:
    """Count equal rows one by one, null being equal to null."""
    return Counter(
        tuple(None if pd.isna(value) else value for value in row)
        for row in frame[columns].itertuples(index=False)
    )


def holds(demand: Demand, values: list[int], everybody: list[int]) -> bool:
    """Tell by the definitions, one value at a time, whether a class is as demanded."""
    counts = sorted(Counter(values).values(), reverse=True)
    shares = [count / len(values) for count in counts]
    if demand.l is not None and demand.l_kind == "distinct" and len(counts) < demand.l:
        return False
    if demand.l is not None and demand.l_kind == "entropy":
        return math.exp(-sum(p * math.log(p) for p in shares)) >= demand.l - 1e-6
    if demand.l is not None and demand.l_kind == "recursive":
        return counts[0] < (demand.c or 0) * sum(counts[int(demand.l) - 1 :])
    return demand.t is None or _distance(demand, values, everybody) <= demand.t + 1e-6


def _distance(demand: Demand, values: list[int], everybody: list[int]) -> float:
    """Compare two distributions value by value, or cumulated over the ranks."""
    ranks = sorted(set(everybody))
    gaps = [values.count(r) / len(values) - everybody.count(r) / len(everybody) for r in ranks]
    if demand.t_distance == "equal":
        return sum(map(abs, gaps)) / 2
    return float(np.abs(np.cumsum(gaps)).sum()) / max(len(ranks) - 1, 1)


def covers(label: object, value: object, *, is_number: bool) -> bool:
    """Tell whether a published label stands for a value."""
    if pd.isna(label):
        return bool(pd.isna(value))
    text = str(label)
    has_null = text.startswith("<null>|")
    if pd.isna(value):
        return has_null
    rest = text.removeprefix("<null>|") if has_null else text
    return _range_covers(rest, float(value)) if is_number else str(value) in _members(rest)


def _range_covers(text: str, value: float) -> bool:
    number = r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?"
    found = re.fullmatch(f"({number})(?:-({number}))?", text)
    assert found, text
    low = float(found[1])
    high = low if found[2] is None else float(found[2])
    return low <= value <= high and not math.isnan(value)


def _members(text: str) -> set[str]:
    members, characters = [""], iter(text)
    for character in characters:
        if character == "|":
            members.append("")
        else:
            members[-1] += next(characters) if character == "\\" else character
    return set(members)

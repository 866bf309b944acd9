"""A claim of protection is compared with what the columns show."""

from __future__ import annotations

import hashlib
import hmac
import random
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from lineage.kernel.errors import AnonymizationError
from ops.attacks import disguises
from ops.attacks.claims import Pairing, check_claim

N = 200
CHANCE = random.Random(7)  # noqa: S311  # no secret
NUMBERS = [f"{CHANCE.randrange(10**9):09d}" for _ in range(N)]
SEX = [CHANCE.choice("FM") for _ in range(N)]
ORDERED = Pairing(is_order_kept=True)
UNPAIRED = Pairing()


def table(values: list[Any]) -> pa.Table:
    """A column, and a key that counts the rows from the end."""
    return pa.table({"c": values, "key": [*range(len(values))]})


def check(
    source: list[Any], output: list[Any], effect: Any, pairing: Pairing = ORDERED
) -> tuple[str, Any]:
    """Outcome and figures."""
    found = check_claim(table(source), table(output), "c", "c", effect=effect, pairing=pairing)
    assert bool(found.reason) is (found.outcome != "holds")
    return found.outcome, found.measured


def hashed(name: str, text: str) -> bytes:
    """A plain hash."""
    return hashlib.new(name, text.encode()).digest()


PLAIN: dict[str, Callable[[str], str]] = {
    "itself": str,
    "md5 in hex": lambda text: hashed("md5", text).hex(),
    "sha1 in upper-case hex": lambda text: hashed("sha1", text).hex().upper(),
    "sha256 in base64": lambda text: b64encode(hashed("sha256", text)).decode(),
    "sha512 in hex": lambda text: hashed("sha512", text).hex()[:16],
    "itself in hex": lambda text: text.encode().hex(),
    "itself backwards": lambda text: text[::-1],
}


@pytest.mark.parametrize("pairing", [ORDERED, UNPAIRED], ids=["ordered", "unpaired"])
@pytest.mark.parametrize("way", PLAIN)
def test_value_that_anybody_finds_again_is_no_pseudonym(way: str, pairing: Pairing) -> None:
    """A plain hash, cut off or not, and an encoding lead back to one value each."""
    outcome, measured = check(NUMBERS, [*map(PLAIN[way], NUMBERS)], "pseudonymization", pairing)

    assert (outcome, measured["way"], measured["found_again"]) == ("false", way, 1.0)


@pytest.mark.parametrize("at_once", [1, 7, N, 10 * N])
def test_plain_spelling_is_recognized_in_any_portions(at_once: int) -> None:
    """Of many values none is left untried, and what two of them have in common is of neither."""
    source = pa.array([*NUMBERS, "Ada", "ADA", "Bob"], pa.large_string())
    output = pa.array([*NUMBERS, "ada", "bob", "other"], pa.large_string())

    found = disguises.recognized(source, output, at_once=at_once)

    assert found is not None
    assert found[0] == "itself of lower case"
    assert found[1].tolist() == [*[True] * N, False, True, False]


SAFE: dict[str, tuple[Any, Callable[[str], str | None]]] = {
    "keyed": ("pseudonymization", lambda text: hmac.new(b"k", text.encode(), "sha256").hexdigest()),
    "masked": ("masking", lambda text: "*****" + text[5:]),
    "starred": ("masking", lambda _: "********"),
    "cut": ("generalization", lambda text: text[:3]),
    "left out": ("suppression", lambda _: None),
}


@pytest.mark.parametrize("pairing", [ORDERED, UNPAIRED], ids=["ordered", "unpaired"])
@pytest.mark.parametrize("kind", SAFE)
def test_value_that_is_hidden_holds(kind: str, pairing: Pairing) -> None:
    """What these operations write is not accused."""
    effect, function = SAFE[kind]

    assert check(NUMBERS, [*map(function, NUMBERS)], effect, pairing)[0] == "holds"


@pytest.mark.parametrize(
    "effect",
    [
        "masking",
        "pseudonymization",
        "generalization",
        "suppression",
        "aggregation",
        "synthesis",
        "noise",
    ],
)
def test_unchanged_identifying_column_is_a_false_claim(effect: str) -> None:
    """Whatever is said to have been done: nothing was."""
    outcome, measured = check(NUMBERS, NUMBERS, effect)

    assert outcome == "false"
    assert (measured["equal"], measured["singled_out"], measured["format_kept"]) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("effect", ["generalization", "suppression", "noise"])
def test_shared_values_may_be_left_as_they_are(effect: str) -> None:
    """A group that is large enough needs no change."""
    assert check(SEX, SEX, effect)[0] == "holds"


def test_few_readable_cells_are_tolerated() -> None:
    """One cell in a hundred may be too short to hide; one in ten may not."""
    some = ["***"] * N
    assert check(NUMBERS, NUMBERS[: N // 100] + some[N // 100 :], "masking")[0] == "holds"
    assert check(NUMBERS, NUMBERS[: N // 10] + some[N // 10 :], "masking")[0] == "false"


def test_pseudonyms_that_agree_by_chance_are_no_lie() -> None:
    """A shuffled code of two letters has half of the rows in place."""
    shuffled = random.Random(3).sample(SEX, N)  # noqa: S311  # no secret

    outcome, measured = check(SEX, shuffled, "pseudonymization")

    assert outcome == "holds"
    assert 0.3 < measured["equal"] < 0.7


def test_short_numbers_without_paired_rows_tell_nothing() -> None:
    """Two numberings from 1 on share their numbers; a key tells which row is whose."""
    ids, codes = [*range(N)], [*range(N)][::-1]

    assert check(ids, codes, "pseudonymization", UNPAIRED)[0] == "unknown"
    assert check(ids, codes, "pseudonymization", Pairing(keys=["key"]))[0] == "holds"
    assert check(ids, ids, "pseudonymization", Pairing(keys=["key"]))[0] == "false"


def test_rows_are_paired_by_a_key_in_any_order() -> None:
    """Rows without a partner, and keys of several rows, are left out."""
    source = pa.table({"c": ["a1", "b2", "c3", "c4"], "key": [1, 2, 3, 3]})
    output = pa.table({"c": ["b2", "zz", "a1", "c3"], "key": [2.0, 9.0, 1.0, 3.0]})

    found = check_claim(source, output, "c", "c", effect="masking", pairing=Pairing(keys=["key"]))

    assert found.measured["equal"] == 1.0


@pytest.mark.parametrize(
    ("source", "output", "outcome"),
    [
        ([], [], "unknown"),
        ([None], ["a"], "unknown"),
        (["a"], [None], "holds"),
        (["a"], [], "holds"),
    ],
)
def test_columns_without_values_are_answered(
    source: list[Any], output: list[Any], outcome: str
) -> None:
    """Nothing to compare with is not known; nothing left hides all."""
    found = check_claim(
        pa.table({"c": pa.array(source, pa.string())}),
        pa.table({"c": pa.array(output, pa.string())}),
        "c",
        "c",
        effect="masking",
    )

    assert found.outcome == outcome


def test_figures_hold_no_value() -> None:
    """What is recorded are numbers and the name of a way."""
    found = check_claim(table(NUMBERS), table(NUMBERS), "c", "c", effect="masking", pairing=ORDERED)

    assert not any(number in f"{found.measured}{found.reason}" for number in NUMBERS)


def test_values_without_text_are_refused_without_naming_one() -> None:
    """A list has no text that could be compared."""
    lists = pa.table({"c": [["secret"]]})

    with pytest.raises(AnonymizationError, match="column 'c'") as caught:
        check_claim(lists, lists, "c", "c", effect="masking")

    assert "secret" not in str(caught.value)

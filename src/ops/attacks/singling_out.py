"""Find a predicate in the release that exactly one original record fulfils."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from ops.attacks.attack_risk import AttackRisk, Tally, estimate
from ops.attacks.records import Numbers, Records, align, require_attacks, targets
from ops.data.frames import Frame

Predicates = Literal["multivariate", "univariate"]
Flags = npt.NDArray[np.bool_]
_Operator = Literal["is", "at_most", "at_least"]

_ATTRIBUTES: Final = 3
_TRIES: Final = 20
"""Records of the release that are looked at for each predicate wanted."""


@dataclass(frozen=True, slots=True)
class _Condition:
    column: int
    operator: _Operator
    value: float | None
    """None is null of a number."""

    def holds(self, records: Records) -> Flags:
        values = records.columns[self.column].numbers
        fits: Flags
        if self.value is None:
            fits = np.isnan(values)
        elif self.operator == "is":
            fits = values == self.value
        else:
            fits = values <= self.value if self.operator == "at_most" else values >= self.value
        return fits


_Predicate = frozenset[_Condition]


def measure_singling_out(
    original: Frame,
    released: Frame,
    control: Frame,
    *,
    columns: Sequence[str],
    attacks: int,
    seed: int,
    predicates: Predicates = "multivariate",
) -> AttackRisk:
    """Measure how often a predicate found in the release describes exactly one original record.

    A multivariate predicate describes a record of the release, drawn at random, by up to three
    columns, also drawn: a number by being at least (at most) its value if that is above (not
    above) the median of the release, anything else by being equal. A univariate one is a value
    that one record of the release has, or being at most its lowest or at least its highest
    number. Only predicates that single out one record of the release are used. A guess is a
    predicate of the same columns with values drawn from the range of the release.

    The chance to be singled out depends on the number of records. So of original and control,
    the larger one is first reduced at random to as many rows as the other has.

    Args:
        original: The rows of which the release was made.
        released: The release.
        control: Rows of the same population that the release was not made of.
        columns: Columns that predicates may use.
        attacks: How many predicates to try at most, at least 1; there may be fewer.
        seed: Decides which ones.
        predicates: "multivariate" or "univariate".

    Raises:
        AnonymizationError: The frames or columns do not fit, see `records.align`.

    Source:
        Giomi, Boenisch, Wehmeyer, Tasnadi, arXiv 2211.10459, section 4.1, after the definition
        by Cohen, Nissim: Towards Formalizing the GDPR's Notion of Singling Out, PNAS 117(15),
        2020. Equal numbers of rows take the place of a correction for unequal ones.
    """
    require_attacks(attacks)
    random = np.random.default_rng(seed)
    first, release, third = align(original, released, control, columns)
    rows = min(first.rows, third.rows)
    first, third = (each.take(np.sort(targets(each, rows, random))) for each in (first, third))
    find = _univariate if predicates == "univariate" else _multivariate
    found = find(release, attacks, random)
    domains = [np.unique(column.numbers) for column in release.columns]
    guesses = [_guessed(predicate, release, domains, random) for predicate in found]
    return estimate(
        f"singling out, {predicates}",
        _tally(found, first),
        _tally(found, third),
        baseline=_tally(guesses, first),
    )


def _tally(predicates: Sequence[_Predicate], records: Records) -> Tally:
    return Tally(len(predicates), sum(_singles_out(each, records) for each in predicates))


def _singles_out(predicate: _Predicate, records: Records) -> bool:
    fits = np.ones(records.rows, dtype=np.bool_)
    for condition in predicate:
        fits &= condition.holds(records)
    return int(np.count_nonzero(fits)) == 1


def _univariate(release: Records, wanted: int, random: np.random.Generator) -> list[_Predicate]:
    """Return conditions that one record of the release fulfils alone, in random order."""
    pool: list[_Condition] = []
    for at, column in enumerate(release.columns):
        values, counts = np.unique(column.numbers, return_counts=True)
        alone = [None if np.isnan(value) else float(value) for value in values[counts == 1]]
        pool += [_Condition(at, "is", value) for value in alone]
        present = values[~np.isnan(values)]
        if column.is_number and len(present):
            pool.append(_Condition(at, "at_most", float(present[0])))
            pool.append(_Condition(at, "at_least", float(present[-1])))
    drawn = (frozenset({pool[place]}) for place in random.permutation(len(pool)))
    return list(islice((each for each in drawn if _singles_out(each, release)), wanted))


def _multivariate(release: Records, wanted: int, random: np.random.Generator) -> list[_Predicate]:
    """Return combinations of conditions that one record of the release fulfils alone."""
    medians = [_median(column.numbers) for column in release.columns]
    size = min(_ATTRIBUTES, len(release.columns))
    found: dict[_Predicate, None] = {}
    for _ in range(wanted * _TRIES):
        row = int(random.integers(release.rows))
        columns = random.choice(len(release.columns), size=size, replace=False)
        predicate = frozenset(_described(release, row, int(at), medians[int(at)]) for at in columns)
        if predicate not in found and _singles_out(predicate, release):
            found[predicate] = None
            if len(found) == wanted:
                break
    return list(found)


def _described(release: Records, row: int, at: int, median: float) -> _Condition:
    column = release.columns[at]
    value = float(column.numbers[row])
    if np.isnan(value):
        return _Condition(at, "is", None)
    if not column.is_number:
        return _Condition(at, "is", value)
    return _Condition(at, "at_least" if value > median else "at_most", value)


def _guessed(
    predicate: _Predicate,
    release: Records,
    domains: Sequence[Numbers],
    random: np.random.Generator,
) -> _Predicate:
    """Return a predicate of the same columns that knows only their values, not the records."""
    columns = sorted(condition.column for condition in predicate)
    return frozenset(
        _drawn(at, domains[at], random, is_number=release.columns[at].is_number) for at in columns
    )


def _drawn(at: int, domain: Numbers, random: np.random.Generator, *, is_number: bool) -> _Condition:
    present = domain[~np.isnan(domain)]
    if not len(present):
        return _Condition(at, "is", None)
    if not is_number:
        return _Condition(at, "is", float(random.choice(present)))
    value = float(random.uniform(present[0], present[-1]))
    return _Condition(at, "at_least" if random.integers(2) else "at_most", value)


def _median(values: Numbers) -> float:
    present = values[~np.isnan(values)]
    return float(np.median(present)) if len(present) else 0.0

"""Infer a secret of a person from the record of the release that is nearest to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError
from ops.attacks.attack_risk import AttackRisk, Tally, estimate
from ops.attacks.records import Column, DistinctRecords, Places, Records, align, one_of, targets
from ops.data.frames import Frame

TOLERANCE: Final = 0.05
"""How far a guess of a number may be from it, as a share of the range of the column."""


def measure_inference(
    original: Frame,
    released: Frame,
    control: Frame,
    *,
    known: Sequence[str],
    secret: str,
    attacks: int,
    seed: int,
) -> AttackRisk:
    """Measure how often the release tells a secret of somebody whose other attributes are known.

    The attacker takes the secret of the record of the release that is nearest in the known
    columns, of equally near ones of one at random. A guess takes it of any record. A number or
    date is found if it is off by at most 5 % of the range of the column, anything else if it is
    equal; null is a value of its own.

    Args:
        original: The rows of which the release was made.
        released: The release.
        control: Rows of the same population that the release was not made of.
        known: Columns that the attacker knows.
        secret: The column to infer, not among them.
        attacks: How many records to attack at most, at least 1.
        seed: Decides which ones, and among equals.

    Raises:
        AnonymizationError: The frames or columns do not fit, see `records.align`.

    Source:
        Giomi, Boenisch, Wehmeyer, Tasnadi, arXiv 2211.10459, section 4.3. The tolerance is of
        the range, not of the value, so that it does not depend on where zero lies.
    """
    if secret in known:
        raise AnonymizationError(
            "secret of the attack", found=secret, expected="a column that is not known"
        )
    random = np.random.default_rng(seed)
    first, release, third = align(original, released, control, [*known, secret])
    chosen = targets(first, attacks, random)
    there = DistinctRecords.of(release.select(range(len(known))))
    secrets = release.columns[-1]
    of_original = _inferred(first, there, secrets, chosen, random=random)
    others = targets(third, attacks, random)
    of_control = _inferred(third, there, secrets, others, random=random)
    guesses = random.integers(release.rows, size=len(chosen))
    baseline = _told(first.columns[-1], chosen, secrets, guesses)
    return estimate("inference", of_original, of_control, baseline=baseline)


def _inferred(
    known: Records,
    there: DistinctRecords,
    secrets: Column,
    chosen: Places,
    *,
    random: np.random.Generator,
) -> Tally:
    here = known.select(range(len(known.columns) - 1))
    guesses = np.array([one_of(there.nearest(here, at), random) for at in chosen], dtype=np.int64)
    return _told(known.columns[-1], chosen, secrets, guesses)


def _told(secret: Column, chosen: Places, released: Column, guesses: Places) -> Tally:
    """Count the guesses, by their records of the release, that tell the secret."""
    truth, told = secret.numbers[chosen], released.numbers[guesses]
    is_told: npt.NDArray[np.bool_] = truth == told
    if secret.is_number:
        is_told = (np.abs(truth - told) <= TOLERANCE) | (pd.isna(truth) & pd.isna(told))
    return Tally(len(chosen), int(is_told.sum()))

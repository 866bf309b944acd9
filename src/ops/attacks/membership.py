"""Tell by the distance to the closest record who was among the original."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ops.attacks.attack_risk import AttackRisk, Tally, estimate
from ops.attacks.records import DistinctRecords, Numbers, Places, Records, align, targets
from ops.data.frames import Frame


def measure_membership(
    original: Frame,
    released: Frame,
    control: Frame,
    *,
    columns: Sequence[str],
    attacks: int,
    seed: int,
) -> AttackRisk:
    """Measure how often an original record is nearer to the release than a control record is.

    The attacker sees two people, one of whom was among the original, and names the one whose
    distance to the closest record of the release is less; of equal distances, one at random.
    Without a leak half of the answers are right, as are those of guesses. The control rate is
    that of pairs of two control records, one of which is taken for the original one.

    Args:
        original: The rows of which the release was made.
        released: The release.
        control: Rows of the same population that the release was not made of.
        columns: Columns that the attacker knows.
        attacks: How many records to attack at most, at least 1; not more than there are control
            records.
        seed: Decides which ones, and among equals.

    Raises:
        AnonymizationError: The frames or columns do not fit, see `records.align`.

    Source:
        Chen, Yu, Zhang, Fritz: GAN-Leaks, CCS 2020, section 4 (distance to the nearest record
        as the score); compared in pairs, so that the rate is the area under the ROC curve.
    """
    random = np.random.default_rng(seed)
    first, release, third = align(original, released, control, columns)
    there = DistinctRecords.of(release)
    wanted = min(attacks, third.rows)
    outside = _closest(third, there, targets(third, wanted, random))
    inside = _closest(first, there, targets(first, wanted, random))
    outside, inside = outside[: len(inside)], inside[: len(outside)]
    count = len(inside)
    guesses = Tally(count, int(random.integers(2, size=count).sum()))
    return estimate(
        "membership",
        _nearer(inside, outside, random),
        _nearer(outside, random.permutation(outside), random),
        baseline=guesses,
    )


def _closest(known: Records, there: DistinctRecords, chosen: Places) -> Numbers:
    """Return the distance of each chosen record to the closest of the release."""
    return np.array([there.closest(known, at) for at in chosen])


def _nearer(ones: Numbers, others: Numbers, random: np.random.Generator) -> Tally:
    """Count where the first is nearer, and half of where both are equally near."""
    is_even = random.integers(2, size=len(ones)) == 1
    is_nearer = (ones < others) | ((ones == others) & is_even)
    return Tally(len(ones), int(is_nearer.sum()))

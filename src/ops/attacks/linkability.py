"""Link two halves of a person's record through the release."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lineage.kernel.errors import AnonymizationError
from ops.attacks.attack_risk import AttackRisk, Tally, estimate
from ops.attacks.records import DistinctRecords, Places, Records, align, one_of, targets
from ops.data.frames import Frame


def measure_linkability(
    original: Frame,
    released: Frame,
    control: Frame,
    *,
    left: Sequence[str],
    right: Sequence[str],
    attacks: int,
    seed: int,
) -> AttackRisk:
    """Measure how often the release shows that two sets of attributes belong to one person.

    The attacker knows `left` of some people and `right` of some people, and looks for the record
    of the release that is nearest to each. If it is the same record, they say that it is the same
    person. Of equally near records, each side takes one at random. A guess takes two records of
    the release at random.

    Args:
        original: The rows of which the release was made.
        released: The release.
        control: Rows of the same population that the release was not made of.
        left: Columns that one source knows.
        right: Columns that the other source knows, none of them in `left`.
        attacks: How many records to attack at most, at least 1.
        seed: Decides which ones, and among equals.

    Raises:
        AnonymizationError: The frames or columns do not fit, see `records.align`.

    Source:
        Giomi, Boenisch, Wehmeyer, Tasnadi, arXiv 2211.10459, section 4.2, with one neighbour.
    """
    shared = sorted(set(left) & set(right))
    if shared or not left or not right:
        raise AnonymizationError(
            "columns to link",
            found=shared or "an empty set",
            expected="two sets of columns without a common one",
        )
    random = np.random.default_rng(seed)
    aligned = align(original, released, control, [*left, *right])
    release = aligned[1]
    halves = [range(len(left)), range(len(left), len(left) + len(right))]
    sides = [(half, DistinctRecords.of(release.select(half))) for half in halves]
    of_original = _linked(aligned[0], sides, targets(aligned[0], attacks, random), random)
    of_control = _linked(aligned[2], sides, targets(aligned[2], attacks, random), random)
    guesses = random.integers(release.rows, size=(of_original.attacks, 2))
    baseline = Tally(len(guesses), int((guesses[:, 0] == guesses[:, 1]).sum()))
    return estimate("linkability", of_original, of_control, baseline=baseline)


def _linked(
    known: Records,
    sides: Sequence[tuple[Sequence[int], DistinctRecords]],
    chosen: Places,
    random: np.random.Generator,
) -> Tally:
    pairs = [(there, known.select(half)) for half, there in sides]
    successes = 0
    for at in chosen:
        first, second = (one_of(there.nearest(here, at), random) for there, here in pairs)
        successes += first == second
    return Tally(len(chosen), successes)

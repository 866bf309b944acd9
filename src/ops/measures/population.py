"""Measure risk where the population is known from which the people of a dataset were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lineage.kernel.errors import AnonymizationError
from ops.data.frames import Frame
from ops.measures.classes import column_of, count_keys, pack, require_columns
from ops.measures.codes import Integers, encode_together


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationRisk:
    """The risk that a person is found by somebody who does not know whether they are in the data.

    Attributes:
        population_rows: The number of people of the population.
        k_map: Everybody in the dataset shares their quasi-identifiers with at least so many people
            of the population, themselves included; 0 without rows.
        journalist_max: The risk of the most exposed record, 1 / k_map; 0 without rows.
        journalist_average: The mean over records of 1 / people of the population in their class.
        rows_below_threshold: Records in classes with fewer people than the threshold.
    """

    population_rows: int
    k_map: int
    journalist_max: float
    journalist_average: float
    rows_below_threshold: int

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def measure_population_risk(
    frame: Frame, population: Frame, quasi_identifiers: Sequence[str], *, threshold: int
) -> PopulationRisk:
    """Measure k-map and the journalist risk.

    Args:
        frame: One row per person of the dataset.
        population: One row per person of the population, those of the dataset among them; only
            the quasi-identifiers are read.
        quasi_identifiers: What an attacker may know; null is a value of its own.
        threshold: The smallest class of the population wanted, for `rows_below_threshold`.

    Raises:
        AnonymizationError: A column is missing, repeated or unhashable, or a class has more rows
            in the dataset than in the population, which then is none of it.

    Source:
        Sweeney: k-Anonymity: A Model for Protecting Privacy, IJUFKS 10(5), 2002 (k-map);
        El Emam: Guide to the De-Identification of Personal Health Information, 2013, chapter
        16 (journalist risk).
    """
    for each in (frame, population):
        require_columns(each, quasi_identifiers)
    here, there = _classes_of_both(frame, population, quasi_identifiers)
    strays = int(here[here > there].sum())
    if strays:
        raise AnonymizationError(
            "population",
            problem=f"{strays} rows of the dataset are in classes with fewer people of it",
            expected="a population of which the people of the dataset are part",
            remedy="check types and spelling of the columns in both datasets",
        )
    k_map = int(there.min()) if len(there) else 0
    return PopulationRisk(
        population_rows=len(population),
        k_map=k_map,
        journalist_max=1 / k_map if k_map else 0.0,
        journalist_average=float((here / there).sum()) / max(len(frame), 1),
        rows_below_threshold=int(here[there < threshold].sum()),
    )


def _classes_of_both(
    frame: Frame, population: Frame, quasi_identifiers: Sequence[str]
) -> tuple[Integers, Integers]:
    """Return the rows of each class of the dataset, there and in the population."""
    coded = (
        encode_together([column_of(each, name) for each in (frame, population)], name)
        for name in quasi_identifiers
    )
    packed = pack((np.concatenate(codes), count) for codes, count in coded)
    rows = len(frame)
    classes, here = count_keys(packed.keys[:rows].copy(), packed.cardinality)
    known, people = count_keys(packed.keys[rows:].copy(), packed.cardinality)
    if not len(known):
        return here, np.zeros_like(here)
    at = np.minimum(np.searchsorted(known, classes), len(known) - 1)
    return here, np.where(known[at] == classes, people[at], 0)

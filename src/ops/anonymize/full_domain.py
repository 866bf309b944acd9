"""Optimal full-domain generalization: one level of its hierarchy for each quasi-identifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ops.anonymize.constraints import Guarantee, Sensitive
from ops.anonymize.generalization import Generalization
from ops.anonymize.lattice import Cost, Tuples, search
from ops.measures import hierarchies, hierarchy_codes
from ops.measures.classes import EquivalenceClasses, Integers, group, require_columns
from ops.measures.hierarchies import Hierarchy
from ops.measures.hierarchy_codes import LevelCodes
from ops.measures.value_domain import order_values


def generalize(
    frame: pd.DataFrame,
    quasi_identifiers: Sequence[str],
    guarantee: Guarantee,
    *,
    levels: Mapping[str, Hierarchy],
    cost: Cost = "loss",
) -> Generalization:
    """Generalize each quasi-identifier to the level that `ops.anonymize.lattice.search` finds.

    Args:
        frame: Any rows. Null quasi-identifiers are values of their own.
        quasi_identifiers: The columns to generalize, at least one.
        guarantee: What is asked; the demands are for columns of the frame.
        levels: The hierarchy of each quasi-identifier; of one that is left out, either all values
            are published or "*".
        cost: What is to be least.

    Returns:
        The rows, order, index and columns of `frame`. A quasi-identifier at level 0 is as it was,
        at a higher one it holds categories of text. All rows of the classes that are not as asked
        are suppressed.

    Raises:
        AnonymizationError: No combination of levels is as asked; a column is missing, repeated or
            unhashable, or does not fit its hierarchy.
    """
    tuples, classes = distinct_tuples(frame, quasi_identifiers, guarantee, levels)
    if not classes.count:
        return Generalization(frame=frame.copy(), is_kept=np.ones(0, dtype=np.bool_))
    found = search(tuples, guarantee, cost)
    generalized = {
        name: _at_level(frame[name], codes[classes.labels], hierarchy, level)
        for name, codes, hierarchy, level in zip(
            quasi_identifiers, tuples.codes, tuples.hierarchies, found.node, strict=True
        )
    }
    return Generalization(
        frame=frame.assign(**generalized),
        is_kept=found.is_kept[found.class_of][classes.labels],
        details={
            "levels": dict(zip(quasi_identifiers, found.node, strict=True)),
            "cost": found.cost,
            "nodes": found.nodes,
            "evaluated": found.evaluated,
        },
    )


def distinct_tuples(
    frame: pd.DataFrame,
    quasi_identifiers: Sequence[str],
    guarantee: Guarantee,
    levels: Mapping[str, Hierarchy],
) -> tuple[Tuples, EquivalenceClasses]:
    """Return the distinct tuples of the quasi-identifiers, and which of them each row has.

    Parameters and errors as in `generalize`.
    """
    require_columns(frame, quasi_identifiers)
    coded = [order_values(frame[name]) for name in quasi_identifiers]
    classes = group((column.codes, max(len(column.distinct), 1)) for column in coded)
    first = classes.first_rows()
    tuples = Tuples(
        codes=[column.codes[first] for column in coded],
        weights=classes.sizes.astype(np.float64),
        sensitive=[Sensitive.of(d, frame[d.column], classes.labels) for d in guarantee.demands],
        hierarchies=[
            hierarchy_codes.of_values(
                levels.get(name) or hierarchies.only_top(f"hierarchy of {name!r}"), column.distinct
            )
            for name, column in zip(quasi_identifiers, coded, strict=True)
        ],
    )
    return tuples, classes


def _at_level(column: pd.Series, codes: Integers, hierarchy: LevelCodes, level: int) -> pd.Series:
    """Return a column at a level, in categories of text; as it was at level 0."""
    if level == 0:
        return column
    texts = hierarchy.texts[level]
    known = [text for text in texts if text is not None]
    places = np.cumsum([text is not None for text in texts]) - 1
    numbers = np.where([text is None for text in texts], -1, places)
    labels = pd.Categorical.from_codes(
        numbers[hierarchy.codes[level]][codes], categories=pd.Index(known, dtype="str")
    )
    return pd.Series(labels.remove_unused_categories(), index=column.index)

"""Strict Mondrian: cut the space of the quasi-identifiers until the groups are small.

The rows are first reduced to distinct tuples with counts, which `ops.anonymize.partition` cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from lineage.kernel.errors import AnonymizationError
from ops.anonymize.constraints import Guarantee, Sensitive
from ops.anonymize.cuts import Cut
from ops.anonymize.generalization import Generalization
from ops.anonymize.labels import Groups, label_groups
from ops.anonymize.partition import Flags, partition
from ops.measures.classes import EquivalenceClasses, Integers, group, require_columns
from ops.measures.value_domain import Domain, encode_ordered


def anonymize(
    frame: pd.DataFrame, quasi_identifiers: Sequence[str], *, k: int, cut: Cut = "median"
) -> pd.DataFrame:
    """Return the rows of `generalize` for k alone, which has the same errors."""
    return generalize(frame, quasi_identifiers, Guarantee(k=k), cut=cut).frame


def generalize(
    frame: pd.DataFrame,
    quasi_identifiers: Sequence[str],
    guarantee: Guarantee,
    *,
    cut: Cut = "median",
) -> Generalization:
    """Generalize quasi-identifiers until every row equals at least k - 1 others in them.

    A group of rows is cut in two on the attribute that is widest in it. If that is refused, because
    a part would have fewer than k rows or not be as demanded, the next widest attribute is tried;
    if none can be cut, the group is published. The width of an attribute is the distance of the
    group's bounds over that of the whole column, and of equally wide attributes the first given is
    taken.

    With "median", the lower part takes the values up to the first whose cumulative count reaches
    half the rows (rounded down). A bound is where an ancestor was cut, or the group's own lowest
    or highest value once the attribute was tried in it or an ancestor. With the other two,
    bounds are always the group's own values, and the published ranges are narrower. With
    "around_median", the lower part takes the values up to the first whose cumulative count reaches
    half the rows, or, if that leaves fewer than k in the upper part, those before it. With
    "midpoint", of all cuts that leave k rows on both sides the one nearest to the middle of the
    group's range is tried.

    Args:
        frame: Any rows. Null quasi-identifiers are values of their own; no row is dropped.
        quasi_identifiers: The columns to generalize, at least one.
        guarantee: What is asked; the demands are for columns of the frame. The groups that are
            widest on average over the attributes are suppressed, as long as they fit the limit.
        cut: Where a group is cut, "median", "around_median" or "midpoint".

    Returns:
        The rows, order, index and columns of `frame`. The quasi-identifiers hold categories of
        text: ranges of numbers and dates, sets of anything else, written as
        `ops.measures.value_domain` says. The other columns are as they were.

    Raises:
        AnonymizationError: k is not a positive whole number, or larger than the number of rows;
            all rows together are not as demanded; a column is missing, repeated, unhashable or
            has infinite numbers.

    Source:
        LeFevre, DeWitt, Ramakrishnan: Mondrian Multidimensional K-Anonymity, ICDE 2006, in
        the strict variant (no value of a cut attribute on both sides of the cut); "median" with
        the choices of the widely used "Basic Mondrian" where the paper leaves them open.
    """
    require_columns(frame, quasi_identifiers)
    _require_k(guarantee.k, len(frame))
    coded = [encode_ordered(frame[column]) for column in quasi_identifiers]
    classes = group((codes, domain.size) for codes, domain in coded)
    first = classes.first_rows()
    tuples = [codes[first] for codes, _ in coded]
    domains = [domain for _, domain in coded]
    del coded
    sensitive = [Sensitive.of(d, frame[d.column], classes.labels) for d in guarantee.demands]
    groups = partition(
        tuples,
        classes.sizes,
        domains,
        k=guarantee.k,
        cut=cut,
        allows=_judge(sensitive, classes.count),
    )
    row_groups = groups.group_of()[classes.labels]
    columns = [
        pd.Series(label_groups(groups, codes, domain).take(row_groups), index=frame.index)
        for codes, domain in zip(tuples, domains, strict=True)
    ]
    is_suppressed = _widest(groups, classes, tuples, domains, guarantee.suppression_limit)
    return Generalization(
        frame=frame.assign(**dict(zip(quasi_identifiers, columns, strict=True))),
        is_kept=~is_suppressed[row_groups],
        details={"groups": len(groups.lengths)},
    )


def _judge(sensitive: Sequence[Sensitive], tuples: int) -> Callable[[Groups], Flags] | None:
    """Return what tells whether groups are as demanded; refuse if all rows together are not."""
    for values in sensitive:
        values.merged(np.zeros(tuples, dtype=np.int64), 1).require()
    if not sensitive:
        return None

    def allows(groups: Groups) -> Flags:
        class_of = np.full(tuples, -1, dtype=np.int64)
        class_of[groups.order] = groups.numbers
        allowed = np.ones(len(groups.lengths), dtype=np.bool_)
        for values in sensitive:
            allowed &= values.merged(class_of, len(allowed)).are_satisfied()
        return allowed

    return allows


def _widest(
    groups: Groups,
    classes: EquivalenceClasses,
    tuples: Sequence[Integers],
    domains: Sequence[Domain],
    limit: float,
) -> Flags:
    """Return which groups are suppressed: the widest, up to a share of the rows."""
    count = len(groups.lengths)
    is_suppressed = np.zeros(count, dtype=np.bool_)
    if not limit or not count:
        return is_suppressed
    width = np.zeros(count)
    for codes, domain in zip(tuples, domains, strict=True):
        places = domain.positions[codes[groups.order]]
        high, low = (f.reduceat(places, groups.starts) for f in (np.maximum, np.minimum))
        width += (high - low) / domain.extent
    rows = np.add.reduceat(classes.sizes[groups.order], groups.starts)
    by_width = np.argsort(-width, kind="stable")
    fits = (np.cumsum(rows[by_width]) <= limit * classes.rows) & (width[by_width] > 0)
    is_suppressed[by_width[fits]] = True
    return is_suppressed


def _require_k(k: int, rows: int) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise AnonymizationError("parameter k", found=k, expected="a whole number of at least 1")
    if 0 < rows < k:
        raise AnonymizationError(
            f"k-anonymity with k = {k}",
            problem=f"{rows} rows",
            expected="at least k",
            remedy="lower k or add rows",
        )

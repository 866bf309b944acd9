"""Measure information loss: certainty penalty, discernibility, class sizes, suppression.

A dataset without rows has lost nothing: all measures are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lineage.kernel.errors import AnonymizationError
from ops.data.frames import Frame
from ops.measures.cells import tabulate
from ops.measures.classes import Keys, column_of, pack_columns, require_beside
from ops.measures.codes import Column, Integers, encode
from ops.measures.value_domain import encode_ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyPenalty:
    """How wide the published values are.

    Attributes:
        rows: The number of records.
        by_attribute: For each quasi-identifier the sum over records of the width of the
            published value, as a share of the width of the whole column.
    """

    rows: int
    by_attribute: Mapping[str, float]

    @property
    def ncp(self) -> float:
        """The normalized certainty penalty: the sum over records and attributes."""
        return float(sum(self.by_attribute.values()))

    @property
    def gcp(self) -> float:
        """The global certainty penalty: NCP / (records x attributes), from 0 to 1."""
        return self.ncp / max(self.rows * len(self.by_attribute), 1)

    def to_metrics(self) -> dict[str, object]:
        """Return {"ncp": ..., "gcp": ..., "gcp_by_attribute": {column: ...}}."""
        rows = max(self.rows, 1)
        shares = {name: penalty / rows for name, penalty in self.by_attribute.items()}
        return {"ncp": self.ncp, "gcp": self.gcp, "gcp_by_attribute": shares}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassUtility:
    """What is left when the rows of classes smaller than k are suppressed.

    Attributes:
        rows: The number of records, suppressed ones among them.
        k: The least size of a class that is kept.
        classes: The classes that are kept.
        suppressed_rows: Records in smaller classes.
        discernibility: DM: the sum of the squared sizes of the kept classes, and `rows` for
            each suppressed record.
        discernibility_unsuppressed: DM*: the sum of all squared class sizes.
        average_class_size: AECS: rows / classes, the suppressed records being one class more.
    """

    rows: int
    k: int
    classes: int
    suppressed_rows: int
    discernibility: int
    discernibility_unsuppressed: int
    average_class_size: float

    @property
    def c_avg(self) -> float:
        """The normalized average class size: AECS / k; 1 is the best."""
        return self.average_class_size / self.k

    @property
    def suppression_rate(self) -> float:
        """The share of suppressed records, from 0 to 1."""
        return self.suppressed_rows / max(self.rows, 1)

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name, with `c_avg` and `suppression_rate`."""
        measures: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return measures | {"c_avg": self.c_avg, "suppression_rate": self.suppression_rate}


def measure_certainty_penalty(
    original: Frame, published: Frame, quasi_identifiers: Sequence[str]
) -> CertaintyPenalty:
    """Measure how wide the published values of the quasi-identifiers are.

    The width of a published value is the distance between the lowest and the highest original
    value that it covers, over that of the whole column. Numbers and dates are at their own
    place; other values at 0, 1, 2, ... in order of first appearance (an ordered categorical: of
    its categories); null numbers one mean step below the lowest.

    Args:
        original: The rows before; numbers must be finite.
        published: The same rows in the same order afterwards; the index is ignored.
        quasi_identifiers: The columns to compare, in both frames.

    Raises:
        AnonymizationError: The frames differ in length, or a column is missing, repeated,
            unhashable or has infinite numbers.

    Source:
        Xu, Wang, Pei, Wang, Shi, Fu: Utility-Based Anonymization Using Local Recoding, KDD
        2006; the normalization to GCP from Ghinita, Karras, Kalnis, Mamoulis, VLDB 2007.
    """
    require_beside(original, published, quasi_identifiers)
    return CertaintyPenalty(
        rows=len(original),
        by_attribute={
            name: _penalty(name, column_of(original, name), column_of(published, name))
            for name in quasi_identifiers
        },
    )


def measure_class_utility(
    frame: Frame, quasi_identifiers: Sequence[str], *, k: int = 1
) -> ClassUtility:
    """Measure discernibility and class sizes.

    Args:
        frame: Any rows; null quasi-identifiers are values of their own.
        quasi_identifiers: The columns whose equal rows form the classes.
        k: Rows of smaller classes count as suppressed; 1 suppresses none.

    Raises:
        AnonymizationError: k is below 1, or a column is missing, repeated or unhashable.

    Source:
        Bayardo, Agrawal: Data Privacy through Optimal k-Anonymization, ICDE 2005 (DM);
        LeFevre, DeWitt, Ramakrishnan, ICDE 2006 (C_AVG); DM* and AECS as in ARX.
    """
    if k < 1:
        raise AnonymizationError("parameter k", found=k, expected="at least 1")
    return _class_utility(pack_columns(frame, quasi_identifiers).sizes(), k)


def _penalty(name: str, original: Column, published: Column) -> float:
    codes, domain = encode_ordered(original, name)
    labels, count, _ = encode(published, name)
    cells = tabulate(Keys(keys=labels, cardinality=count), codes, domain.size)
    lowest = domain.positions[cells.codes[cells.starts]]
    highest = domain.positions[cells.codes[cells.stops - 1]]
    return float((cells.class_sizes * ((highest - lowest) / domain.extent)).sum())


def _class_utility(sizes: Integers, k: int) -> ClassUtility:
    rows = int(sizes.sum())
    kept = sizes[sizes >= k]
    suppressed = rows - int(kept.sum())
    groups = len(kept) + (1 if suppressed else 0)
    return ClassUtility(
        rows=rows,
        k=k,
        classes=len(kept),
        suppressed_rows=suppressed,
        discernibility=int((kept**2).sum()) + rows * suppressed,
        discernibility_unsuppressed=int((sizes**2).sum()),
        average_class_size=rows / max(groups, 1),
    )

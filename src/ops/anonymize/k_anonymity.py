"""Release a dataset in which the quasi-identifiers single nobody out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ops.anonymize.operation import AnonymizingOperation
from ops.registry import register


@register
@dataclass(kw_only=True)
class KAnonymizeOperation(AnonymizingOperation):
    """Drops direct identifiers and generalizes quasi-identifiers until every class has k rows.

    Rows keep their order, and their number unless `suppression_limit` lets some go. The output is
    checked before it is written: a frame that is not as asked is an error, and nothing is written.

    k-anonymity hides which row belongs to whom, but not what all rows of a class have in common.
    Ask for `l` or `t` to limit that. A warning names each sensitive attribute that has a single
    value in some class (l = 1), or whose values in some class differ much from those of all rows
    (t of 0.8 or more).

    Attributes:
        dataset_name: The dataset.
        method: "mondrian" generalizes each class for itself (`ops.anonymize.mondrian`);
            "full_domain" each column as a whole, by hierarchies (`ops.anonymize.lattice`).
    """

    dataset_name: str
    method: Literal["mondrian", "full_domain"] = "mondrian"

    @property
    def _dataset(self) -> str:
        return self.dataset_name

    def _chosen_method(self) -> Literal["mondrian", "full_domain"]:
        return self.method

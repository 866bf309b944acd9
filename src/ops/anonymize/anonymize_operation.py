"""Anonymize a dataset by the method that a parameter names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from lineage.kernel.errors import ConfigurationError
from ops.anonymize.operation import AnonymizingOperation
from ops.registry import register

_METHODS: Final[Mapping[str, Literal["mondrian", "full_domain"]]] = {
    "k-anonymity": "mondrian",
    "mondrian": "mondrian",
    "full_domain": "full_domain",
}


@register
@dataclass(kw_only=True)
class AnonymizeOperation(AnonymizingOperation):
    """Anonymizes a dataset; the method decides which parameters are used.

    Attributes:
        input_dataset: The dataset.
        method: "k-anonymity" or "mondrian" (`ops.anonymize.mondrian`), or "full_domain"
            (`ops.anonymize.lattice`).
    """

    dataset_parameters: ClassVar[tuple[str, ...]] = ("input_dataset",)

    input_dataset: str
    method: str = "k-anonymity"

    @property
    def _dataset(self) -> str:
        return self.input_dataset

    def _chosen_method(self) -> Literal["mondrian", "full_domain"]:
        if self.method not in _METHODS:
            raise ConfigurationError(
                f"method of {self.name}",
                found=self.method,
                expected=f"one of {', '.join(map(repr, _METHODS))}",
            )
        return _METHODS[self.method]

"""What a step does to a value on its way into an output column: the one list of effects."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Effect: TypeAlias = Literal[
    "identity",
    "transformation",
    "aggregation",
    "masking",
    "generalization",
    "suppression",
    "pseudonymization",
    "noise",
    "synthesis",
]

HIDING: Final[frozenset[Effect]] = frozenset(get_args(Effect)) - {"identity", "transformation"}
"""The effects of steps that are made to hide the value."""

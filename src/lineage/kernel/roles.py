"""What the columns of a dataset are to the people in it: the words that every feature uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class ColumnRole(StrEnum):
    """What a column can tell about a person (ISO/IEC 20889, HIPAA 164.514).

    Attributes:
        DIRECT_IDENTIFIER: It names a person by itself: a name, an address, a number.
        QUASI_IDENTIFIER: It singles people out together with others, and an attacker may know it.
        SENSITIVE: What an attacker wants to learn.
        NON_SENSITIVE: None of these.
    """

    DIRECT_IDENTIFIER = "direct_identifier"
    QUASI_IDENTIFIER = "quasi_identifier"
    SENSITIVE = "sensitive"
    NON_SENSITIVE = "non_sensitive"


Roles = Mapping[ColumnRole, tuple[str, ...]]
"""The columns of one dataset by their role, in the order they were declared."""


def columns_by_role(declared: Iterable[tuple[str, ColumnRole | None]]) -> Roles:
    """Return columns by role; those without a role are left out.

    Args:
        declared: Name and role of each column.
    """
    found: dict[ColumnRole, tuple[str, ...]] = {}
    for name, role in declared:
        if role is not None:
            found[role] = (*found.get(role, ()), name)
    return found

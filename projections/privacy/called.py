"""Find a release or an erasure by the first characters of its id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.plain import listed

LEAST: Final = 4
"""Characters of an id that are enough."""

_NAMED: Final = 5


def called(name: str, ids: Iterable[str], what: str, *, all_by: str) -> str:
    """Return the one id that begins with what somebody wrote.

    Args:
        name: An id, or at least 4 characters of one.
        ids: All that there are.
        what: What they are, for the message.
        all_by: The command that lists them.

    Raises:
        ConfigurationError: None begins so, several do, or it is too short.
    """
    found = sorted({one for one in ids if one == name or one.startswith(name)})
    if name in found:
        return name
    if len(found) == 1 and len(name) >= LEAST:
        return found[0]
    raise ConfigurationError(
        f"{what} {name!r}",
        problem=f"it could be {listed(found, _NAMED)}" if found else "there is none of that id",
        expected=f"an id, or at least {LEAST} characters of one",
        remedy=f"`{all_by}` lists them",
    )

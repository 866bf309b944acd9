"""What every page says at its top: which project, and what its record is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lineage.kernel.errors import LineageError, safe_message
from lineage.project import Project
from lineage.seals import heads
from lineage.seals.worth import worth
from lineage.web.once import Remembered

WORDS: Final = {
    "unsealed": "not sealed",
    "project": "signed, key in the project",
    "machine": "signed, key on this machine",
    "elsewhere": "signed, key elsewhere",
    "cosigned": "co-signed by a witness",
    "deposited": "head kept outside",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is at the top of a page.

    Attributes:
        name: The name of the project.
        badge: What the record is worth, in a few words.
        level: The same as `lineage.seals.worth` calls it.
        until: Position of the last event that is vouched for.
        head: Position of the last event.
        root: The last signed tree head, as its digest; empty if there is none.
        size: How many events are under it.
    """

    name: str
    badge: str
    level: str
    until: int
    head: int
    root: str = ""
    size: int = 0


_known: Remembered[Standing] = Remembered()


def standing(project: Project) -> Standing:
    """Return what stands at the top, found once for each position of the ledger.

    Raises:
        LedgerError: The history cannot be read.
    """
    head = project.ledger.head()
    return _known.get(project, head, lambda: _standing(project, head))


def _standing(project: Project, head: int) -> Standing:
    try:
        found, last = worth(project), heads.latest(project)
    except LineageError as error:  # a page is shown, and says so
        said = f"cannot be told: {safe_message(error)}"
        return Standing(name=project.root.name, badge=said, level="unsealed", until=0, head=head)
    return Standing(
        name=project.root.name,
        badge=WORDS[found.level],
        level=found.level,
        until=found.until,
        head=head,
        root="" if last is None else last.root_sha256,
        size=0 if last is None else last.size,
    )

"""What a page says of what it withholds or shows, and the way to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from lineage.web import links
from lineage.web.showing.showing import Showing

WITHHELD: Final = "withheld"
"""Key of a document from which something was left out: the sentence that says so."""

_WHAT: Final = "Values, SQL and what programs said are withheld here"
_WHY: Final = "what nobody declared to be harmless counts as sensitive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence, and where it leads.

    Attributes:
        text: The sentence; empty if there is nothing to say.
        link: Where it leads; None for nowhere.
    """

    text: str = ""
    link: links.Link | None = None


def notice_of(found: Showing) -> Notice:
    """Return what a page says of its values."""
    query = urlencode(found.given)
    if found.is_shown:
        until = "" if found.ends_at is None else f"{found.ends_at:%H:%M} UTC"
        again = links.Link("Withhold them", f"{found.page}?{query}")
        return Notice(
            text=f"Values are shown until {until}, on record because: {found.reason}.", link=again
        )
    if not found.has_withheld:
        return Notice()
    if found.subject is None:
        return Notice(text=f"{_WHAT}: the page of a single thing shows them to whoever asks.")
    if found.is_read_only:
        return Notice(
            text=f"{_WHAT}. This server only reads, so nobody's asking can be recorded: use one "
            "that may write, or the command line."
        )
    with links.keeping({}):  # the form is of now
        address = links.address("action", do="show", page=found.page, query=query)
    return Notice(text=f"{_WHAT} until you ask: {_WHY}.", link=links.Link("Show", address))

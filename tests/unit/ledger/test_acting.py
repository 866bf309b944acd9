"""Who is on record when a process acts for somebody."""

from __future__ import annotations

from contextvars import copy_context

from lineage.kernel import host
from lineage.ledger import Ledger
from lineage.ledger.acting import acting


def test_within_the_context_the_actor_is_who_asked(ledger: Ledger) -> None:
    """Name, user and host, as with LINEAGE_ACTOR; after it the actor is as before."""
    with acting("ada"):
        assert ledger.actor == f"ada ({host.login()})"
    assert ledger.actor == "tester@host"


def test_nobody_named_changes_nothing(ledger: Ledger) -> None:
    """Without a name the ledger's own actor counts, or that of the context around it."""
    with acting(None):
        assert ledger.actor == "tester@host"
    with acting("ada"), acting(None):
        assert ledger.actor.startswith("ada (")


def test_other_contexts_act_for_themselves(ledger: Ledger) -> None:
    """What one request does for a user is no other request's."""
    elsewhere = copy_context()
    with acting("ada"):
        assert elsewhere.run(lambda: ledger.actor) == "tester@host"

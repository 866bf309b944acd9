"""Whoever is shown values says why, and each asking is on record once."""

from __future__ import annotations

import pytest

from lineage.domain import DISCLOSURE
from lineage.domain.disclosure import Disclose
from lineage.events import QueryAsked, ValuesDisclosed
from lineage.kernel.errors import CommandRejectedError

SHOWN = ValuesDisclosed(subject_kind="run", subject="r", page="run", reason="a complaint")
ASKED = QueryAsked(query="from runs")


@pytest.mark.parametrize("said", [SHOWN, ASKED])
def test_what_is_asked_for_is_recorded_once(said: ValuesDisclosed | QueryAsked) -> None:
    """A second one belongs to a stream of its own."""
    assert DISCLOSURE.decide(False, Disclose(said=said)) == (said,)
    with pytest.raises(CommandRejectedError, match="on record already"):
        DISCLOSURE.decide(DISCLOSURE.fold([said]), Disclose(said=said))


@pytest.mark.parametrize(
    "said", [SHOWN.model_copy(update={"reason": " "}), ASKED.model_copy(update={"query": ""})]
)
def test_asking_without_words_is_rejected(said: ValuesDisclosed | QueryAsked) -> None:
    """Nothing is shown for no reason."""
    with pytest.raises(CommandRejectedError, match="neither why nor what"):
        DISCLOSURE.decide(False, Disclose(said=said))

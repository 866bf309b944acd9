"""Doing once what a form asks for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.web.once import MOST_KEPT, Once


def test_a_form_sent_many_times_at_once_is_done_once() -> None:
    """All get the address that the first one led to."""
    once, done = Once(), list[int]()
    token = once.token()

    def work() -> str:
        time.sleep(0.05)
        done.append(1)
        return f"run?id={len(done)}"

    with ThreadPoolExecutor(8) as pool:
        addresses = [*pool.map(lambda _: once.do(token, work), range(8))]
    assert addresses == ["run?id=1"] * 8


def test_two_forms_are_two_deeds() -> None:
    """Each form is done, though they ask for the same."""
    once, done = Once(), list[str]()
    for token in (once.token(), once.token()):
        once.do(token, lambda: (done.append(""), "x")[1])
    assert len(done) == 2


def test_what_failed_may_be_tried_again() -> None:
    """An error is not the outcome of a form."""
    once = Once()
    token = once.token()
    with pytest.raises(ZeroDivisionError, match="zero"):
        once.do(token, lambda: str(1 / 0))
    assert once.do(token, lambda: "done") == "done"


@pytest.mark.parametrize("token", ["", "made.up", "ä.ö"])
def test_a_form_of_another_server_is_refused(token: str) -> None:
    """Nobody else can say that a form is new."""
    with pytest.raises(ConfigurationError, match="load it again"):
        Once().do(token, lambda: "done")


def test_few_outcomes_are_kept() -> None:
    """Memory does not grow with the number of forms."""
    once = Once()
    for _ in range(MOST_KEPT + 5):
        once.do(once.token(), lambda: "done")
    assert len(once._outcomes) == MOST_KEPT  # what must not grow

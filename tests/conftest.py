"""What the tests of all layers share: a clock that steps, and a ledger on a file of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from lineage.kernel.clock import SteppingClock
from lineage.ledger import Ledger

# A shell that starts the tests in the background lets them, and what they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A failing `shows` is to say what it found.
pytest.register_assert_rewrite("projection_scenarios")

# The machines that run the tests are shared: a slow example says nothing about the code.
hypothesis.settings.register_profile(
    "lineage", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("lineage")


@pytest.fixture
def clock() -> SteppingClock:
    """A clock that moves on by one second with each reading, from 2026-01-01."""
    return SteppingClock()


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    """Where a ledger file may be made."""
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(ledger_path: Path, clock: SteppingClock) -> Iterator[Ledger]:
    """An empty ledger on a SQLite file."""
    opened = Ledger(f"sqlite://{ledger_path}", clock=clock, actor="tester@host")
    yield opened
    opened.close()

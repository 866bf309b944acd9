"""What the tests of all layers share: a clock that steps, and a ledger on a file of its own."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import s3_server as s3_server_module

from lineage.kernel.clock import SteppingClock
from lineage.ledger import Ledger

# A shell that starts the tests in the background lets them, and what they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Most tests count events; those about seals say themselves when a head is signed.
os.environ["LINEAGE_SEALS"] = "on_demand"

# A failing `shows` is to say what it found.
pytest.register_assert_rewrite("projection_scenarios")

# The machines that run the tests are shared: a slow example says nothing about the code.
hypothesis.settings.register_profile(
    "lineage",
    deadline=None,
    max_examples=30,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("lineage"), max_examples=200
)
hypothesis.settings.load_profile("lineage")


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported, which stays until the end."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let the interpreter clear everything away at its end."""
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let reports of names that are no UTF-8 be sent from the processes that run the tests."""
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case dict():
            return {key: _sendable(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_sendable(item) for item in value)
        case _:
            return value


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


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server, which the environment names for the session."""
    with s3_server_module.serving() as url:
        yield url

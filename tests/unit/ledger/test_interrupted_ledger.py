"""Ctrl-C at any line of an append or a read leaves a ledger that works."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from lineage.events import WarningRaised
from lineage.ledger import Ledger

FILES = ("eventsourcing/persistence.py", "eventsourcing/sqlite.py", "threading.py", "sqlite.py")
"""Where the interrupts come: the pool of connections, and what calls it."""

Act = Callable[[Ledger, int], object]


def append(ledger: Ledger, number: int) -> None:
    """Append one event to a stream of its own."""
    warning = WarningRaised(operation=None, name="x", message="y", details={})
    ledger.append(f"s{number}", [warning], expected_version=0)


def read(ledger: Ledger, _: int) -> None:
    """Read a stream."""
    ledger.read_stream("s0")


@contextmanager
def interrupted_at(line: int) -> Iterator[list[int]]:
    """Send Ctrl-C when so many lines have been executed; yield a list of one item a line."""
    lines: list[int] = []

    def trace(frame: FrameType, what: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith(FILES):
            return None
        if what == "line":
            lines.append(frame.f_lineno)
            if len(lines) == line:
                signal.raise_signal(signal.SIGINT)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("act", [append, read])
def test_ledger_works_after_an_interrupt_anywhere(tmp_path: Path, act: Act) -> None:
    """Nothing stays locked, and an append that was interrupted is there whole or not at all."""
    with Ledger(f"sqlite://{tmp_path}/ledger.db", lock_timeout_s=0.5) as ledger:
        append(ledger, 0)
        with interrupted_at(-1) as lines:
            act(ledger, 1)
        interrupts = 0
        for line in range(1, len(lines) + 1):
            try:
                with interrupted_at(line):
                    act(ledger, 1 + line)
            except KeyboardInterrupt:
                interrupts += 1
            append(ledger, 1000 + line)
            assert len(ledger.read_stream(f"s{1 + line}")) <= 1
        # some lines are executed only while the pool has no connection
        assert interrupts > max(10, 0.9 * len(lines))

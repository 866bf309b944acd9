"""One look at the ledger for all who wait."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from lineage.events import TaskRegistered
from lineage.kernel.errors import LedgerUnavailableError
from lineage.ledger import Ledger
from lineage.web.watch import LOOK_EVERY_S, Watch


class CountedLedger(Ledger):
    """Counts how often somebody looked at its end."""

    looks = 0

    def head(self) -> int:
        """Count, and look."""
        self.looks += 1
        return super().head()


@pytest.fixture
def counted(ledger_path: Path) -> CountedLedger:
    """A ledger with one event."""
    ledger = CountedLedger(f"sqlite://{ledger_path}")
    _append(ledger)
    return ledger


def _append(ledger: Ledger) -> None:
    stream = f"task:t_{time.monotonic_ns()}"
    event = TaskRegistered(
        task_type="test",
        description="",
        version="1.0.0",
        class_name="m:C",
        source_sha256=None,
    )
    ledger.append(stream, [event], expected_version=0)


def test_all_readers_share_the_looks(counted: CountedLedger) -> None:
    """A hundred readers who wait a second cause no more looks than one would."""

    async def act() -> None:
        watch = Watch(counted)
        heads = await asyncio.gather(*(watch.after(1, 2 * LOOK_EVERY_S) for _ in range(100)))
        assert heads == [1] * 100
        assert counted.looks <= 3

    asyncio.run(act())


def test_news_reaches_everybody(counted: CountedLedger) -> None:
    """All who wait get the position of a new event."""

    async def act() -> None:
        watch = Watch(counted)
        waiting = [asyncio.create_task(watch.after(1, 10)) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.to_thread(_append, counted)
        assert await asyncio.gather(*waiting) == [2, 2, 2]

    asyncio.run(act())


def test_nobody_looks_while_nobody_waits(counted: CountedLedger) -> None:
    """Readers who are gone cost nothing."""

    async def act() -> None:
        watch = Watch(counted)
        gone = asyncio.create_task(watch.after(1, 10))
        await asyncio.sleep(0.1)
        gone.cancel()
        await asyncio.sleep(2 * LOOK_EVERY_S)
        before = counted.looks
        await asyncio.sleep(2 * LOOK_EVERY_S)
        assert counted.looks == before

    asyncio.run(act())


def test_closing_lets_everybody_go(counted: CountedLedger) -> None:
    """Whoever waits when it is closed returns at once, without news."""

    async def act() -> None:
        watch = Watch(counted)
        waiting = asyncio.create_task(watch.after(1, 10))
        await asyncio.sleep(0.1)
        await watch.close()
        assert await asyncio.wait_for(waiting, 1) == 1

    asyncio.run(act())


def test_a_ledger_that_cannot_be_read_is_an_error(counted: CountedLedger) -> None:
    """Readers are told, not left to wait."""

    async def act() -> None:
        watch = Watch(counted)
        waiting = asyncio.create_task(watch.after(1, 10))
        await asyncio.sleep(0.1)
        with sqlite3.connect(counted.file or "") as other:
            other.execute("alter table events rename to gone")
        other.close()
        await waiting

    with pytest.raises(LedgerUnavailableError, match="ledger"):
        asyncio.run(act())

"""Look at the head of a ledger once for all who wait for news of it."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.concurrency import run_in_threadpool

from lineage.kernel.errors import LineageError
from lineage.ledger import Ledger

LOOK_EVERY_S: Final = 0.5
"""Seconds between two looks, while somebody waits."""


class Watch:
    """Waits for new events; a ledger is looked at as often for one reader as for many.

    Args:
        ledger: What is looked at.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._head = 0
        self._error: LineageError | None = None
        self._readers = 0
        self._news = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None
        self.is_closed = False

    async def after(self, head: int, timeout_s: float) -> int:
        """Wait until the last event is another one than `head`, and return its position.

        Args:
            head: The position that the caller knows.
            timeout_s: Seconds after which to return without news.

        Raises:
            LineageError: The ledger cannot be read.
        """
        self._readers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: self._is_news(head))
        except TimeoutError:
            return head
        finally:
            self._readers -= 1
        if self._error is not None:
            raise self._error
        return self._head

    async def close(self) -> None:
        """Let everybody go who waits, now and later."""
        self.is_closed = True
        async with self._news:
            self._news.notify_all()

    def _is_news(self, head: int) -> bool:
        return self.is_closed or self._error is not None or self._head not in {0, head}

    async def _look(self) -> None:
        try:
            while self._readers and not self.is_closed:
                before = self._head, self._error
                try:
                    self._head, self._error = await run_in_threadpool(self._ledger.head), None
                except LineageError as error:
                    self._error = error
                if (self._head, self._error) != before:
                    async with self._news:
                        self._news.notify_all()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._looking = None

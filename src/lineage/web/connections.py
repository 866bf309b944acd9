"""Connections that do not wait for ever for a request to end, or for a client to read."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """A connection that is closed when its client keeps the server waiting.

    Without this, whoever opens `MOST_CONNECTIONS` and sends a byte now and then would keep
    everybody else out.

    Attributes:
        REQUEST_S: Seconds in which a request has to arrive, body included.
        READING_S: Seconds in which a client that stopped reading an answer has to go on.
    """

    REQUEST_S: ClassVar[float] = 10
    READING_S: ClassVar[float] = 30
    _timers: dict[float, asyncio.TimerHandle]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._timers = {}
        self._wait(self.REQUEST_S)

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a request, or stop waiting."""
        super().data_received(data)
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            self._wait(self.REQUEST_S)
        else:
            self._stop(self.REQUEST_S)

    def pause_writing(self) -> None:
        """Begin to wait for a client that does not read."""
        super().pause_writing()
        self._wait(self.READING_S)

    def resume_writing(self) -> None:
        """Stop waiting: the client reads."""
        super().resume_writing()
        self._stop(self.READING_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop(self.REQUEST_S)
        self._stop(self.READING_S)
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        """Close the connection after some time, unless a timer runs already."""
        if seconds not in self._timers:
            self._timers[seconds] = self.loop.call_later(seconds, self.transport.abort)

    def _stop(self, seconds: float) -> None:
        timer = self._timers.pop(seconds, None)
        if timer is not None:
            timer.cancel()

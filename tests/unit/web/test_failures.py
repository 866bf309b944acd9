"""What nobody foresaw is answered with our headers, and without quoting data."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from lineage.web.failures import CutOffError, Failures

SCOPE = {"type": "http", "path": "/run", "method": "GET", "headers": []}


def answered(*messages: Message) -> list[Message]:
    """What is sent when an application sends messages, then fails with a cell value."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
        raise ValueError("could not convert 'Ada Lovelace'")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    failures = Failures(application, lambda _, status, said: PlainTextResponse(said, status))
    asyncio.run(failures(SCOPE, receive, send))
    return sent


def test_exception_is_answered_and_logged_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The message may quote a cell."""
    start, body = answered()

    assert start["status"] == 500
    assert b"ValueError" in body["body"]
    assert "/run: ValueError" in caplog.text
    assert b"Ada" not in body["body"]
    assert "Ada" not in caplog.text


def test_answer_that_has_begun_is_cut_off() -> None:
    """A reader is not told that half an answer is a whole one, and the log quotes nothing."""
    with pytest.raises(CutOffError, match=r"^ValueError \(") as raised:
        answered({"type": "http.response.start", "status": 200, "headers": []})

    assert raised.value.__suppress_context__


def test_other_scopes_pass() -> None:
    """Only requests are answered."""
    seen: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    def never(request: Request, status: int, said: str) -> PlainTextResponse:
        raise AssertionError(said)

    asyncio.run(Failures(application, never)({"type": "lifespan"}, _nothing, _ignored))
    assert seen == ["lifespan"]


async def _nothing() -> Message:
    return {}


async def _ignored(message: Message) -> None:
    """Send nothing."""

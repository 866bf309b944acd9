"""What nobody foresaw, answered like every other error: with headers, and without quoting data."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lineage.kernel.errors import safe_message

_log = logging.getLogger(__name__)


class CutOffError(Exception):
    """An answer ends before its end; the server closes the connection."""


class Failures:
    """Middleware that answers exceptions which no handler takes.

    Left to the server they would be answered without our headers, and logged with messages that
    may quote data.

    Args:
        app: What answers.
        answer: Returns the answer to a request, with its status and what to say.
    """

    def __init__(self, app: ASGIApp, answer: Callable[[Request, int, str], Response]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            CutOffError: The answer had begun.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is answered
            said = safe_message(error)
            shown = error if os.environ.get("LINEAGE_DEBUG") else None
            _log.error("%s: %s", scope["path"], said, exc_info=shown)
            if has_begun:
                raise CutOffError(said) from None
            answer = await run_in_threadpool(self._answer, Request(scope), 500, said)
            await answer(scope, receive, send)

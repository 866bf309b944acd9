"""Ask a project for its pages, through the whole application but without a port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from served import Answer
from starlette.types import Message

from lineage.project import Project
from lineage.web import create_app
from lineage.web.access import Access, Proxy

HOST = "127.0.0.1:8000"


class Pages:
    """The pages of a project, for a browser that has opened its address."""

    def __init__(
        self, project: Project, *, is_read_only: bool = False, proxy: Proxy | None = None
    ) -> None:
        self.project = project
        access = Access(hosts=frozenset({HOST}), is_read_only=is_read_only, proxy=proxy)
        self._app = create_app(project, access)
        self._cookie = f"{access.cookie}={access.admit(access.token)}"

    def html(self, page: str, status: int = 200, **parameters: object) -> str:
        """Return a page; it has the status."""
        return self._get(page, status, parameters).body.decode()

    def json(self, page: str, status: int = 200, **parameters: object) -> Any:
        """Return the document of a page; it has the status."""
        return json.loads(self._get(f"{page}.json", status, parameters).body)

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request with the cookie of the session.

        Args:
            path: Path and query.
            method: The method.
            body: What is sent.
            headers: Further headers.
        """
        name, _, query = path.partition("?")
        sent = {"host": HOST, "cookie": self._cookie, **(headers or {})}
        scope = {
            "type": "http",
            "method": method,
            "path": name,
            "raw_path": name.encode(),
            "query_string": query.encode(),
            "headers": [(key.encode(), value.encode()) for key, value in sent.items()],
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50_000),
            "root_path": "",
            "http_version": "1.1",
        }
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        asyncio.run(self._app(scope, receive, send))
        start = messages[0]
        return Answer(
            status=start["status"],
            headers={key.decode(): value.decode() for key, value in start["headers"]},
            body=b"".join(message.get("body", b"") for message in messages[1:]),
        )

    def _get(self, page: str, status: int, parameters: Mapping[str, object]) -> Answer:
        query = urlencode({name: str(value) for name, value in parameters.items()})
        answer = self.ask(f"/{page}?{query}")
        assert answer.status == status, answer.body.decode()
        return answer


@contextmanager
def pages_of(root: Path, *, is_read_only: bool = False) -> Iterator[Pages]:
    """Open a project and ask for its pages."""
    with Project.open(root) as project:
        yield Pages(project, is_read_only=is_read_only)

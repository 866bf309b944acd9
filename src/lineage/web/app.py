"""The application: each page at its address, its document beside it, and what errors look like."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lineage.kernel.errors import (
    CommandRejectedError,
    ConfigurationError,
    DatasetNotFoundError,
    LineageError,
    MomentError,
    QueryError,
    RunNotFoundError,
    TaskNotFoundError,
    safe_message,
)
from lineage.kernel.values import document_text
from lineage.project import Project
from lineage.web import actions, live, rendering
from lineage.web.access import Access, Guard
from lineage.web.asked import Asked, asked
from lineage.web.failures import Failures
from lineage.web.headers import IMMUTABLE, Headers
from lineage.web.page import Download, Page
from lineage.web.pages import FILES, PAGES, QUESTIONS, Late
from lineage.web.showing.notice import WITHHELD, notice_of
from lineage.web.standing import standing
from lineage.web.watch import Watch

_log = logging.getLogger(__name__)

_STATUSES: Final[dict[type[LineageError], int]] = {
    DatasetNotFoundError: 404,
    RunNotFoundError: 404,
    TaskNotFoundError: 404,
    MomentError: 400,
    QueryError: 400,
    ConfigurationError: 400,
    CommandRejectedError: 409,
}


def create_app(project: Project, access: Access) -> Starlette:
    """Return the application of a project, for any ASGI server; it does not close the project.

    Args:
        project: What it shows.
        access: Who may ask; there is no application without it.
    """
    routes = [Route("/static/{name:path}", _static)]
    for name, page in PAGES.items():
        routes.append(Route(f"/{name}", _html_of(page)))
        routes.append(Route(f"/{name or 'overview'}.json", _json_of(page)))
    routes += [Route(f"/{name}", _file_of(file)) for name, file in FILES.items()]
    routes.append(Route("/live-events", live.stream))
    routes.append(Route("/act", actions.act, methods=["POST"]))
    routes += [
        Route(f"/{name}", _answer_of(form), methods=["POST"]) for name, form in QUESTIONS.items()
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Headers),
            Middleware(Failures, answer=_error),
            Middleware(Guard, access=access),
        ],
        exception_handlers={404: _not_found, 405: _not_found, LineageError: _failed},
    )
    app.router.redirect_slashes = (
        False  # it would lead to an address with our scheme, not a proxy's
    )
    app.state.project = project
    app.state.access = access
    app.state.watch = Watch(project.ledger)
    return app


def _html_of(page: Late) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        with _asked(request) as question:
            return _html(request, question, page.builder()(question))

    return answer


def _asked(request: Request) -> AbstractContextManager[Asked]:
    state = request.app.state
    return asked(state.project, request, is_read_only=state.access.is_read_only)


def _html(request: Request, question: Asked, page: Page) -> Response:
    return rendering.html(
        request,
        page.template,
        page=page,
        sections=page.sections,
        asked=question,
        standing=standing(question.project),
        notice=notice_of(question.showing),
        json_address=_json_address(request),
        **page.values,
    )


def _answer_of(form: Late) -> Callable[[Request], Awaitable[Response]]:
    def respond(request: Request, fields: dict[str, str]) -> Response:
        with _asked(request) as question:
            answer = form.answerer()(replace(question, parameters=question.parameters | fields))
            if isinstance(answer, Page):
                return _html(request, question, answer)
        return _file(answer)

    async def answer(request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        return await run_in_threadpool(respond, request, dict(parse_qsl(body)))

    return answer


def _file_of(file: Late) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        with _asked(request) as question:
            found = file.answerer()(question)
            return _file(found) if isinstance(found, Download) else _html(request, question, found)

    return answer


def _file(found: Download) -> Response:
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"content-disposition": f'attachment; filename="{found.name}"'},
    )


def _json_of(page: Late) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        with _asked(request) as question:
            document = dict(page.builder()(question).document)
            if question.showing.has_withheld:
                document[WITHHELD] = notice_of(question.showing).text
            text = document_text(document)
        return Response(text, media_type="application/json")

    return answer


def _json_address(request: Request) -> str:
    name = request.scope["path"].rpartition("/")[2] or "overview"
    query = request.url.query
    return f"{name}.json" + (f"?{query}" if query else "")


def _static(request: Request) -> Response:
    found = rendering.static_files().get(request.path_params["name"])
    if found is None:
        return Response("no such file\n", 404, media_type="text/plain")
    name, content = found
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"cache-control": IMMUTABLE})


async def _not_found(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return _error(request, status, "There is no such page.")


async def _failed(request: Request, error: Exception) -> Response:
    status = next((s for kind, s in _STATUSES.items() if isinstance(error, kind)), 500)
    if status == 500:  # noqa: PLR2004  # an error of the server
        _log.error("%s: %s", request.scope["path"], safe_message(error))
    return await run_in_threadpool(_error, request, status, safe_message(error))


def _error(request: Request, status: int, message: str) -> Response:
    if request.scope["path"].endswith(".json"):
        return JSONResponse({"error": message}, status)
    phrase = HTTPStatus(status).phrase
    return rendering.html(request, "error.html", status, message=message, phrase=phrase)

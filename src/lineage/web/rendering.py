"""Make HTML of pages, with the nonce of the answer and the names of the static files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from lineage import __version__
from lineage.kernel.digest import sha256_bytes
from lineage.web.access import path_of
from projections.graph_formats import component
from projections.pages.environment import html_environment

NAVIGATION: Final = (
    ("Overview", "./"),
    ("Runs", "runs"),
    ("Lineage", "graph"),
    ("Datasets", "datasets"),
    ("Columns", "columns"),
    ("Releases", "releases"),
    ("Policies", "policies"),
    ("Proof", "proof"),
    ("Erasures", "erasures"),
    ("Trends", "processes"),
    ("Events", "events"),
    ("SQL", "sql"),
    ("Settings", "settings"),
)
"""The pages that every page leads to: their names and addresses."""

FILES: Final = ("app.css", "app.js", "vendor/htmx-4.0.1.bundle.js")
_HASH: Final = 10
_GRAPH: Final = (component.LIBRARY, component.SCRIPT, component.STYLE)
"""Files of the graph, which pages without a server have in them."""


def html(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page.

    Args:
        request: Its nonce and path are used.
        template: A file in `templates`.
        status: Status of the answer.
        values: What the template shows.
    """
    path = path_of(request)
    here = path.rpartition("/")[2] or "./"
    text = (
        _environment()
        .get_template(template)
        .render(
            nonce=request.state.nonce,
            here=here,
            up="../" * (path.count("/") - 1),
            navigation=NAVIGATION,
            version=__version__,
            **values,
        )
    )
    return HTMLResponse(text, status)


def part(template: str, **values: Any) -> str:
    """Return a part of a page that is loaded already.

    Args:
        template: A file in `templates`.
        values: What the template shows.
    """
    return _environment().get_template(template).render(**values)


@cache
def static_files() -> Mapping[str, tuple[str, bytes]]:
    """Return the files that browsers may keep for good, by addresses that name their content.

    Returns:
        Address below `static/` to the name of the file and its bytes.
    """
    folder = resources.files("lineage.web").joinpath("static")
    found = {name: folder.joinpath(name).read_bytes() for name in FILES}
    found |= {name: component.asset(name).encode() for name in _GRAPH}
    return {_hashed(name, content): (name, content) for name, content in found.items()}


@cache
def _environment() -> jinja2.Environment:
    environment = html_environment("lineage.web", "projections.pages")
    addresses = {name: f"static/{address}" for address, (name, _) in static_files().items()}
    environment.globals |= {"static": addresses, "markup": Markup}
    return environment


def _hashed(name: str, content: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{sha256_bytes(content)[:_HASH]}.{suffix}"

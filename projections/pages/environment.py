"""Where templates are loaded from, and how every value in them is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from projections.graph_formats.component import policy_hash
from projections.html_table import cell_text, html_table
from projections.pages import markdown
from projections.pages.cells import Table

if TYPE_CHECKING:
    import networkx as nx


def render_html(template: str, **values: Any) -> str:
    """Return a page or fragment in HTML; values are escaped unless they are markup.

    Args:
        template: A file in `templates`.
        values: What it shows.
    """
    return _html().get_template(template).render(**values)


def render_markdown(template: str, **values: Any) -> str:
    """Return a page in Markdown; values are escaped, see `projections.pages.markdown`.

    Args:
        template: A file in `templates`.
        values: What it shows.
    """
    return _markdown().get_template(template).render(**values)


@dataclass(frozen=True, slots=True)
class Style:
    """A style of one page, beside that of all.

    Attributes:
        text: The style.
        policy: What lets the page use it.
    """

    text: Markup
    policy: str


def styled(text: str) -> Style:
    """Return a style of our own, which has nothing in it that somebody else chose."""
    return Style(Markup(text), policy_hash(text))  # noqa: S704  # as its callers promise


def html_environment(*packages: str) -> jinja2.Environment:
    """Return an environment that escapes every value, with functions for tables and pictures.

    Args:
        packages: Where templates are, in a folder `templates`; the first that has one counts.
    """
    environment = _environment(
        *packages,
        autoescape=True,
        finalize=lambda value: value if hasattr(value, "__html__") else cell_text(value),
    )
    environment.globals |= {"table": _html_table, "picture": _picture}
    return environment


@cache
def _html() -> jinja2.Environment:
    style = resources.files("projections.pages").joinpath("templates/style.css").read_text("utf-8")
    environment = html_environment("projections.pages")
    environment.globals |= {
        "style": Markup(style),  # noqa: S704  # a file of this package
        "style_policy": policy_hash(style),
    }
    return environment


@cache
def _markdown() -> jinja2.Environment:
    environment = _environment("projections.pages", autoescape=False, finalize=markdown.escaped)
    environment.globals |= {"table": lambda table: Markup(markdown.table(table))}  # noqa: S704  # escaped
    return environment


def _environment(*packages: str, **options: Any) -> jinja2.Environment:
    return jinja2.Environment(  # noqa: S701  # HTML is escaped by jinja2, Markdown by `finalize`
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package) for package in packages]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )


def _html_table(table: Table) -> Markup:
    return Markup(  # noqa: S704  # its texts are escaped
        html_table(table.headings, table.rows, caption=table.caption, more=table.more)
    )


def _picture(graph: nx.DiGraph) -> Markup:
    from projections.graph_formats import svg  # noqa: PLC0415  # start-up time

    return Markup(svg.picture(graph))  # noqa: S704  # its texts are escaped

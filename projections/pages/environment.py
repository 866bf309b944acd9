"""Where templates are loaded from, and how every value in them is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from projections.html_table import cell_text, html_table
from projections.pages.cells import Table


def render_html(template: str, **values: Any) -> str:
    """Return a template of this package with values, always the same for the same values."""
    return _html().get_template(template).render(**values)


@cache
def _html() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("projections.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if hasattr(value, "__html__") else cell_text(value),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["table"] = _table
    return environment


def _table(table: Table) -> Markup:
    return Markup(  # noqa: S704  # its texts are escaped
        html_table(table.headings, table.rows, caption=table.caption, more=table.more)
    )

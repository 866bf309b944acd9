"""The picture of a graph in a page: what a browser draws, and the same answer as tables.

A page that a file holds and a page that is served have the same component. Its script, its style
and the library that draws are in `assets`; a page that has them shows what `component` returns.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

from lineage.kernel.digest import sha256_bytes
from projections.graph_formats import boxes
from projections.graph_formats.boxes import Colour, Drawing
from projections.graph_formats.tables import Exports, data, tables, text_of

LIBRARY: Final = "vendor/cytoscape-3.35.0.min.js"
SCRIPT: Final = "graph.js"
"""What the files in `assets/script` are together."""
STYLE: Final = "graph.css"

_PARTS: Final = (
    "looks",
    "elements",
    "reach",
    "tables",
    "moments",
    "clock",
    "map",
    "picture",
    "facts",
    "graph",
)
_TOOLS: Final = (
    ("closer", "+", "Zoom in"),
    ("farther", "-", "Zoom out"),
    ("natural", "1:1", "Natural size"),
    ("fit", "Fit", "Show all of it"),
    ("clear", "Clear", "Choose nothing"),
)
_LEGEND: Final = (
    ("file", "file"),
    ("step", "step: a task, a run or an operation"),
    ("group", "group of files or steps"),
    ("stub", "how much lies beyond, or is hidden"),
    ("asked", "asked about"),
    ("unknown", "hatched: not known, undeclared, erased or not on disk"),
    ("direct", "direct identifier"),
    ("quasi", "quasi-identifier"),
    ("sensitive", "sensitive"),
    ("special", "special category"),
    ("stopped", "outlined: an operation hid the values"),
    ("dashed", "dashed: assumed, or it only chose rows or values"),
    ("stops", "double line: this step hides values"),
    ("carries", "thick: carries the columns that are followed"),
)
_COLOURS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "status": (
        ("fine", "green: succeeded, released"),
        ("open", "yellow: running, interrupted, stale, erased or not on disk"),
        ("wrong", "red: failed, release refused"),
        ("plain", "grey: no status"),
    ),
    "exposure": (
        ("wrong", "red: such columns still show"),
        ("open", "yellow: not known"),
        ("fine", "green: protected"),
        ("plain", "grey: no columns of people on record"),
    ),
    "class": (
        ("open", "yellow: nobody classified the columns"),
        ("plain", "grey: no columns of people on record"),
    ),
}
"""What colours of boxes say, beside the words on the boxes."""

_KEYS: Final = (
    "Keys, once the picture has the focus: arrows move it, + and - zoom, 1 is natural size, 0 "
    "shows all. Shift with an arrow chooses the source to the left, the result to the right, or "
    "the box above or below. Enter goes to what is known of it, Escape back. S and R show one step "
    "more to its sources or results, with Shift all of them."
)


def component(
    drawings: Mapping[str, Drawing],
    *,
    title: str,
    colour: Colour = "kind",
    is_served: bool = False,
    exports: Exports | None = None,
) -> str:
    """Return the component as markup whose texts are escaped.

    Args:
        drawings: Views of one answer by their names; the first is shown at first.
        title: What it shows, for those who do not see it.
        colour: What colours of boxes say.
        is_served: Whether the page is served, so that it can be asked for more, and for a past.
        exports: Where the tables are files; None if the script of the page makes them.
    """
    views = [*drawings]
    about = text_of(f"{title}. The tables below have the same answer.")
    return "\n".join(
        [
            f'<div class="graph" data-views="{len(views)}"{" data-served" if is_served else ""}>',
            *_toolbar(views),
            '<div class="graph-stage">',
            '<div class="graph-picture" tabindex="0" role="application"',
            f'aria-label="{about}"></div>',
            '<svg class="graph-map" aria-hidden="true" width="180" height="120"></svg>',
            '<div class="graph-facts" aria-live="polite" hidden></div>',
            "</div>",
            *_clock(is_served=is_served),
            "<noscript><p>The picture needs scripts; the tables do not.</p></noscript>",
            '<details class="graph-legend"><summary>What the picture means</summary><ul>',
            *(_key(look, text) for look, text in (*_LEGEND, *_COLOURS.get(colour, ()))),
            f"</ul><p>{_KEYS}</p></details>",
            *(_view(name, number, drawings[name], exports) for number, name in enumerate(views)),
            "</div>",
        ]
    )


@cache
def asset(name: str) -> str:
    """Return a file that the component needs: `LIBRARY`, `SCRIPT` or `STYLE`."""
    folder = resources.files("projections.graph_formats").joinpath("assets")
    if name != SCRIPT:
        return folder.joinpath(name).read_text("utf-8")
    parts = [folder.joinpath("script", f"{part}.js").read_text("utf-8") for part in _PARTS]
    return "\n".join(['"use strict";', "(() => {", *parts, "})();", ""])


def policy_hash(text: str) -> str:
    """Return what a content security policy calls a script or style that it allows."""
    digest = bytes.fromhex(sha256_bytes(text.encode()))
    return f"sha256-{base64.b64encode(digest).decode()}"


def _toolbar(views: Sequence[str]) -> Iterator[str]:
    yield '<div class="graph-tools" role="toolbar" aria-label="Picture">'
    if len(views) > 1:
        for number, name in enumerate(views):
            pressed = "true" if number == 0 else "false"
            yield (
                f'<button type="button" data-view="{number}" aria-pressed="{pressed}">'
                f"{text_of(name)}</button>"
            )
    for name, text, words in _TOOLS:
        yield (
            f'<button type="button" data-tool="{name}" title="{words}" aria-label="{words}">'
            f"{text}</button>"
        )
    yield (
        '<label>Find <input type="search" class="graph-find" autocomplete="off" '
        'spellcheck="false" maxlength="200"></label>'
    )
    yield '<span class="graph-found" aria-live="polite"></span></div>'


def _clock(*, is_served: bool) -> Iterator[str]:
    """Yield the slider over the moments at which what is drawn came to be."""
    yield '<div class="graph-clock" role="group" aria-label="Moment" hidden>'
    yield '<button type="button" data-clock="before">Earlier</button>'
    yield '<label>Moment <input type="range" min="0" max="0" step="1"></label>'
    yield '<button type="button" data-clock="after">Later</button>'
    yield '<label>Clock <select><option value="0">as it happened</option>'
    yield '<option value="1">as it was recorded</option></select></label>'
    yield '<output class="graph-moment">Now</output>'
    if is_served:
        yield '<a href="graph" hidden>This page as of then</a>'
    yield "</div>"


def _key(look: str, text: str) -> str:
    return f'<li><span class="key {look}"></span> {text}</li>'


def _view(name: str, number: int, shown: Drawing, exports: Exports | None) -> str:
    about = f'aria-label="{text_of(name)}"{" hidden" if number else ""}'
    return "\n".join(
        [
            f'<section class="graph-view" data-view="{number}" {about}>',
            f'<p class="graph-summary">{text_of(shown.summary)}</p>',
            data(boxes.to_document(shown)),
            *tables(shown, exports),
            "</section>",
        ]
    )

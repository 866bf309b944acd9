"""Draw the picture of the README from a run of the demo, so that it shows what a reader will see.

Usage: python docs/pictures.py [PROJECT]

PROJECT is a folder in which `lineage demo` has run; without one, the demo runs in a temporary
folder. Colours follow the reader's light or dark theme.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Final

import networkx as nx

from lineage.cli.commands.project import demo
from lineage.demo import template
from lineage.project import Project
from projections.catalog import Catalog
from projections.dependency_graph import Asked
from projections.dependency_graph.asking import ask
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.processes.pipeline_summary import build_pipeline_summary
from projections.graph_formats import labels
from projections.graph_formats.svg import PAINTS

PICTURE: Final = Path(__file__).parent / "images/demo.svg"
RELEASE: Final = "people_anonymized.parquet"
HIDDEN: Final = "people.parquet:ssn"
"""A column of which nothing may be left in the release."""

WIDTH, HEIGHT = 880, 500
BOX_WIDTH, BOX_HEIGHT, BOX_STEP = 250, 42, 60
LEFT, TABLE, TOP, ROW, LINE = 24, 318, 62, 24, 18
BEFORE, AFTER = 744, 856
"""Right ends of the two columns of numbers."""
MOST_ROWS: Final = 10

HEAD: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} \
{height}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" \
font-size="13">
<title id="title">The demo: where the release came from, and what it reveals</title>
<desc id="desc">{description}</desc>
<style>
svg {{ --paper: #fff; --ink: #1f2328; --quiet: #59636e; --rule: #d1d9e0; --alarm: #a13a00; }}
@media (prefers-color-scheme: dark) {{
svg {{ --paper: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --rule: #3d444d; --alarm: #f0a070; }}
}}
text {{ fill: var(--ink); }}
.quiet {{ fill: var(--quiet); font-size: 11px; }}
.heading {{ font-size: 15px; font-weight: 600; }}
.number {{ text-anchor: end; font-variant-numeric: tabular-nums; }}
.alarm {{ fill: var(--alarm); font-size: 12px; }}
.code {{ font-family: ui-monospace, monospace; font-size: 11px; }}
line, path {{ stroke: var(--rule); fill: none; }}
.step {{ stroke: var(--quiet); stroke-width: 1.5; }}
</style>
<rect x=".5" y=".5" width="{inner_width}" height="{inner_height}" rx="8" fill="var(--paper)" \
stroke="var(--rule)"/>"""


def picture(project: Project) -> str:
    """Return the picture of a demo project as SVG.

    Args:
        project: A project in which the demo has run.
    """
    with project.catalog() as catalog:
        lines = [*_graph(catalog), *_table(catalog), *_answer(catalog)]
    description = (
        f"Left: each file and operation that led to {RELEASE}. Right: a table of measures of "
        "risk and utility before and after, and a question answered."
    )
    head = HEAD.format(
        width=WIDTH,
        height=HEIGHT,
        inner_width=WIDTH - 1,
        inner_height=HEIGHT - 1,
        description=description,
    )
    return "\n".join([head, *lines, "</svg>"]) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the picture."""
    with TemporaryDirectory() as folder:
        root = Path(*arguments) if arguments else Path(folder)
        if not arguments:
            demo(root)
        with Project.open(root) as project:
            PICTURE.write_text(picture(project), encoding="utf-8", newline="\n")
    return 0


def _graph(catalog: Catalog) -> Iterator[str]:
    graph = ask(catalog, Asked(question="upstream", names=(RELEASE,)))
    yield _text(LEFT, 34, "Where did this file come from?", "heading")
    for number, node in enumerate(nx.topological_sort(graph)):
        top = TOP + number * BOX_STEP
        if number:
            middle = LEFT + BOX_WIDTH / 2
            yield (
                f'<path class="step" d="M{middle:g} {top - BOX_STEP + BOX_HEIGHT}V{top - 2}'
                f'M{middle - 4:g} {top - 7}L{middle:g} {top - 2}L{middle + 4:g} {top - 7}"/>'
            )
        yield from _box(top, node, graph)


def _box(top: int, node: str, graph: nx.DiGraph) -> Iterator[str]:
    data = graph.nodes[node]
    paint = PAINTS[data["kind"]]
    heading, facts = labels.short_lines_of(node, data)
    if data["kind"] == "operation":  # the id of its run is another one each time
        facts = f"{data['task_id']}, {data['status']}"
    yield (
        f'<rect x="{LEFT}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" '
        f'rx="{paint.corner}" fill="{paint.line}" fill-opacity=".14" stroke="{paint.line}" '
        f'stroke-width="{3 if node in labels.asked_about(graph) else 1.5}"/>'
    )
    yield _text(LEFT + 14, top + 18, heading)
    yield _text(LEFT + 14, top + 34, facts, "quiet")


def _table(catalog: Catalog) -> Iterator[str]:
    released = build_pipeline_summary(catalog, template.TASK_IDS)["runs"][-1]
    yield _text(TABLE, 34, "What does it reveal?", "heading")
    yield _text(BEFORE, 34, "before", "quiet number")
    yield _text(AFTER, 34, "after", "quiet number")
    (effect,) = build_privacy_effect(catalog, released["run_id"])
    rows = [row for row in effect["measures"] if row["before"] is not None][:MOST_ROWS]
    for number, row in enumerate(rows):
        base = TOP + 16 + number * ROW
        yield f'<line x1="{TABLE}" x2="{AFTER}" y1="{base - 17}" y2="{base - 17}"/>'
        yield _text(TABLE, base, row["measure"])
        yield _text(BEFORE, base, row["before_text"], "number")
        yield _text(AFTER, base, row["after_text"], "number")
    base = TOP + 24 + len(rows) * ROW
    first = released["warnings"][0]["message"].rpartition(";")[0]
    for number, line in enumerate(wrap(f"warning: {first}", 80)):
        yield _text(TABLE, base + number * LINE, line, "alarm")


def _answer(catalog: Catalog) -> Iterator[str]:
    asked = Asked(question="path", names=(HIDDEN, RELEASE), columns=True)
    answer = ask(catalog, asked).graph["answer"]
    yield _text(TABLE, 418, "Is anything of the SSN still in it?", "heading")
    yield _text(TABLE, 442, f"$ lineage graph --columns --path {HIDDEN} {RELEASE}", "code")
    yield _text(TABLE, 464, f"answer: {answer}", "code")


def _text(x: float, y: float, words: str, style: str = "") -> str:
    classes = f' class="{style}"' if style else ""
    return f'<text x="{x}" y="{y}"{classes}>{escape(words)}</text>'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

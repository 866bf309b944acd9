"""The page about the operations that come with the product."""

from __future__ import annotations

from typing import Final

from ops import registry
from ops.description import OperationDescription, describe
from reference_pages.markdown import anchor, code, page, prose, table

_INTRODUCTION: Final = """
The operations that come with the product. A task adds one by its name and gives it parameters:
`self.add_operation("ProfileOperation", dataset_name="people")`. `lineage operations` lists these
and those of your project, `lineage operations NAME` describes one.

A metric `a.b` is `b` in the group `a`. Paths of files are relative to the task's folder; a name in
braces is the parameter, or the default that its meaning tells. An effect says what happened to a
value on its way into an output column.
"""


def pages() -> dict[str, str]:
    """Return the page of all built-in operations."""
    found = [describe(registry.resolve(name)) for name in registry.built_in()]
    found.sort(key=lambda description: description.name)
    overview = [(f"[`{d.name}`](#{anchor(d.name)})", d.summary) for d in found]
    lines = [*table(("operation", "what it does"), overview)]
    for description in found:
        lines += _section(description)
    return {"reference/operations.md": page("Operations", _INTRODUCTION, lines)}


def _section(described: OperationDescription) -> list[str]:
    lines = [f"## {described.name}", "", prose(described.summary), ""]
    lines += [prose(described.details), ""] if described.details else []
    parameters = [
        (
            code(p.name),
            code(p.type),
            "required" if p.default is None else code(p.default),
            p.meaning,
        )
        for p in described.parameters
    ]
    columns = [(c.columns, " or ".join(c.effects), c.meaning) for c in described.columns]
    lines += table(("parameter", "type", "default", "meaning"), parameters)
    for heading, about, entries in (
        ("metric", "meaning", described.metrics),
        ("file", "what it holds", described.files),
        ("warning", "when", described.warnings),
    ):
        named = [(f"`{name}`", meaning) for name, meaning in entries.items()]
        lines += table((heading, about), named)
    return lines + table(("output columns", "effect", "from"), columns)

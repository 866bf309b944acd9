"""An audit as one page, for a person who knows the law and no SQL: to read, print and mail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from projections.pages import audit_story, audit_workings
from projections.pages.environment import render_html, styled
from projections.pages.section import Section

SECTIONS: Final[Sequence[Callable[[Mapping[str, Any]], Section | None]]] = (
    audit_story.who,
    audit_story.datasets,
    audit_story.flows,
    audit_story.decisions,
    audit_story.risk,
    audit_story.budget,
    audit_workings.operations,
    audit_workings.runs,
    audit_workings.files,
    audit_workings.record,
    audit_workings.checklist,
)
"""In the order of the page."""


def sections_of(audit: Mapping[str, Any]) -> list[Section]:
    """Return the parts of an audit, in the order of the page."""
    return [section for make in SECTIONS if (section := make(audit)) is not None]


def stamp(size: int, root_sha256: str) -> str:
    """Return the style that prints a tree head at the foot of every page.

    Args:
        size: Number of events under it.
        root_sha256: Its digest, in hexadecimal digits.
    """
    said = f"tree head over {size:,} events: {bytes.fromhex(root_sha256).hex()}"
    return f'@page{{@bottom-left{{content:"{said}"}}}}'


def audit_page(audit: Mapping[str, Any], sha256: str) -> str:
    """Return the page of an audit, always the same for the same document.

    Args:
        audit: A document of `projections.audit.document.build_audit`.
        sha256: Digest of its JSON.
    """
    head = {name: audit[name] for name in ("format", "position", "scope")}
    return render_html(
        "audit.html",
        audit=audit,
        sha256=sha256,
        head=json.dumps(head, ensure_ascii=True, sort_keys=True),
        sections=sections_of(audit),
        stamp=styled(stamp(audit["position"], audit["tree_head"]["root_sha256"])),
    )

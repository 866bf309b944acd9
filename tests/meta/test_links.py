"""Links between the pages of the project lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "DATA/README.md",
    ROOT / "DATA/raw/README.md",
]
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:href|src|srcset)=\"([^\"]+)\"")
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """Return the anchors that the hosts of repositories give a page's headings."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-").lower() for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_of_a_page_lead_to_a_file_and_a_heading(page: Path) -> None:
    """No page sends its reader to a file or a heading that is not there."""
    broken = []
    for target in ("".join(found) for found in _LINK.findall(page.read_text("utf-8"))):
        address, _, anchor = target.partition("#")
        file = (page.parent / address) if address else page
        if ":" in address:
            continue
        is_there = file.exists() and (not anchor or anchor in _anchors(file))
        broken += [] if is_there else [target]

    assert broken == []

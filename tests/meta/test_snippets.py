"""What README and docs show is run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from snippets import RUN_LANGUAGES, Session, SnippetError, blocks

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN_LANGUAGES = frozenset({"json", "mermaid", "sql", "text", "toml", "yaml"})


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_code_blocks_of_a_page_work(page: Path, tmp_path: Path) -> None:
    """Every Python and console block of a page does what the page says."""
    runnable = [b for b in blocks(page.read_text("utf-8")) if b.language in RUN_LANGUAGES]
    if any(b.language != "python" for b in runnable) and shutil.which("bash") is None:
        # the Python blocks of such a page rely on what its console blocks make
        pytest.skip("the console blocks need bash, which Windows may lack")
    session = Session(tmp_path)
    for block in runnable:
        try:
            session.run(block)
        except SnippetError as error:
            pytest.fail(f"{_name(page)}:{block.line}\n{error}", pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_code_blocks_name_their_language(page: Path) -> None:
    """No block escapes being run by having no language or an unusual name for it."""
    languages = {block.language for block in blocks(page.read_text("utf-8"))}

    assert languages <= RUN_LANGUAGES | SHOWN_LANGUAGES

from __future__ import annotations

from pathlib import Path

import pytest
from snippets import Block, Session, SnippetError, blocks


def _run(markdown: str, folder: Path) -> Session:
    session = Session(folder)
    for block in blocks(markdown):
        session.run(block)
    return session


def test_fences_are_found_with_line_language_and_mark() -> None:
    """A block knows where it stands, its language, and the comment before it."""
    text = (
        "# T\n\n<!-- not run: needs a server -->\n```sh\na\n```\n\n"
        "- b\n\n  ```python\n  c = 1\n  ```\n"
    )

    assert list(blocks(text)) == [
        Block(line=4, language="sh", text="a\n", mark="not run"),
        Block(line=10, language="python", text="c = 1\n", mark=None),
    ]


def test_comment_before_another_paragraph_is_no_mark() -> None:
    """A mark counts only directly before its fence."""
    text = "<!-- not run: x -->\nwords\n\n```sh\na\n```\n"

    assert [block.mark for block in blocks(text)] == [None]


def test_python_blocks_share_names_and_the_shells_folder(tmp_path: Path) -> None:
    """Names of one block are known in the next, and files lie where the shell stands."""
    text = (
        "```sh\nmkdir inner\ncd inner\n```\n```python\na = 1\n```\n"
        "```python\nfrom pathlib import Path\nPath('x').write_text(str(a + 1))\n```\n"
        "```console\n$ cat x\n2\n```\n"
    )

    _run(text, tmp_path)

    assert (tmp_path / "inner/x").read_text() == "2"


def test_variables_live_from_block_to_block(tmp_path: Path) -> None:
    """What a block exports is there in the next one."""
    _run("```sh\nexport A=1\n```\n```console\n$ echo $A\n1\n```\n", tmp_path)


def test_three_dots_stand_for_any_output(tmp_path: Path) -> None:
    """A wildcard covers the part of the output that changes from run to run."""
    _run("```console\n$ echo run 4711 succeeded\nrun ... succeeded\n```\n", tmp_path)


def test_command_may_go_on_in_the_next_line(tmp_path: Path) -> None:
    """A backslash joins lines, with or without the shell's second prompt."""
    _run("```console\n$ echo a \\\n>   b\na b\n```\n", tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```console\n$ echo a\nb\n```\n", "expected:\nb"),
        ("```console\n$ false\n```\n", "ended with 1"),
        ("```sh\nfalse\ntrue\n```\n", "ended with 1"),
        ("<!-- fails: so it says -->\n```console\n$ true\n```\n", "ended with 0"),
    ],
    ids=["other output", "failure", "failure inside a script", "success against the mark"],
)
def test_wrong_console_block_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    """A command that does something else than the text says fails the test."""
    with pytest.raises(SnippetError, match=message):
        _run(text, tmp_path)


def test_wrong_python_block_is_an_error(tmp_path: Path) -> None:
    """An exception of a Python block is not swallowed."""
    with pytest.raises(ZeroDivisionError):
        _run("```python\n1 / 0\n```\n", tmp_path)


def test_block_marked_not_run_is_left_out(tmp_path: Path) -> None:
    """The mark with its reason keeps a block from running."""
    _run("<!-- not run: no network here -->\n```sh\nfalse\n```\n", tmp_path)


def test_settings_of_the_developer_do_not_reach_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LINEAGE_PROJECT of the caller does not lead a snippet to the caller's project."""
    monkeypatch.setenv("LINEAGE_PROJECT", "elsewhere")

    _run("```console\n$ echo [$LINEAGE_PROJECT]\n[]\n```\n", tmp_path)

"""Streams keep their names, or the history of earlier releases would not be found."""

from __future__ import annotations

import pytest

from lineage.events import streams


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (streams.run("r"), "run:r"),
        (streams.task("t_1"), "task:t_1"),
        (streams.process("2026", "ocr"), "process:2026/ocr"),
        (streams.log_import("i"), "import:i"),
        (streams.comparison("c"), "comparison:c"),
        (streams.key("k"), "key:k"),
        (streams.release("x"), "release:x"),
        (streams.erasure("x"), "erasure:x"),
        (streams.classifications("people"), "dataset:people"),
        (streams.SEALS, "ledger:seals"),
        (streams.DICTIONARY, "project:dictionary"),
        (streams.POLICIES, "project:policies"),
    ],
)
def test_stream_of_a_kind_has_the_name_that_is_stored(name: str, stored: str) -> None:
    """Each kind of aggregate has its word and its id after a colon."""
    assert name == stored

"""Masked texts show what was asked to stay, and a short text nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import ConfigurationError
from ops.data.source import DataSource
from ops.deidentify.mask import Masking, MaskOperation, mask
from ops.result import OperationResult


def masked(*texts: str | None, **how: Any) -> list[str | None]:
    """Return texts masked."""
    found: list[str | None] = mask(pa.array(texts, pa.string()), Masking(**how)).to_pylist()
    return found


def run(frame: pd.DataFrame, folder: Path, **parameters: Any) -> OperationResult:
    """Mask a frame."""
    source = DataSource()
    source.add_dataframe("people", frame)
    return MaskOperation(dataset_name="people", **parameters).execute(source, folder)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, ["*" * 10, "***", None, ""]),
        ({"keep_first": 2, "keep_last": 3}, ["Ma*****eum", "***", None, ""]),
        ({"style": "fixed", "keep_last": 2, "fixed_length": 4}, ["****um", "****", None, "****"]),
        ({"character": "#", "keep_first": 1}, ["M#########", "###", None, ""]),
    ],
)
def test_characters_are_hidden_but_those_asked_for(how: Any, expected: list[str | None]) -> None:
    """Lengths show unless they are fixed; a null is not a text."""
    assert masked("Mausoläeum", "Ulm", None, "", **how) == expected


def test_format_keeps_class_and_punctuation() -> None:
    """Letters of any script become x or X, digits 9; what has neither is hidden wholly."""
    found = masked("Ab-1 é@Ж.de", "12", "--", "漢字", "e\u0301", None, style="format")
    assert found == ["Xx-9 x@X.xx", "99", "**", "xx", "x*", None]


@given(st.lists(st.text(max_size=9), max_size=6), st.integers(0, 4), st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_hidden_characters_never_show(texts: list[str], first: int, last: int) -> None:
    """Each text keeps its length, and at least three characters of it are stars."""
    plain = [text.encode("utf-8", "replace").decode() for text in texts]
    for text, found in zip(plain, masked(*plain, keep_first=first, keep_last=last), strict=True):
        assert found is not None
        shown = len(text) - first - last
        assert len(found) == len(text)
        kept = text[:first] + "*" * shown + text[len(text) - last :]
        assert found == ("*" * len(text) if shown < 3 else kept)


def test_numbers_are_refused_unless_their_texts_are_meant(tmp_path: Path) -> None:
    """A mask of a number is a text, which has to be wanted."""
    frame = pd.DataFrame({"card": [4111222233334444, 5500]})
    with pytest.raises(ConfigurationError, match=r"column 'card' of .* int64.*as_text"):
        run(frame, tmp_path, columns=["card"])
    result = run(frame, tmp_path, columns=["card"], keep_last=4, as_text=True)
    found = pd.read_parquet(result.artifacts[0].path)["card"].tolist()
    assert found == ["************4444", "****"]
    assert result.metrics["changed"] == {"card": 2}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"min_hidden": 0}, "min_hidden of MaskOperation"),
        ({"keep_first": -1}, "keep_first of MaskOperation"),
        ({"mask_character": "ab"}, "expected one character"),
        ({"mask_character": ""}, "expected one character"),
        ({"style": "format", "keep_last": 2}, "'format' keeps no characters"),
        ({"columns": []}, "no direct-identifier, expected at least one column"),
        ({"style": "blur"}, "one of 'length', 'fixed', 'format'"),
    ],
)
def test_mask_that_means_nothing_is_refused(wrong: Any, message: str) -> None:
    """The message names the parameter and what was expected."""
    with pytest.raises(ConfigurationError, match=message):
        MaskOperation(**({"dataset_name": "people", "columns": ["name"]} | wrong))

"""A JSON dataset is read whole or refused with its place."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from lineage.kernel.errors import DataReadError
from ops.data.reader import DataReader

MARKER = "Margarethe"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (
            '[{"a": 1},\n {"ssn": "1", "ssn": "2"}]',
            r"a\.json', line 2, column 15: key 'ssn' occurs",
        ),
        ('[{"a": {"x": 1, "x": 1}}]', r"line 1, column 17: key 'x' occurs twice"),
        ('[{"a": ' + "[" * 300 + "]" * 300 + "}]", r"over 200 levels of nesting; nest less deep"),
        ('[{"a": ' * 5_000, r"over 200 levels of nesting"),
        ('[{"a": ' + "9" * 5000 + "}]", r"an integer of over 4,300 digits; write it as text"),
        ('[{"a": 0.12345678901234567890123}]', r"a number with more digits than a 64-bit float"),
        ('[{"a": 1e999}]', r"a number beyond the range"),
        ('[{"a": 9223372036854775808123}]', r"column 'a' of file .*beyond 64 bits"),
        ('[{"a": 9007199254740993}, {"a": 0.5}]', r"column 'a' of file .*each column of one type"),
        ('[{"a": 1}, {"a": true}]', r"column 'a' of file .*each column of one type"),
        ('[{"a": "\\ud800"}]', r"column 'a' of file .*no Unicode"),
        ('[{"a": 1}, [2]]', r"item 2 is not a record"),
    ],
)
def test_record_that_would_be_read_wrong_is_refused(tmp_path: Path, text: str, match: str) -> None:
    """No key hides another, no digit is lost, no value breaks the reader."""
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataReadError, match=match):
        DataReader().read_table(tmp_path / "a.json")


@pytest.mark.parametrize("rest", ["}", '", "b": 1, "b": 2}]', '"}, {"a": 1}]', '"}, 3]'])
def test_trace_of_a_refusal_shows_no_cell(tmp_path: Path, rest: str) -> None:
    """Neither message nor chained errors quote the data."""
    (tmp_path / "a.json").write_text(f'[{{"a": "{MARKER}{rest}')
    with pytest.raises(DataReadError, match=r"a\.json") as caught:
        DataReader().read_table(tmp_path / "a.json")
    assert MARKER not in "".join(traceback.format_exception(caught.value))


def test_numbers_of_json_are_numbers(tmp_path: Path) -> None:
    """Floats with all their digits, NaN as other programs write it, and nested values are read."""
    (tmp_path / "a.json").write_text(
        '[{"a": 0.30000000000000004, "b": {"c": [1]}}, {"a": NaN, "b": null}]'
    )
    table = DataReader().read_table(tmp_path / "a.json")
    assert str(table["a"].to_pylist()) == "[0.30000000000000004, nan]"
    assert table["b"].to_pylist() == [{"c": [1]}, None]

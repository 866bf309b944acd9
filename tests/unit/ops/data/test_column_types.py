"""Text becomes numbers only where nothing is lost, whoever wrote it."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import slow_inference
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import column_types
from ops.data.column_types import ColumnType
from ops.data.reader import DataReader
from ops.data.writer import DataWriter

number_texts = st.one_of(
    st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{0,3})?([eE][-+]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"-?[0-9]{14,20}(\.[0-9]{0,12})?", fullmatch=True),
    st.integers(-(2**65), 2**65).map(str),
    st.floats().map(repr),
    st.floats().map(lambda number: f"{number:.18e}"),
    st.sampled_from(
        ["", "NaN", "nan", "inf", "Infinity", "-0", "0", "0.0", "+1", "01", ".5", "5."]
    ),
    st.sampled_from(["true", "True", "TRUE", "false", "False", "FALSE", "1", "0"]),
)
columns = st.lists(number_texts, min_size=1, max_size=6) | st.lists(st.text(max_size=4), min_size=1)


def infer(*texts: str | None) -> list[Any]:
    """Infer a column of two chunks."""
    column = pa.chunked_array([texts[:1], texts[1:]], pa.string())
    return list(column_types.infer(column).to_pylist())


def gives_back(text: str, value: object) -> bool:
    """Tell whether a value has all digits of a text."""
    match value:
        case None:
            return text == ""
        case bool():
            return text.lower() == str(value).lower()
        case int():
            return text == str(value)
        case float() if text.strip("+-").lower() in {"nan", "inf", "infinity"}:
            return repr(value) == repr(float(text))
        case float():
            number = Decimal(text)
            digits = Context(prec=max(1, len(number.as_tuple().digits)))
            return number in {Decimal(repr(value)), digits.create_decimal_from_float(value)}
    return text == value


@given(columns)
@settings(max_examples=500)
def test_every_text_can_be_had_back_from_its_column(texts: list[str]) -> None:
    """Different texts are different values, and each value has all digits of its text."""
    values = infer(*texts)
    assert all(map(gives_back, texts, values))
    assert len({repr(value) for value in values}) == len(set(texts))


kinds = st.sampled_from(
    [
        ["1", "2", "-3", "10", "-10", "0", ""],
        ["1", "01234", "0x1F", "-0", "+5", "00", "-01"],
        ["2.10", "2.1", "1e5", "0.5", "-0.5", ".5", "5.", "1", "0", "-0", "10.0", "1E5", "NaN"],
        ["0.1", "1.5", "-2.25", "12345678901234567", "0.12345678901234567", "1e-400", "inf"],
        ["true", "false", "True", "1", "0", "", "yes"],
        ["1", "é", " 1", "1 ", "1/2", "1,5"],
    ]
)
chunks = st.lists(
    kinds.flatmap(lambda texts: st.lists(st.none() | st.sampled_from(texts), max_size=8))
    | st.lists(st.none() | number_texts, max_size=4),
    min_size=1,
    max_size=3,
)


@given(chunks, st.sampled_from([pa.string(), pa.large_string()]), st.integers(0, 2))
@settings(max_examples=40, deadline=None)
def test_fast_rules_decide_as_the_slow_ones(
    texts: list[list[str | None]], kind: pa.DataType, start: int
) -> None:
    """Types, values and nulls are those of the rules over whole texts, slices included."""
    column = pa.chunked_array([pa.array(each, kind) for each in texts], kind).slice(start)
    given, expected = column_types.infer(column), slow_inference.infer(column)
    assert given.type == expected.type
    assert [repr(value) for value in given.to_pylist()] == [
        repr(value) for value in expected.to_pylist()
    ]


@given(columns)
@settings(max_examples=100, deadline=None)
def test_law_holds_for_files_of_any_program(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    """What another program wrote as CSV comes back as its texts, or as values that have them."""
    path = tmp_path_factory.mktemp("t") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["code", "n"], *([text, "x"] for text in texts)])
    values = DataReader().read_table(path)["code"].to_pylist()
    assert all(map(gives_back, texts, values))
    assert len({repr(value) for value in values}) == len(set(texts))


@given(st.lists(st.none() | number_texts, min_size=1, max_size=6), st.booleans())
@settings(max_examples=100, deadline=None)
def test_text_of_our_writer_is_read_as_text(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str | None],
    is_category: bool,  # noqa: FBT001  # drawn
) -> None:
    """A column that was text when it was written is text again, numbers are numbers."""
    cells = pa.array(texts, pa.string())
    table = pa.table(
        {"code": cells.dictionary_encode() if is_category else cells, "n": range(len(cells))}
    )
    result = DataWriter(tmp_path_factory.mktemp("t")).write_dataframe(table, "a")
    back = DataReader().read_table(result.path)
    assert back.to_pydict() == {"code": texts, "n": list(range(len(texts)))}


@pytest.mark.parametrize(
    "texts",
    [
        ["9007199254740993", "9007199254740992", "NaN"],
        ["4111111111111111", "0.5"],
        ["9007199254740993", "1e3"],
        ["250.0", "250.00"],
        ["2.1", "2.10"],
        ["12E3", "1200E1"],
        ["0.12345678901234567890123"],
        ["1e400"],
        ["1e-400", "1.5"],
        ["1", "1.0"],
        ["NaN", "nan"],
        ["true", "True"],
        ["+1.5", "2.5"],
        ["007.5"],
        ["-0", "0"],
        ["1", "", None],
    ],
)
def test_column_that_would_lose_something_stays_text(texts: list[str | None]) -> None:
    """One lost digit or two equal values keep the whole column text."""
    assert infer(*texts) == texts


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["10.50", "10.25"], [10.5, 10.25]),
        (["0.30000000000000004", "1.0"], [0.30000000000000004, 1.0]),
        ([f"{0.1:.18e}", f"{1e300:.18e}"], [0.1, 1e300]),
        (["1e-05", "2.5", None], [1e-05, 2.5, None]),
        (["NaN", "1.5", ""], [pytest.approx(float("nan"), nan_ok=True), 1.5, None]),
        (["9223372036854775807", None], [9223372036854775807, None]),
        (["True", "False"], [True, False]),
    ],
)
def test_column_that_loses_nothing_has_its_type(texts: list[str], values: list[object]) -> None:
    """Digits that follow from the value are no loss."""
    assert infer(*texts) == values


@pytest.mark.parametrize(
    ("column", "declared"),
    [
        (pa.array(["1", "9007199254740993"]), "number"),
        (pa.array(["1", "0.12345678901234567890123"]), "number"),
        (pa.array(["1", "1e400"]), "number"),
        (pa.array([1, 2]), "boolean"),
        (pa.array([1, 2**53 + 1]), "number"),
        (pa.array([Decimal(1), Decimal("0.12345678901234567890123")]), "number"),
        (pa.array([dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, 5)]), "date"),  # noqa: DTZ001  # naive
        (pa.array([1, 2**31 - 1], pa.date32()), "text"),
        (pa.array(["1", "x"], pa.string_view()), "integer"),
        (pa.array(["1", "x"]).dictionary_encode(), "integer"),
    ],
)
def test_declared_type_that_would_change_a_value_is_refused(
    column: pa.Array, declared: ColumnType
) -> None:
    """A declaration is no licence to lose digits, whatever type the column had."""
    with pytest.raises(DataReadError, match=r"column 'a': 1 values do not fit .* data row 2\)"):
        column_types.convert(pa.chunked_array([column]), declared, "a")


@pytest.mark.parametrize(
    ("column", "declared", "value"),
    [
        (pa.array(["1.50"]), "number", 1.5),
        (pa.array([Decimal("0.10")]), "number", 0.1),
        (pa.array([" 7 "]).dictionary_encode(), "integer", 7),
        (pa.array(["8"], pa.string_view()), "integer", 8),
        (pa.array([1]), "boolean", True),
        (pa.array([dt.datetime(2026, 1, 1)]), "date", dt.date(2026, 1, 1)),  # noqa: DTZ001  # naive
        (pa.array([None], pa.null()), "boolean", None),
        (pa.array([float("inf")], pa.float32()), "number", float("inf")),
    ],
)
def test_declared_type_that_keeps_every_value_is_given(
    column: pa.Array, declared: ColumnType, value: object
) -> None:
    """Other notations of one value are no loss where the type is declared."""
    typed = column_types.convert(pa.chunked_array([column]), declared, "a")
    assert typed.to_pylist() == [value]


@pytest.mark.parametrize(
    ("types", "match"),
    [
        (["age"], r"option: a value of type list, expected a mapping"),
        ("age", r"a value of type str, expected a mapping"),
        ({1: "text"}, r"a name that is not text"),
        (
            {"age": ["integer"]},
            r"type of column 'age': found \['integer'\], expected one of integer",
        ),
        ({"age": {}}, r"type of column 'age'"),
    ],
)
def test_option_of_another_shape_is_refused(types: object, match: str) -> None:
    """Types are a mapping of names to words, or a configuration error that says so."""
    with pytest.raises(ConfigurationError, match=match):
        column_types.check_declared(types, "option")


def test_quotes_say_that_a_column_is_text_unless_all_is_quoted(tmp_path: Path) -> None:
    """Programs that quote text only are believed; one that quotes everything says nothing."""
    (tmp_path / "r.csv").write_text('"zip","n"\n"12345",1\n"",2\n"99999",3\n')
    (tmp_path / "all.csv").write_text('"zip","n"\n"12345","1"\n"99999","3"\n')
    texts, numbers = (DataReader().read_table(tmp_path / name) for name in ("r.csv", "all.csv"))
    assert texts.to_pydict() == {"zip": ["12345", "", "99999"], "n": [1, 2, 3]}
    assert numbers.to_pydict() == {"zip": [12345, 99999], "n": [1, 3]}


def test_first_value_in_quotes_may_come_late_and_span_lines(tmp_path: Path) -> None:
    """Rows are counted as the reader counts them, empty lines and line ends in quotes included."""
    (tmp_path / "a.csv").write_text('a,b,c\n"x\r\ny",,1\n\n"say ""hi"", you",,2\n,"5",3\n,6,4\n')
    table = DataReader().read_table(tmp_path / "a.csv", columns=["c", "b"])
    assert table.to_pydict() == {"c": [1, 2, 3, 4], "b": [None, None, "5", "6"]}


def test_first_value_may_come_late_in_a_file_that_quotes_everything(tmp_path: Path) -> None:
    """An empty text in quotes comes before it, and the quotes say nothing."""
    (tmp_path / "a.csv").write_text('"a","b"\n"","x"\n"5","y"\n')
    assert DataReader().read_table(tmp_path / "a.csv")["a"].to_pylist() == [None, 5]

"""Names of columns are names, and never somebody's data."""

from __future__ import annotations

import csv
import traceback
from pathlib import Path

import pytest

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data.reader import DataReader
from ops.data.source import DataSource

reader = DataReader()
PEOPLE = "Anna Schmidt,34,anna@example.org,900-00-1000\nBob Meier,35,bob@example.org,900-00-1001\n"


def written(folder: Path, text: str) -> Path:
    """Write a CSV file."""
    (folder / "a.csv").write_bytes(text.encode())
    return folder / "a.csv"


@pytest.mark.parametrize(
    "header",
    [
        "age,workclass,education-num",
        "Wie alt sind Sie? (in Jahren),Größe [cm],Anteil %",
        ",a,b",
        ",0",
        ",0,1,2",
        "id,town,%",
        ",count,mean,std,min,25%,50%,75%,max",
        "Country Name,Country Code,Indicator Name,2019,2020",
        "region,note,unit,1,2,3",
        "B01001_001E,P0010001,PM2.5",
        "shop,town,2020-01-01",
        "日本語,名前",
        '"What is, in your view, the best?","x\ny"',
        "V1,x2,Q3.4",
        "a",
    ],
)
def test_header_of_the_world_is_taken(tmp_path: Path, header: str) -> None:
    """Spaces, units, questions, any script and a few years or numbers are names."""
    width = len(next(csv.reader([header])))
    row = ",".join(str(number * 7) for number in range(1, width + 1))
    assert reader.read_table(written(tmp_path, f"{header}\n{row}\n")).num_columns == width


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("Anna,Berlin,anna@example.org", "Bob,Paris,b@example.org", "field 3 is an e-mail"),
        ("Anna,900-00-1000", "Bob,900-00-1001", "field 2 is a number of a person"),
        ("Anna,+49 170 1234567,x", "Bob,+49 170 1234568,y", "field 2 is a number of a person"),
        ("Anna,DE89 3704 0044 0532 0130 00", "Bob,DE89370400440532013001", "field 2 is a number"),
        ("Anna,1984-03-12,Berlin,x", "Bob,1985-01-01,Paris,y", "field 2 is a date or time, as are"),
        ("Anna,12.03.1984,Berlin,x", "Bob,13.04.1985,Paris,y", "field 2 is a date"),
        ("Anna,1984,Berlin", "Bob,1985,Paris", "field 2 is a year, as are"),
        ("39,State-gov,77516,Bachelors,Male", "50,Self-emp,83311,Masters,Male", "1 is a number"),
        ("5.1,3.5,1.4,0.2,setosa", "4.9,3.0,1.4,0.2,setosa", "more than half"),
        ("1,2,3", "4,5,6", "more than half"),
        ("1,Anna,Berlin", "2,Bob,Paris", "field 1 is a number"),
        ("Anna,Berlin,F", "Bob,Berlin,F", "occur again in the rows below"),
        ("Anna Schmidt", "Anna Schmidt", "occur again in the rows below"),
        ("nom,ville", "nom,ville", "occur again in the rows below"),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6,x", "y,z", "field 1 is a number of"),
    ],
)
def test_data_in_place_of_names_are_refused(
    tmp_path: Path, first: str, second: str, reason: str
) -> None:
    """A file without a header is an error with both remedies, that quotes none of its fields."""
    path = written(tmp_path, f"{first}\n{second}\n")
    with pytest.raises(DataReadError, match=reason) as caught:
        reader.read_table(path, columns=["age"], column_types={"x": "text"})
    assert "give header: false and names: [...]" in str(caught.value)
    assert "header: true" in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(field in shown for field in first.split(",") if len(field) > 3)
    assert reader.read_table(path, header=True).num_rows == 1
    assert reader.read_table(path, header=False).num_rows == 2


def test_names_stand_in_for_a_missing_header(tmp_path: Path) -> None:
    """All rows are data, with the names given or numbered ones."""
    source = DataSource.from_files(
        {"people": written(tmp_path, PEOPLE)}, header=False, names=["name", "age", "mail", "ssn"]
    )
    assert source.get_table().column_names == ["name", "age", "mail", "ssn"]
    assert source.get_table()["age"].to_pylist() == [34, 35]
    assert source.drain_reads()[0].columns == ("name", "age", "mail", "ssn")
    table = reader.read_table(tmp_path / "a.csv", header=False, columns=["column_2"])
    assert table.to_pydict() == {"column_2": [34, 35]}


def test_names_replace_those_of_a_header(tmp_path: Path) -> None:
    """A header that cannot be used, even one with equal names, is read past."""
    path = written(tmp_path, '"x\ny",x,x\n1,2,3\n')
    table = reader.read_table(path, header=True, names=["a", "b", "c"], column_types={"c": "text"})
    assert table.to_pylist() == [{"a": 1, "b": 2, "c": "3"}]


def test_wrong_number_of_names_is_refused(tmp_path: Path) -> None:
    """Names are for all columns, in the file's order."""
    with pytest.raises(DataReadError, match=r"4 fields, expected 2, as there are names"):
        reader.read_table(written(tmp_path, PEOPLE), header=False, names=["a", "b"])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"names": ["a", "b"]}, r"names without header; add header: false"),
        ({"header": False, "names": ["a", "a"]}, r"a name occurs twice"),
        ({"header": False, "names": "ab"}, r"'names': a value of type str, expected a list"),
        ({"header": "no"}, r"'header': a value of type str, expected true or false"),
        ({"null_markers": "NA"}, r"'null_markers': a value of type str, expected a list of texts"),
        ({"column_types": ["a"]}, r"'column_types': a value of type list, expected a mapping"),
        ({"max_unpacked_bytes": True}, r"'max_unpacked_bytes': .* expected a whole number"),
        ({"columns": "age"}, r"a text, expected a list of column names"),
    ],
)
def test_option_of_another_kind_is_refused(
    tmp_path: Path, options: dict[str, object], match: str
) -> None:
    """A text is no list and "no" is not false."""
    with pytest.raises(ConfigurationError, match=match):
        reader.read_table(written(tmp_path, "a,b\n1,2\n"), **options)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("line", ["sep=;\n", "sep=;\r\n", '"sep=;"\n', "SEP=;\n", "\ufeffsep=;\n"])
def test_line_that_names_the_separator_is_read_past(tmp_path: Path, line: str) -> None:
    """A file of a spreadsheet says how it is separated, and is read so."""
    path = written(tmp_path, f'{line}a;b\n1;"x,y"\n2;"0;1"\n')
    assert reader.read_table(path).to_pydict() == {"a": [1, 2], "b": ["x,y", "0;1"]}
    with path.open("a") as file:
        file.write("3\n")
    with pytest.raises(DataReadError, match=r"line 5 of 'a.csv': 1 field, expected 2"):
        reader.read_table(path)


def test_column_called_like_a_separator_line_is_a_column(tmp_path: Path) -> None:
    """Only one sign that separates after "sep=" makes such a line."""
    assert reader.read_table(written(tmp_path, "sep=,b\n1,2\n")).column_names == ["sep=", "b"]

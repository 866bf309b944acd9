"""A query as an operation: what it may ask, what it writes, and what it says of columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import (
    ConfigurationError,
    DatasetNotFoundError,
    QueryError,
    QueryStoppedError,
)
from ops import DataSource, OperationResult
from ops.columns.sql_lineage import asks_the_time, frames_of, is_ordered
from ops.tables.sql import SqlOperation

PEOPLE = pa.table(
    {
        "name": ["Ada", "Bea", "Cid", None],
        "age": [30, 40, 50, 60],
        "town": pa.array(["Ulm", "Bonn", "Ulm", None]).dictionary_encode(),
    }
)
WAGES = pa.table({"name": ["Ada", "Bea", "Eve"], "wage": [1.5, 2.5, 3.5]})


def source() -> DataSource:
    """Both datasets."""
    found = DataSource()
    found.add_dataframe("people", PEOPLE)
    found.add_dataframe("wages", WAGES)
    return found


def ask(query: str, folder: Path, **parameters: Any) -> OperationResult:
    """Run the operation."""
    operation = SqlOperation(query=query, output_name="answer", **parameters)
    return operation.execute(source(), folder)


def edges(result: OperationResult) -> set[str]:
    """Return the lineage as texts."""
    return {
        f"{e.column} {'' if e.is_direct else '~'}{e.effect} {e.source}.{e.source_column}"
        for e in result.column_edges
    }


def test_answer_is_written_with_its_lineage(tmp_path: Path) -> None:
    """A join with groups: values, groups and keys are told apart."""
    result = ask(
        "select town, max(wage) as top from people join wages using (name) group by town "
        "order by town",
        tmp_path,
    )

    assert pq.read_table(result.artifacts[0].path).to_pydict() == {
        "town": ["Bonn", "Ulm"],
        "top": [2.5, 1.5],
    }
    assert edges(result) == {
        "town identity people.town",
        "town ~transformation people.name",
        "town ~transformation wages.name",
        "top aggregation wages.wage",
        "top ~aggregation people.name",
        "top ~aggregation people.town",
        "top ~aggregation wages.name",
    }
    assert result.details == {"covered": ["top"], "unchanged": ["town"]}


def test_change_of_type_is_no_identity(tmp_path: Path) -> None:
    """An integer beside a text becomes text: what is stored is another value."""
    result = ask("select age from people union all select name from wages", tmp_path)

    assert "age transformation people.age" in edges(result)
    assert "age identity wages.name" in edges(result)


QUERIES = [
    "select * from people",
    "select name as n, age from people where age > 30",
    "select p.name, w.wage from people p full join wages w using (name)",
    "select name from people union select name from wages",
    "select upper(name) as name, age from people order by age desc limit 2",
    "select coalesce(p.name, w.name) as who, p.age from people p left join wages w using (name)",
    "select first(name) as one, list(age) as ages from people group by town",
    "select case when age > 35 then name end as some from people",
    "select unnest([age, 7]) as numbers from people",
    "with c as (select name, age from people) select c.age, w.* from c cross join wages w",
]


@pytest.mark.parametrize("query", QUERIES)
def test_data_do_not_contradict_what_is_stated(query: str, tmp_path: Path) -> None:
    """A column said to be identical holds only values of its sources, and null."""
    result = ask(query, tmp_path)
    answer = pq.read_table(result.artifacts[0].path)
    tables = {"people": PEOPLE, "wages": WAGES}

    assert {e.column for e in result.column_edges} == set(answer.column_names)
    for column in answer.column_names:
        direct = [e for e in result.column_edges if e.column == column and e.is_direct]
        if all(e.effect == "identity" for e in direct):
            before = {v for e in direct for v in tables[str(e.source)][e.source_column].to_pylist()}
            assert set(answer[column].to_pylist()) <= before | {None}


@pytest.mark.parametrize("threads", [1, 4])
def test_equal_queries_give_equal_bytes(threads: int, tmp_path: Path) -> None:
    """Groups, floats and chance repeat with one thread; with several if they are in order."""
    order = " order by g" if threads > 1 else ""
    query = (
        "select a % 97 as g, count(*) as n, sum(a)::bigint as s from numbers group by g" + order
        if threads > 1
        else "select a % 97 as g, sum(a * 0.1::double) as s, max(random()) as r from numbers "
        "group by g"
    )
    digests = set()
    for at in range(3):
        data = DataSource()
        data.add_dataframe("numbers", pa.table({"a": range(100_000)}))
        operation = SqlOperation(query=query, output_name="o", threads=threads, seed=5)
        digests.add(operation.execute(data, tmp_path / str(at)).artifacts[0].sha256)
    assert len(digests) == 1


def test_another_seed_gives_other_chance(tmp_path: Path) -> None:
    """Two seeds, two answers of random()."""
    digests = {
        ask("select random() as r from people", tmp_path, seed=seed).artifacts[0].sha256
        for seed in (1, 2)
    }
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("select * from people; drop table people", "expected one SELECT"),
        ("copy people to 'x.csv'", "expected one SELECT"),
        ("select * from people, read_csv('/etc/passwd')", "disabled"),
        ("select name, w.name from people join wages w using (name)", "called 'name'"),
        ("select name::integer from people", "may quote values"),
        ("select no_such from people", "no_such"),
    ],
)
def test_query_that_is_not_one_confined_select_is_refused(
    query: str, problem: str, tmp_path: Path
) -> None:
    """The message says what is wrong and quotes no value; nothing is written."""
    with pytest.raises(QueryError, match=problem) as error:
        ask(query, tmp_path, datasets=["people", "wages"])
    assert "Ada" not in str(error.value)
    assert not (tmp_path / "output").exists()


def test_dataset_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A file in quotes is no dataset either."""
    with pytest.raises(DatasetNotFoundError, match=r"x\.csv"):
        ask("select * from 'x.csv'", tmp_path)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"query": "select 1"}, "no dataset is found"),
        ({"query": "selec from("}, "no dataset is found"),
        ({"query": "from people", "time_limit_s": 0}, "time_limit_s.*more than 0"),
        ({"query": "from people", "threads": 0}, "threads.*at least 1"),
    ],
)
def test_bad_parameter_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The message names the parameter."""
    with pytest.raises(ConfigurationError, match=message):
        SqlOperation(output_name="o", **parameters)


def test_query_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    """The limit is in the message."""
    with pytest.raises(QueryStoppedError, match=r"stopped after 0\.1 s"):
        ask("select count(*) from people, range(20000000000)", tmp_path, time_limit_s=0.1)


@pytest.mark.parametrize(
    ("query", "parameters", "words"),
    [
        ("select now() as n from people", {}, "asks what time"),
        ("select current_date as n from people", {}, "asks what time"),
        ("select age + 1 as n from people", {"threads": 2}, "have no order"),
        (
            (
                "with recursive r as (select age from people union all select age - 50 from r "
                "where age > 50) select * from r"
            ),
            {},
            "not known for sure",
        ),
    ],
)
def test_what_the_reader_should_know_is_a_warning(
    query: str, parameters: dict[str, Any], words: str, tmp_path: Path
) -> None:
    """Time, missing order and unknown lineage."""
    result = ask(query, tmp_path, **parameters)
    assert [words in warning.message for warning in result.warnings] == [True]


def test_names_are_found_in_the_query() -> None:
    """Those of WITH are not datasets; words in quotes are not functions."""
    query = 'with c as (from a) select "now"() from c, "b b" where x in (select 1 from a)'
    assert frames_of(query) == ["b b", "a"] or frames_of(query) == ["a", "b b"]
    assert not asks_the_time("select now, 'now(' from today order by 1")
    assert [is_ordered("from a order by x"), is_ordered("from a"), is_ordered("(")] == [
        True,
        False,
        False,
    ]


ZONED = pd.Timestamp("2024-05-05 05:05", tz="Europe/Berlin")


@given(
    table=st.sampled_from(
        [
            pa.table({"x": pa.array([None], kind)})
            for kind in (pa.float16(), pa.null(), pa.string_view(), pa.decimal32(5, 2), pa.date64())
        ]
        + [
            pa.table({"x": pa.array([], pa.large_string())}),
            pa.table({"x": pa.array([ZONED], pa.timestamp("ns", "Europe/Berlin"))}),
            pa.table({"x": pa.array([[1], None])}),
        ]
    )
)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_unusual_types_are_asked(table: pa.Table, tmp_path: Path) -> None:
    """Rows stay; a zone becomes that of the query, UTC on every machine."""
    data = DataSource()
    data.add_dataframe("t", table)
    result = SqlOperation(query="from t", output_name="o").execute(data, tmp_path)
    answer = pq.read_table(result.artifacts[0].path)

    assert answer.num_rows == table.num_rows
    assert getattr(answer.schema.field("x").type, "tz", None) in {None, "UTC"}

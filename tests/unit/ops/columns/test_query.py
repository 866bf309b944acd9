"""What a query answers, what it cannot reach, and where its columns came from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lineage.kernel.errors import DataReadError, QueryError
from ops.columns.memory import ColumnMemory
from ops.columns.query import run_query
from ops.columns.sql_lineage import query_sources
from ops.result import DatasetRead

P = pd.DataFrame({"id": [1, 2, 3], "age": [30, 40, 50], "Name": ["a", "b", "c"]})
Q = pl.DataFrame({"id": [1, 2, 3], "wage": [7, 8, 9]})
FRAMES = {"p": ["id", "age", "Name"], "q": ["id", "wage"]}
SHORT = {"identity": "", "transformation": "t:", "aggregation": "a:", "synthesis": "s:"}


def remembered() -> ColumnMemory:
    """A memory of both frames."""
    memory = ColumnMemory()
    for name, frame in (("p", P), ("q", Q)):
        path = Path(f"/data/{name}.csv")
        memory.remember_read(
            frame,
            DatasetRead(name=name, uri=str(path), sha256="0" * 64, size_bytes=1, format="csv"),
        )
    return memory


def sources(sql: str, *answer: str) -> list[str] | None:
    """The sources of each column, as "p.id" or with a letter for the effect, "~" for indirect."""
    found = query_sources(sql, FRAMES, {"entropy"}, answer)
    if found is None:
        return None
    return [
        " ".join(
            sorted(
                f"{'' if is_direct else '~'}{SHORT[effect]}{'.'.join(map(str, place or ('none',)))}"
                for place, effect, is_direct in column
            )
        )
        for column in found
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from p", ["p.id", "p.age", "p.Name"]),
        ("from q", ["q.id", "q.wage"]),
        ("select id as a, (age) b, name from P", ["p.id", "p.age", "p.Name"]),
        ("select age + id, age::text, -age, 1, null from p",
         ["t:p.age t:p.id", "t:p.age", "t:p.age", "s:none", "s:none"]),
        ("select id from p where age > 1", ["p.id ~t:p.age"]),
        ("select id, age as id2, id2 + 1 from p where id2 > 2",
         ["p.id ~t:p.age", "p.age", "t:p.age"]),
        ("select count(*) from p", ["a:none"]),
        ("select count(*) from p where age > 3", ["a:none ~a:p.age"]),
        ("select age, sum(id), count(distinct id) from p group by 1",
         ["p.age", "a:p.id ~a:p.age", "a:p.id ~a:p.age"]),
        ("select id, max(age) from p group by all having min(name) > ''",
         ["p.id ~a:p.Name", "a:p.age ~a:p.Name ~a:p.id"]),
        ("select entropy(age), string_agg(name, ',' order by id) from p",
         ["a:p.age", "t:p.Name ~t:p.id"]),
        ("select sum(id) filter (where age > 3) from p", ["a:p.id ~t:p.age"]),
        ("select case when age > 3 then id end from p", ["t:p.age t:p.id"]),
        ("select id from p order by age", ["p.id"]),
        ("select id from p order by age limit 1", ["p.id ~t:p.age"]),
        ("select distinct id, age from p", ["p.id ~t:p.age", "p.age ~t:p.id"]),
        ("select distinct on (age) id from p order by name", ["p.id ~t:p.Name ~t:p.age"]),
        ("select * from p join q using (id)",
         ["p.id q.id", "p.age ~t:p.id ~t:q.id", "p.Name ~t:p.id ~t:q.id",
          "q.wage ~t:p.id ~t:q.id"]),
        ("select wage from p left join q on p.id = q.id and age > 1",
         ["q.wage ~t:p.age ~t:p.id ~t:q.id"]),
        ("select a.id, b.id from p a join p b on a.age = b.age",
         ["p.id ~t:p.age", "p.id ~t:p.age"]),
        ("with c as (select id, sum(age) s from p group by 1) select s * 2, id from c where s > 1",
         ["a:p.age ~a:p.id", "p.id ~a:p.age"]),
        ("select x.a from (select id as a from p where age > 3) x", ["p.id ~t:p.age"]),
        ("select count(*) from (select id from p where age > 3)", ["a:none ~a:p.age"]),
        ("select id from p union all select wage from q", ["p.id q.wage"]),
        ("select id, age from p union select id, wage from q",
         ["p.id q.id ~t:p.age ~t:q.wage", "p.age q.wage ~t:p.id ~t:q.id"]),
        ("select id from p except select wage from q", ["p.id ~t:q.wage"]),
        ("select id, wage from q union all by name select id from p", ["p.id q.id", "q.wage"]),
        ("select row_number() over (order by age) from p", ["s:none ~t:p.age"]),
        ("select sum(age) over w, lag(age) over w from p window w as (partition by id)",
         ["a:p.age ~t:p.id", "t:p.age ~t:p.id"]),
        ("select id from p qualify row_number() over (partition by age) = 1", ["p.id ~t:p.age"]),
        ("select id from p where exists (select 1 from q where q.id = p.id)", ["p.id ~t:q.id"]),
        ("select (select max(wage) from q), id in (from q select id) from p",
         ["a:q.wage", "t:p.id t:q.id"]),
        ("select * exclude (id) replace (age * 2 as age) from p", ["t:p.age", "p.Name"]),
    ],
)  # fmt: skip
def test_sources_of_a_query_are_read_from_its_text(sql: str, expected: list[str]) -> None:
    """A column is an identity, an expression or an aggregate; what chose its rows is indirect."""
    answer = run_query(sql, {"p": P, "q": Q}, ColumnMemory()).column_names

    assert sources(sql, *answer) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "select #1 from p",
        "select columns('a.*') from p",
        "select p from p",
        "from range(3)",
        "values (1)",
        "select id from main.p",
        "select p.id, z from p, lateral (select age + 1 as z)",
        "with recursive c(a) as (select 1 union all select a + 1 from c where a < 3) from c",
        "describe p",
        "from p pivot (sum(id) for age in (30))",
    ],
)
def test_query_with_an_unknown_part_is_executed_and_unknown(sql: str) -> None:
    """Nothing is guessed of a query that cannot be read through and through."""
    memory = remembered()
    answer = run_query(sql, {"p": P}, memory)

    assert sources(sql, *answer.column_names) is None
    assert len(memory._known) == 2


def test_columns_of_another_number_or_name_are_unknown() -> None:
    """If DuckDB calls the columns otherwise, the query was read wrongly."""
    assert sources("select id from p", "id", "age") is None
    assert sources("select id from p", "age") is None
    assert query_sources("select a from t", {"t": ["a", "A"]}, (), ["a"]) is None


def test_answer_of_an_answer_leads_back_to_what_was_read() -> None:
    """Effects add up over several queries, and over a selection in pandas."""
    memory = remembered()
    first = run_query("select id, sum(age) as s from p where id > 1 group by id", {"p": P}, memory)
    second = run_query("select s + 1 as t from first", {"first": first}, memory)

    known = {(o.column, o.source_column, o.effect, o.is_direct) for o in memory.explain(second)}
    chosen = {o.column for o in memory.explain(first.to_pandas().iloc[[1]])}

    assert known == {("t", "age", "aggregation", True), ("t", "id", "aggregation", False)}
    assert chosen == {"id", "s"}


@pytest.mark.parametrize(
    ("sql", "columns"), [("from d", {"age"}), ("select age from d where new > 1", set())]
)
def test_column_made_from_an_unknown_one_is_unknown(sql: str, columns: set[str]) -> None:
    """Even a condition on it hides a source."""
    memory = remembered()
    derived = P[["age"]].assign(new=P["age"] + 1)

    answer = run_query(sql, {"d": derived}, memory)
    origins = memory._known[-1].origins

    assert set(origins) == columns
    assert answer.num_rows == 3


def test_whole_numbers_are_of_64_bits_again_if_they_fit() -> None:
    """A sum is an integer in pandas, too."""
    answer = run_query(
        "select sum(id) as s, sum(id) * 10 ** 18 * 99 as big from p", {"p": P}, ColumnMemory()
    )

    assert answer.schema.field("s").type == pa.int64()


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("copy p to 'x.csv'", "COPY, expected one SELECT"),
        ("attach 'x.db' as x", "ATTACH, expected one SELECT"),
        ("install httpfs", "LOAD"),
        ("set threads = 1", "SET"),
        ("insert into p values (1)", "INSERT"),
        ("select 1; select 2", "SELECT, SELECT"),
        ("", "no statement"),
        ("select * from 'x.csv'", "disabled by configuration"),
        ("select * from read_text('/etc/hostname')", "disabled by configuration"),
        ("select * from P2", "P2 does not exist"),
        ("select nope from p", "nope"),
        ("selec", "syntax error"),
    ],
)
def test_query_reaches_the_given_frames_only(sql: str, problem: str) -> None:
    """No file, no network, no variable of the script, no second statement."""
    P2 = P  # noqa: N806, F841  # DuckDB must not find it

    with pytest.raises(QueryError, match=problem):
        run_query(sql, {"p": P}, ColumnMemory())


def test_error_quotes_no_value() -> None:
    """DuckDB's own message would show the cell."""
    with pytest.raises(QueryError, match="Conversion Error") as caught:
        run_query(
            "select cast(name as integer) from p", {"p": P.assign(Name="secret")}, ColumnMemory()
        )

    assert "message hidden" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_frame_that_is_none_is_refused() -> None:
    """The message names the frame and its type."""
    with pytest.raises(DataReadError, match=r"frame 'p'.*builtins\.list"):
        run_query("from p", {"p": [1]}, ColumnMemory())  # type: ignore[dict-item]  # the fault

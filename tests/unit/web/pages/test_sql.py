"""The SQL page: one bounded query at a time, on read-only servers too."""

from __future__ import annotations

import io
import json
import re
import shlex
from html import unescape
from urllib.parse import urlencode

import pyarrow.parquet as pq
import pytest
from asked_pages import Pages
from served import OURS, Answer

from lineage.web.pages import sql as page
from projections.examples.cookbook import examples


def asked(pages: Pages, sql: str, wanted: str = "table", at: str = "", **fields: str) -> Answer:
    """The answer to a query that a form of our own page sent."""
    body = urlencode({"sql": sql, "format": wanted, **fields}).encode()
    return pages.ask(f"/sql{at}", method="POST", body=body, headers=OURS)


def test_rows_are_shown_with_the_query(asked_survey: Pages) -> None:
    """All of them are there, and the field still has the query."""
    answer = asked(asked_survey, "select task_id, '<b>' as x from tasks order by 1")
    text = answer.body.decode()

    assert answer.status == 200
    assert ">t_count</" in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "rows, all of them." in text
    assert "order by 1</textarea>" in text


def test_rows_are_asked_for_by_page(asked_survey: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is on one page, what is left out is never silent, and a million never arrive."""
    monkeypatch.setattr(page, "MOST_ROWS", 3)
    found = []
    for skip in ("0", "3", "6"):
        text = asked(asked_survey, "select unnest(range(8)) as n", skip=skip).body.decode()
        found += re.findall(r'<th scope="row" class="number">(\d)<', text)
        assert ("Later rows" in text) == (skip != "6")
        assert ("Earlier rows" in text) == (skip != "0")

    assert found == [*"01234567"]
    assert "Rows 7 to 8; these are the last." in text
    assert "all of them" in asked(asked_survey, "select unnest(range(3)) as n").body.decode()
    assert "no rows after the first 9" in asked(asked_survey, "select 1", skip="9").body.decode()
    assert asked(asked_survey, "select 1", skip="1000001").status == 400


@pytest.mark.parametrize(
    ("kind", "mark"),
    [("line", "<polyline"), ("bar", '<rect class="mark row"'), ("scatter", "<circle")],
)
def test_rows_are_drawn(asked_survey: Pages, kind: str, mark: str) -> None:
    """A chart is made by the server; its names are text, and what is no number leaves a gap."""
    sql = 'select n as x, nullif(n * n, 4) as "<i>" from range(5) t(n)'
    text = asked(asked_survey, sql, chart=kind, across="x", up="<i>").body.decode()

    assert mark in text
    assert "&lt;i&gt; by x" in text
    assert "<i>" not in text
    assert "style=" not in text
    assert (
        "<figure" not in asked(asked_survey, sql, chart=kind, across="x", up="nobody").body.decode()
    )


def test_page_says_what_asks_the_same_in_a_terminal(asked_survey: Pages) -> None:
    """The words are quoted for a shell, and have the moment of the page."""
    text = asked(asked_survey, "select '$x'", at="?at=3").body.decode()
    (command,) = re.findall("<pre[^>]*>(lineage query.*?)</pre>", text, re.DOTALL)

    assert shlex.split(unescape(command)) == ["lineage", "query", "select '$x'", "--as-of", "3"]


@pytest.mark.parametrize("wanted", ["csv", "json", "parquet"])
def test_file_has_the_rows(asked_survey: Pages, wanted: str) -> None:
    """Lists are JSON where a format has none."""
    answer = asked(asked_survey, "select 1 as a, ['x', 'y'] as b union all select 2, null", wanted)

    assert answer.headers["content-disposition"] == f'attachment; filename="query.{wanted}"'
    match wanted:
        case "csv":
            assert answer.body.decode().splitlines()[0] == '"a","b"'
            assert len(answer.body.decode().splitlines()) == 3
        case "json":
            assert sorted(row["a"] for row in json.loads(answer.body)) == [1, 2]
        case _:
            assert pq.read_table(io.BytesIO(answer.body)).num_rows == 2


def test_file_that_is_cut_says_so_in_its_name(
    asked_survey: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps the file sees it later, too."""
    monkeypatch.setattr(page, "MOST_FILE_ROWS", 3)
    answer = asked(asked_survey, "select unnest(range(5)) as n", "json")

    assert [row["n"] for row in json.loads(answer.body)] == [0, 1, 2]
    assert answer.headers["content-disposition"].endswith('"query-first-3-rows.json"')


@pytest.mark.parametrize(
    "sql",
    [
        "drop table events",
        "select * from read_csv('/etc/passwd')",
        "copy runs to '/tmp/x'",
        "set memory_limit = '1GB'",
        "select 1; select 2",
        "select nothing from runs",
        "",
    ],
)
def test_wrong_query_is_explained_in_place(asked_survey: Pages, sql: str) -> None:
    """Nothing is written, read or set; the query stays in the field."""
    text = asked(asked_survey, sql).body.decode()

    assert "The query failed" in text


def test_error_is_marked_in_its_line(asked_survey: Pages) -> None:
    """The place is under the word."""
    assert (
        "select nothing from runs\n       ^^^^^^^"
        in asked(asked_survey, "select nothing from runs").body.decode()
    )


def test_endless_query_is_stopped(asked_survey: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says which limit it reached."""
    monkeypatch.setattr(page, "LIMITS", page.replace(page.LIMITS, timeout_s=0.2))
    text = asked(
        asked_survey, "select count(*) from range(1000000000000) a, range(1000) b"
    ).body.decode()

    assert "The query failed" in text
    assert "0.2" in text


def test_query_asks_the_moment_of_the_page(asked_survey: Pages) -> None:
    """A form on a page of the past asks the past."""
    assert "<td" not in asked(asked_survey, "select 1 from runs", at="?at=1").body.decode()
    answer = asked(asked_survey, "select count(*) as n from events", "json", at="?at=3")
    assert json.loads(answer.body) == [{"n": 3}]


def test_read_only_server_answers_queries_of_its_own_page_only(census: Pages) -> None:
    """A query changes nothing; but a page of another site may not ask."""
    pages = Pages(census.project, is_read_only=True)
    other = OURS | {"sec-fetch-site": "cross-site"}

    assert asked(pages, "select 1 as one").status == 200
    assert pages.ask("/sql", method="POST", body=b"sql=select+1", headers=other).status == 403
    assert pages.ask("/runs", method="POST", headers=OURS).status == 403


def test_cookbook_fills_the_field(asked_survey: Pages) -> None:
    """Each question leads to the page with its statement; an unknown one is refused."""
    text = asked_survey.html("sql")

    assert 'href="sql?example=1"' in text
    assert asked_survey.json("sql", example=1)["sql"] == examples()[0].sql
    assert "the cookbook has none" in asked_survey.html("sql", 400, example=999)

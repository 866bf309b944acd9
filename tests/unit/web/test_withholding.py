"""No page shows a value, SQL or code unasked; whoever asks is on record, and sees it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import planted_history
import pytest
from asked_pages import Pages
from hand_clock import HandClock
from planted_history import NUMBER, RUNS, TASK, TEXT
from served import OURS, Answer, served

from lineage.project import Project
from lineage.web.access import Proxy
from lineage.web.pages.one_run.subjects import SUBJECTS
from projections.withholding.closed_columns import closed_columns

RUN = RUNS[0]
MOST_PAGES = 60
PROXY = Proxy(header="X-User", addresses=("127.0.0.1",))
MARK = re.compile(rf"{TEXT}|{NUMBER:.0f}|{int(NUMBER):,}|{int(NUMBER)}")
"""What must not be seen."""

READABLE = "from {} limit 5"


@pytest.fixture(scope="module")
def clock() -> HandClock:
    """A clock that the tests set."""
    return HandClock()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, clock: HandClock) -> Iterator[Project]:
    """A project with something planted in every place."""
    root = tmp_path_factory.mktemp("planted")
    with Project(root, clock=clock) as opened:
        planted_history.fill(opened.ledger)
        yield opened


@pytest.fixture(scope="module")
def pages(project: Project) -> Pages:
    """Its pages, on a server that may write."""
    return Pages(project, proxy=PROXY)


def ask_for(pages: Pages, page: str, *, user: str = "", **given: str) -> str:
    """Press Show on a page, say why, and return the address that it leads to."""
    headers = {"x-user": user} if user else {}
    form = pages.ask(
        f"/action?{urlencode({'do': 'show', 'page': page, 'query': urlencode(given)})}",
        headers=headers,
    ).body.decode()
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    fields["query"], fields["reason"] = urlencode(given), "a complaint"
    answer = pages.ask(
        "/act", method="POST", body=urlencode(fields).encode(), headers=OURS | headers
    )
    assert answer.status == 303, answer.body
    return f"/{answer.headers['location']}"


def sql(pages: Pages, query: str) -> Answer:
    """The answer of the console to a query."""
    return pages.ask("/sql", "POST", urlencode({"sql": query}).encode(), OURS)


def test_nothing_planted_is_on_any_page(project: Project) -> None:
    """Every page and document that links lead to was opened, and the stream of a run, too."""
    searches = [f"/search?{urlencode({'text': word})}" for word in ("oldest", "age", "planted")]
    more = [*searches, *(f"{one.replace('search', 'search.json')}" for one in searches)]
    more += [f"/live-events?id={RUN}", f"/compare?run={RUNS[0]}&run={RUNS[1]}", f"/run?id={TASK}"]
    more += [f"/event.json?position={n}" for n in range(1, project.ledger.head() + 1, 5)]
    of_run = ("plan", "live", *SUBJECTS)
    more += [f"/{name}{kind}?id={RUN}" for name in of_run for kind in ("", ".json")]
    more += [f"/run-messages.{kind}?id={RUN}" for kind in ("txt", "ndjson")]
    more += [f"/{name}?run={RUN}" for name in ("audit", "audit.json", "audit.html", "graph.csv")]
    more += [f"/trends.json?name={name}" for name in (TASK, "q")]
    seen: dict[str, str] = {}
    with served(project) as server:
        server.enter()
        for path, answer in server.crawl():
            seen[path] = answer.text
            if len(seen) == MOST_PAGES:
                break
        seen |= {path: server.ask(path).text for path in more}
        head = server.ask(f"/run?id={RUN}", "HEAD")
        late = server.ask(f"/live-events?id={RUN}", last_event_id="9" * 5000)

    opened = {urlsplit(path).path for path in seen}
    assert opened >= {f"/{name}" for name in ("run", "run-steps", "replay", "compare", "trends")}
    assert opened >= {"/run.json", "/run-steps.json", "/event.json", "/live-events", "/sql"}
    assert [path for path, text in seen.items() if MARK.search(text)] == []
    assert head.body == b""
    assert late.status == 200


@pytest.mark.parametrize(
    ("page", "given", "shown"),
    [
        ("run", {"id": RUN}, "error"),
        ("run-steps", {"id": RUN}, "sql"),
        ("replay", {"id": RUN}, "error"),
        ("compare", {"run": RUN}, "metric 1"),
        ("trends", {"name": TASK, "metric": "Leak.oldest"}, "metric 1"),
        ("event", {"position": "4"}, "message"),
    ],
)
def test_who_asks_is_shown_it_and_on_record(
    pages: Pages, project: Project, page: str, given: dict[str, str], shown: str
) -> None:
    """Page and document show the same; the event says who asked for what, and why."""
    wanted = planted_history.planted(shown)
    if page == "compare":
        given = {"run": RUNS[1]}  # with the run before it
    plain = pages.html(page, **given)
    address = ask_for(pages, page, **given)
    granted = dict(parse_qsl(urlsplit(address).query))

    assert wanted not in plain
    assert 'class="withholding"' in plain
    assert wanted in pages.html(page, **granted)
    assert TEXT in str(pages.json(page, **granted))
    recorded = project.catalog().row("from disclosures where position = ?", [granted["shown"]])
    assert recorded is not None
    assert recorded["page"] == page
    assert recorded["reason"] == "a complaint"
    assert "a complaint" in pages.html("disclosures")


def test_what_is_shown_is_shown_to_nobody_else_and_nowhere_else(
    pages: Pages, project: Project, clock: HandClock
) -> None:
    """A copied, changed, forged or old address shows nothing, and neither does another server."""
    address = ask_for(pages, "run", id=RUN, user="ada")
    shown = dict(parse_qsl(urlsplit(address).query))["shown"]
    hers = {"x-user": "ada"}
    wanted = planted_history.planted("error")

    def body(path: str, headers: dict[str, str], of: Pages = pages) -> str:
        return of.ask(path, headers=headers).body.decode()

    assert wanted in body(address, hers)
    assert wanted in body(f"/run-steps?id={RUN}&shown={shown}", hers)
    past = f"/run?id={RUN}&shown={shown}&at={project.ledger.head()}"
    assert wanted in body(past, hers)
    refused = [
        (address, {"x-user": "bob"}),
        (address, {}),
        (f"/run?id={RUNS[1]}&shown={shown}", hers),
        (f"/compare?run={RUN}&run={RUNS[1]}&shown={shown}", hers),
        (f"/event?position=3&shown={shown}", hers),
        *((f"/run?id={RUN}&shown={forged}", hers) for forged in ("1", "0", "-1", "9" * 5000, "x")),
        (f"/run.json?id={RUN}&shown={int(shown) + 10**6}", hers),
    ]
    assert [path for path, who in refused if MARK.search(body(path, who))] == []
    reading = Pages(project, is_read_only=True, proxy=PROXY)
    text = body(address, hers, reading)
    assert not MARK.search(text)
    assert "This server only reads" in text
    clock.move(15 * 60)
    assert not MARK.search(body(address, hers))


def test_error_page_quotes_no_value(pages: Pages) -> None:
    """A metric that is not there is told from those that are by their names only."""
    text = pages.html("trends", name=TASK, metric="counts.x") + pages.html(
        "trends", 404, name="nothing", metric="x"
    )
    assert not MARK.search(text)


def test_reading_server_answers_queries_without_what_is_withheld(project: Project) -> None:
    """Every table can be read, and none shows a value; to name a column that may is refused."""
    reading = Pages(project, is_read_only=True)
    with project.catalog() as catalog:
        tables = [row["name"] for row in catalog.rows("show tables")]
    answers = {name: sql(reading, READABLE.format(name)).body.decode() for name in tables}

    assert [name for name, text in answers.items() if MARK.search(text)] == []
    assert [name for name, text in answers.items() if "The query failed" in text] == []
    assert {*closed_columns()} <= {*tables}
    for query in HOSTILE:
        text = sql(reading, query).body.decode()
        assert "The query failed" in text, query
        assert not MARK.search(text.partition("</textarea>")[2]), query
    assert "parameters may hold values" in sql(reading, HOSTILE[0]).body.decode()


HOSTILE = (
    "select parameters from operations",
    "select o.PARAMETERS as x from Operations o",
    "select (select max(parameters::varchar) from operations)",
    "with a as (from operations) select parameters from a",
    "select columns('para.*') from operations",
    "from main.operations",
    "from catalog.main.operations",
    "from runs join main.operations using (run_id)",
    "from runs where exists (from main.operations where parameters::varchar like '%P%')",
    "(select run_id from runs) union all (select parameters::varchar from main.operations)",
    "select list_transform([1], lambda x: (select max(parameters) from main.operations))",
    "with recursive r as (select 1 as n union all select n from r, main.operations) from r",
    "with operations as (from main.operations) from operations",
    "with operations as (select 1 as n) from operations, runs, (from operations)",
    "describe main.operations",
    "summarize main.operations",
    "from query('from main.operations')",
    "from query_table('operations')",
    "from pragma_storage_info('operation_beginnings')",
    "from histogram_values(operation_beginnings, parameters)",
    "select json_serialize_plan('select max(parameters) from main.operations', optimize := true)",
    "from information_schema.columns",
    "pivot operations on name using max(parameters::varchar)",
    "explain analyze from main.operations",
    "from 'DATA/raw/people.csv'",
    "from temp.main.closed_operations",
)


def test_writing_server_answers_whole_and_keeps_the_question(
    pages: Pages, project: Project
) -> None:
    """What was asked is on record once however often it is sent, and is the reader's history."""
    query = "select parameters from operations"
    before = project.ledger.head()
    answers = [sql(pages, query).body.decode() for _ in range(2)]

    assert all(planted_history.planted("sql") in text for text in answers)
    assert project.ledger.head() == before + 1
    (mine,) = [one for one in pages.json("sql")["history"] if one["statement"] == query]
    assert f'href="sql?past={mine["position"]}"' in pages.html("sql")
    assert pages.json("sql", past=mine["position"])["sql"] == query
    assert "you asked none there" in pages.html("sql", 400, past=1)
    others = pages.ask("/sql.json", headers={"x-user": "bob"}).body.decode()
    assert query not in others.partition('"history"')[2]


def test_comparison_says_that_withheld_values_differ(pages: Pages) -> None:
    """Which metrics differ is not withheld, only how."""
    changed = pages.json("compare", run=RUNS[1])["metrics"]
    told = {one["what"]: (one["left"], one["right"]) for one in changed}

    assert told["Leak.rows"] == (7, 8)
    assert told["Leak.oldest"] == ("[withheld]", "[withheld]")
    assert "Leak.first_rows" not in told


@pytest.mark.parametrize("number", ["9" * 5000, "١٢", "-3", "1e3", ""])
def test_number_of_a_request_that_is_none_is_refused_or_ignored(pages: Pages, number: str) -> None:
    """However long it is, nothing fails in the server."""
    asked = {
        name: pages.ask(f"/{name}?{urlencode({key: number})}").status
        for name, key in (
            ("event", "position"),
            ("runs", "before"),
            ("replay", "after"),
            ("runs", "at"),
            ("run", "shown"),
            ("sql", "past"),
        )
    }

    assert {*asked.values()} <= {200, 400}

"""The page of a run, its report and its replay, as a real server answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from small_tasks import CopyOperation, SmallTask, failing, make_project
from web_process import Browser, serving

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server of a project, and its runs."""

    browser: Browser
    failed: str
    resumed: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of a project with a run that failed, and one that resumed it."""
    root = tmp_path_factory.mktemp("project")
    with make_project(root) as project:
        runs = [
            SmallTask(CopyOperation(), failing(HOSTILE), project=project),
            SmallTask(CopyOperation(), CopyOperation(dataset="copy", output="b"), project=project),
        ]
        runs[0].run()
        runs[1].run(resume=True)
        failed, resumed = (one.run_id or "" for one in runs)
    with serving(root) as browser:
        yield Served(browser=browser, failed=failed, resumed=resumed)


def test_the_first_error_is_one_click_away(served: Served) -> None:
    """The page of a run that failed leads to the first error, which is there once."""
    text = served.browser.page(f"run?id={served.failed}")
    assert 'href="#first-error"' in text
    assert text.count('id="first-error"') == 1


def test_what_a_run_says_stays_text(served: Served) -> None:
    """A message with markup, colours and changes of direction is shown as it is written.

    A program worded it, so it is shown to whoever asks.
    """
    plain = served.browser.page(f"run?id={served.failed}")
    given = {"page": "run", "query": urlencode({"id": served.failed}), "reason": "a test"}
    form = served.browser.page(f"action?{urlencode({'do': 'show', **given})}")
    once = re.search(r'name="once" value="([^"]+)"', form)
    assert once is not None
    status, _, address = served.browser.send("act", {"do": "show", "once": once[1], **given})
    assert status == 303
    assert address is not None
    text = served.browser.page(address)
    assert "alert(1)" not in plain
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search("<script>alert|\x1b|\u202e", text)


def test_both_attempts_are_shown_with_the_source_of_reused_steps(served: Served) -> None:
    """The run that resumed another one shows both, and leads to where a reused step was done."""
    text = served.browser.page(f"run?id={served.resumed}")
    assert "resumed here" in text
    assert f'<a href="run?id={served.failed}"' in text
    assert f"from run {served.failed[:8]}: nothing it uses has changed" in text


def test_files_and_columns_lead_to_their_pages(served: Served) -> None:
    """Names of files and columns are links in a page, and none in a report that is written."""
    text = served.browser.page(f"run?id={served.resumed}")
    assert 'href="dataset?file=DATA%2Fprocessed%2Ft_one%2Foutput%2Fcopy.csv"' in text
    text = served.browser.page(f"workings?id={served.resumed}")
    assert 'href="column?file=DATA%2Fprocessed%2Ft_one%2Foutput%2Fcopy.csv&amp;column=age' in text


def test_the_document_has_the_timeline(served: Served) -> None:
    """The document of the page has the run, its steps in time and its attempts."""
    found = json.loads(served.browser.page(f"run.json?id={served.resumed}"))
    assert [row["status"] for row in found["timeline"]["rows"]] == ["skipped", "success"]
    assert [one["run_id"] for one in found["attempts"]] == [
        served.failed,
        served.resumed,
    ]


def test_events_are_shown_by_page_up_to_the_moment(served: Served) -> None:
    """A replay begins after the event that is asked for, and ends at the moment of the page."""
    whole = json.loads(served.browser.page(f"replay.json?id={served.failed}"))["steps"]
    at = whole[3]["event"]["position"]
    part = json.loads(served.browser.page(f"replay.json?id={served.failed}&after=2&at={at}"))
    assert part["steps"] == whole[2:4]


def test_a_report_is_the_one_of_then(served: Served) -> None:
    """The report as of the third event knows no operation that ended."""
    event = json.loads(served.browser.page(f"replay.json?id={served.failed}"))["steps"][2]["event"]
    then = json.loads(served.browser.page(f"report.json?id={served.failed}&at={event['position']}"))
    now = json.loads(served.browser.page(f"report.json?id={served.failed}"))
    assert then["ledger_position"] == event["position"] < now["ledger_position"]

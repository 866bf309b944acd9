"""The page of a run, its report and its replay, as a real server answers."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from served import Served as Browser
from served import serving
from small_tasks import PEOPLE, CopyOperation, SmallTask, begin_run, failing, make_project

from lineage.events import WarningRaised
from lineage.web.pages.one_run.subjects import SUBJECTS

NOISE = 250
"""Warnings of a run, more than a page of them."""

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server of a project, and its runs."""

    browser: Browser
    failed: str
    resumed: str
    again: str
    noisy: str


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
        (root / "DATA/raw/people.csv").write_text(f"{PEOPLE}Eve,9\n")
        runs += [
            SmallTask(CopyOperation(), CopyOperation(dataset="copy", output="c"), project=project)
        ]
        runs[2].run()
        failed, resumed, again = (one.run_id or "" for one in runs)
        noisy = begin_run(project, "t_noisy")
        for number in range(NOISE):
            noisy.observe(
                WarningRaised(operation=None, name="column", message=f"odd {number}", details={})
            )
        noisy.report_operation("load", "error", {"message": HOSTILE})
        noisy.succeed()
    with serving(root) as browser:
        yield Served(
            browser=browser, failed=failed, resumed=resumed, again=again, noisy=noisy.run_id
        )


def test_the_first_error_is_one_click_away(served: Served) -> None:
    """The page of a run that failed leads to the messages from the first error on."""
    text = served.browser.page(f"run?id={served.failed}")
    address = re.search(r'href="(run-messages[^"]*)"><bdi>First error', text)
    assert address is not None
    found = json.loads(served.browser.page(html.unescape(address[1]).replace("?", ".json?")))
    assert found["messages"][0]["position"] == found["first_error"]


def test_what_a_run_says_stays_text(served: Served) -> None:
    """A message with markup, colours and changes of direction is shown as it is written.

    A program worded it, so it is shown to whoever asks.
    """
    for page in ("run", "run-steps", "run-messages", "report"):
        assert "alert(1)" not in served.browser.page(f"{page}?id={served.failed}")
        text = served.browser.page(served.browser.shown(page, id=served.failed))
        assert "&lt;script&gt;alert(1)" in text
        assert not re.search("<script>alert|\x1b|\u202e", text)


def test_both_attempts_are_shown_with_the_source_of_reused_steps(served: Served) -> None:
    """The run that resumed another one shows both, and leads to where a reused step was done."""
    text = served.browser.page(f"run-steps?id={served.resumed}")
    assert "resumed here" in text
    assert f'<a href="run?id={served.failed}"' in text
    assert f"from run {served.failed[:8]}: nothing it uses has changed" in text
    assert "runs belong together" in served.browser.page(f"run?id={served.resumed}")


def test_what_differed_stands_beside_each_step(served: Served) -> None:
    """A step that ran again names parameters and inputs of another value, and no others."""
    text = served.browser.page(f"run-steps?id={served.again}")
    assert f"other than in {served.resumed[:8]}" in text
    assert "input people: other content" in text
    assert "parameter output: [withheld], before [withheld]" in text
    shown = served.browser.page(served.browser.shown("run-steps", id=served.again))
    assert "parameter output: c, before b" in shown
    document = json.loads(served.browser.page(f"run-steps.json?id={served.again}"))
    first, second = document["changes"]["steps"]
    assert [one["what"] for one in first["changes"]] == ["input people"]
    assert [one["what"] for one in second["changes"]] == ["parameter output", "input copy"]


def test_messages_are_paged_filtered_and_kept_as_files(served: Served) -> None:
    """Pages in both directions cover all messages once; a file has them all, one a line."""
    found, after = [], 0
    while True:
        page = json.loads(served.browser.page(f"run-messages.json?id={served.noisy}&after={after}"))
        found += [one["number"] for one in page["messages"]]
        if not page["has_later"]:
            break
        after = page["messages"][-1]["position"]
    last = json.loads(served.browser.page(f"run-messages.json?id={served.noisy}&from=end"))
    text = served.browser.page(f"run-messages.txt?id={served.noisy}")
    shown = served.browser.shown("run-messages", id=served.noisy, level="error")
    rows = served.browser.page(shown.replace("?", ".ndjson?")).splitlines()

    assert found == [*range(1, NOISE + 2)]
    assert last["messages"][-1]["number"] == NOISE + 1
    assert len(text.splitlines()) == NOISE + 1
    assert not re.search("\x1b|\u202e", text)
    assert [json.loads(row)["message"] for row in rows] == [HOSTILE]


def test_pages_about_a_run_lead_to_each_other(served: Served) -> None:
    """Each subject has an address of its own, which says where one is."""
    for page in SUBJECTS:
        text = served.browser.page(f"{page}?id={served.resumed}")
        assert text.count('aria-current="page"') == 1
        assert all(f'href="{other}?id={served.resumed}"' in text for other in SUBJECTS)


def test_files_and_columns_lead_to_their_pages(served: Served) -> None:
    """Names of files and columns are links in a page, and none in a report that is written."""
    text = served.browser.page(f"run-files?id={served.resumed}")
    assert 'href="dataset?file=DATA%2Fprocessed%2Ft_one%2Foutput%2Fcopy.csv"' in text
    assert 'href="column?file=DATA%2Fprocessed%2Ft_one%2Foutput%2Fcopy.csv&amp;column=age' in text


def test_the_document_has_the_timeline(served: Served) -> None:
    """The document of the page has the run, its steps in time and its attempts."""
    found = json.loads(served.browser.page(f"run-steps.json?id={served.resumed}"))
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

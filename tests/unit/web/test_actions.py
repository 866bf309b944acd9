"""What pages change: real forms, a real server, and the events that come of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import release_project
from served import Served as Browser
from served import serving
from small_tasks import recorded

from lineage.events import ClassificationProposed, streams
from lineage.kernel import host
from lineage.project import Project
from lineage.tasks.registry.registry import find_task

TASK = '''
from pathlib import Path

from lineage.tasks import BaseTask
from ops import BaseOperation, OperationResult


class Gate(BaseOperation):
    """Fails while a file is there."""

    def execute(self, data_source, task_dir, progress_tracker=None):
        if Path(__file__).with_name("shut").exists():
            raise ValueError("the gate is shut")
        return OperationResult()


class GateTask(BaseTask):
    """Passes the gate."""

    def __init__(self):
        super().__init__("t_gate", "test", "pass a gate")

    def configure_operations(self):
        self.add_operation(Gate)
'''
PROXY = ("--user-header", "X-User", "--proxy", "127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server of a project with a run that succeeded, and one that failed."""

    browser: Browser
    root: Path
    good: str
    failed: str

    def form(self, action: str, **given: str) -> dict[str, str]:
        """Return the fields that the form of an action has when it is loaded."""
        text = self.browser.page("action?" + urlencode({"do": action, **given}))
        return dict(re.findall('type="hidden" name="(\\w+)" value="([^"]*)"', text))

    def events(self, topic: str) -> int:
        """Return how many events of a type there are."""
        with Project(self.root) as project:
            return len(recorded(project, topic))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server behind a proxy that names users."""
    root = tmp_path_factory.mktemp("project")
    release_project.after_one_run(root, "name")
    (root / "tasks").mkdir()
    (root / "tasks/t_gate.py").write_text(TASK)
    (root / "tasks/shut").touch()
    with Project(root) as project:
        task = find_task(project, "t_gate")
        task.run()
        good = project.ledger.runs_of_task("t_safe")[0]
        _propose(project)
    (root / "tasks/shut").unlink()
    with serving(root, *PROXY) as browser:
        yield Served(browser=browser, root=root, good=good, failed=task.run_id or "")


def _propose(project: Project) -> None:
    proposed = [
        ClassificationProposed(
            dataset="people",
            uri="DATA/raw/people.csv",
            sha256="0" * 64,
            column=column,
            role="sensitive",
            category="health",
            evidence={},
        )
        for column in ("height", "weight")
    ]
    project.ledger.append(streams.classifications("people"), proposed, expected_version=0)


def test_a_note_is_an_event_of_whom_the_proxy_names(served: Served) -> None:
    """The answer leads to the run, which shows the note; the event names the user."""
    fields = served.form("annotate", id=served.good) | {"note": "seen <b>", "tags": "a, b"}
    answer = served.browser.send("act", fields, **{"X-User": "ada"})
    assert (answer.status, answer.headers["location"]) == (303, f"run?id={served.good}")
    assert "seen &lt;b&gt;" in served.browser.page(answer.headers["location"])
    with Project(served.root) as project:
        last = project.ledger.read_stream(f"run:{served.good}")[-1]
    assert last.actor == f"ada ({host.login()})"
    assert last.event.model_dump()["changes"] == {"note": "seen <b>", "tags": ["a", "b"]}


def test_without_a_proxy_the_actor_is_that_of_the_command_line(served: Served) -> None:
    """Whoever has the cookie acts as the one who started the server."""
    served.browser.send("act", served.form("archive", id=served.good) | {"reason": "old"})
    fields = served.form("restore", id=served.good) | {"reason": "not so old"}
    served.browser.send("act", fields)
    with Project(served.root) as project:
        found = project.ledger.read_stream(f"run:{served.good}")[-2:]
    assert [one.event.TOPIC for one in found] == ["run.archived", "run.restored"]
    assert {one.actor for one in found} == {host.actor()}


def test_a_form_that_is_sent_twice_acts_once(served: Served) -> None:
    """The second answer leads to the same place, and nothing more is on record."""
    fields = served.form("waive", policy="no names") | {"until": "2999-01-01", "reason": "test"}
    before = served.events("waiver.granted")
    answers = [served.browser.send("act", fields) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    first, second = (answer.headers["location"] for answer in answers)
    assert first == second
    assert served.events("waiver.granted") == before + 1
    assert "2999-01-01" in served.browser.page(first)


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({"reason": ""}, {}, 400),
        ({"reason": " "}, {}, 400),
        ({"reason": "x" * 2001}, {}, 400),
        ({"once": "made.up"}, {}, 400),
        ({"do": "drop"}, {}, 400),
        ({"policy": "unknown"}, {}, 409),
        ({"until": "soon"}, {}, 400),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, {"Sec-Fetch-Site": "none"}, 403),
        ({}, {"Origin": "http://evil.example"}, 403),
    ],
)
def test_what_cannot_be_done_leaves_no_trace(
    served: Served, changes: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """A form without a reason, of another server or of another site is refused."""
    fields = served.form("waive", policy="no names") | {"until": "2999-01-01", "reason": "test"}
    before = served.events("waiver.granted")
    assert served.browser.send("act", fields | changes, **headers).status == status
    assert served.events("waiver.granted") == before


def test_a_proposal_is_confirmed_or_rejected(served: Served) -> None:
    """The decisions are on record, and the proposals show them."""
    about = {"dataset": "people", "reason": "asked the clinic"}
    said = served.form("confirm", dataset="people", column="height") | {"role": "sensitive"}
    assert served.browser.send("act", said | about).status == 303
    wrong = served.form("reject", dataset="people", column="weight")
    assert served.browser.send("act", wrong | about).status == 303
    found = json.loads(served.browser.page("proposals.json"))["proposals"]
    assert {one["column"]: one["state"] for one in found} == {
        "height": "confirmed",
        "weight": "rejected",
    }


def test_a_run_is_resumed_by_a_process_of_its_own(served: Served) -> None:
    """The command runs, its page leads to the run it began, and that resumes the other."""
    fields = served.form("resume", id=served.failed) | {"reason": "the gate is open"}
    answer = served.browser.send("act", fields, **{"X-User": "ada"})
    document = answer.headers["location"].replace("command?", "command.json?")
    deadline = time.monotonic() + 30
    while (found := json.loads(served.browser.page(document)))["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert found["state"] == "succeeded"
    with Project(served.root) as project:
        events = project.ledger.read_stream(f"run:{found['run_id']}")
        notes = recorded(project, "run.annotated")
    assert events[0].event.model_dump()["resumes"] == served.failed
    assert events[0].actor == f"ada ({host.login()})"
    assert {"resume_reason": "the gate is open"} in [note.changes for note in notes]


def test_pages_of_the_past_offer_no_action(served: Served) -> None:
    """What was cannot be changed."""
    assert "action?do=" in served.browser.page(f"run?id={served.good}")
    assert "action?do=" not in served.browser.page(f"run?id={served.good}&at=20")
    assert served.browser.ask(f"/action?do=archive&id={served.good}&at=20").status == 400


def test_a_server_that_only_reads_offers_and_does_nothing(served: Served) -> None:
    """Neither link nor form, and a form of another server is refused."""
    fields = served.form("archive", id=served.good) | {"reason": "old"}
    with serving(served.root, "--read-only") as browser:
        assert "action?do=" not in browser.page(f"run?id={served.good}")
        assert browser.ask(f"/action?do=archive&id={served.good}").status == 400
        assert browser.send("act", fields).status == 403

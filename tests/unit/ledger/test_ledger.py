"""A ledger is opened by its URL, and only by the process that uses it."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lineage.events import WarningRaised
from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import (
    ConfigurationError,
    LedgerConflictError,
    LedgerUnavailableError,
)
from lineage.ledger import Ledger

CHILDREN = Path(__file__).parents[2] / "integration"


def warn(message: object) -> WarningRaised:
    """Return an event that holds a text."""
    return WarningRaised(operation=None, name="test", message=str(message))


@pytest.mark.parametrize(
    "name",
    [
        "a b?#%é'.db",
        'quote".db',
        "%41.db",
        "a&mode=memory",
        ":memory:",
        "日本🐍.db",
        "a;b\\c.db",
        "~",
    ],
)
def test_file_of_any_name_is_the_one_that_is_opened(tmp_path: Path, name: str) -> None:
    """A quoted URL means its file, to the letter, and no other."""
    url = (tmp_path / name).as_uri().replace("file:", "sqlite:", 1)

    with closing(Ledger(url)) as ledger:
        ledger.append("a", [warn(1)], expected_version=0)

    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///data/a?b.db",
        "sqlite:///data/a#b.db",
        "sqlite://host/data/a.db",
        "sqlite://relative.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:",
        "file:///data/a.db",
        "/data/a.db",
        "C:\\a.db",
        "mysql://host/db",
        "sqlite://[",
        "sqlite:///data/a\nb.db",
        "",
    ],
)
def test_url_that_names_no_file_is_refused_with_the_form(url: str) -> None:
    """A URL that might mean another file than it seems is an error."""
    with pytest.raises(ConfigurationError, match=r"expected sqlite:///absolute/path.*memory://"):
        Ledger(url)


def test_relative_path_is_taken_from_the_present_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sqlite:name` names a file where the process is, also after it has moved on."""
    monkeypatch.chdir(tmp_path)
    with closing(Ledger("sqlite:sub.db")) as ledger:
        monkeypatch.chdir("/")
        ledger.append("a", [warn(1)], expected_version=0)

        assert ledger.file == tmp_path / "sub.db"

    assert (tmp_path / "sub.db").exists()


def test_ledger_in_no_file_names_none() -> None:
    """Who asks for the file of a ledger is told when there is none."""
    with closing(Ledger("memory://")) as opened:
        assert opened.file is None


def test_stream_copied_from_another_ledger_has_the_same_events(ledger: Ledger) -> None:
    """Events, run, task and causes are those of the source; a stream that is taken is refused."""
    ledger.append("a", [warn(1), warn(2)], expected_version=0, run="r", causations=[None, 1])
    with closing(Ledger("memory://")) as other:
        other.copy_stream(ledger, "a")
        other.copy_stream(ledger, "nothing")

        assert [(e.event, e.run, e.causation) for e in other.read()] == [
            (e.event, e.run, e.causation) for e in ledger.read()
        ]
        with pytest.raises(LedgerConflictError, match="'a'"):
            other.copy_stream(ledger, "a")


def test_password_of_a_url_shows_in_no_message() -> None:
    """A URL is quoted in errors, a password never."""
    with pytest.raises(ConfigurationError, match=r"\*\*\*@host") as caught:
        Ledger("mysql://user:Margarethe@host/db")

    assert "Margarethe" not in str(caught.value)


def test_environment_of_the_library_plays_no_part(
    ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that other programs set for `eventsourcing` do not move the ledger."""
    monkeypatch.setenv("PERSISTENCE_MODULE", "eventsourcing.popo")
    monkeypatch.setenv("LEDGER_SQLITE_DBNAME", ":memory:")
    monkeypatch.setenv("SQLITE_DBNAME", ":memory:")

    with closing(Ledger(f"sqlite://{ledger_path}")) as ledger:
        ledger.append("a", [warn(1)], expected_version=0)

    assert ledger_path.exists()


def test_actor_is_the_argument_or_the_user_with_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who acts can be stated from outside; user and host are on record all the same."""
    monkeypatch.setenv("LINEAGE_ACTOR", "robot")
    with closing(Ledger("memory://", actor="me")) as ledger:
        assert ledger.actor == "me"
    with closing(Ledger("memory://")) as ledger:
        assert ledger.actor.startswith("robot (")
        assert "@" in ledger.actor
    monkeypatch.setenv("LINEAGE_ACTOR", "")
    with closing(Ledger("memory://")) as ledger:
        assert "@" in ledger.actor


@pytest.mark.parametrize("use", ["append", "read", "read_stream", "read_arrow", "head"])
def test_closed_ledger_says_so(ledger: Ledger, use: str) -> None:
    """Using what was closed is an error of ours."""
    ledger.close()
    uses = {
        "append": lambda: ledger.append("a", [warn(1)], expected_version=0),
        "read": lambda: list(ledger.read()),
        "read_stream": lambda: ledger.read_stream("a"),
        "read_arrow": lambda: list(ledger.read_arrow()),
        "head": ledger.head,
    }

    with pytest.raises(LedgerUnavailableError, match="it is closed"):
        uses[use]()


def test_use_after_a_fork_is_refused_and_harms_nothing(ledger_path: Path) -> None:
    """A forked child that shares the parent's connections is told to open its own."""
    said = subprocess.run(
        [sys.executable, "-W", "ignore", str(CHILDREN / "use_after_fork.py"), str(ledger_path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()

    assert [line.split()[0] for line in said] == [
        "append",
        "read",
        "read_stream",
        "read_arrow",
        "head",
        "last_of_stream",
        "parent",
    ]
    assert all("open the project again in the child" in line for line in said[:-1])
    assert said[-1] == "parent 2"


def test_naive_time_is_an_error(ledger: Ledger) -> None:
    """A time without offset could mean any moment of a day."""
    with pytest.raises(TypeError, match="offset-naive"):
        ledger.position_at(datetime(2026, 1, 1))  # noqa: DTZ001  # that is the test


def test_clock_that_tells_local_time_is_recorded_in_utc(ledger_path: Path) -> None:
    """Whatever the zone of a time, the ledger gives it back in UTC."""
    clock = SteppingClock(start=datetime(2026, 1, 1, tzinfo=UTC))
    with closing(Ledger(f"sqlite://{ledger_path}", clock=clock)) as ledger:
        ledger.append("a", [warn(1)], expected_version=0)

        assert ledger.read_stream("a")[0].recorded_at.isoformat() == "2026-01-01T00:00:00+00:00"


def test_many_threads_of_two_ledgers_lose_nothing(ledger_path: Path) -> None:
    """Threads that share a file, some also the object, append to a stream without a loss."""
    url = f"sqlite://{ledger_path}"
    with closing(Ledger(url)) as first, closing(Ledger(url)) as second:
        threads = [
            threading.Thread(target=append_patiently, args=(ledger, name, 10))
            for ledger in (first, second)
            for name in ("a", "a", "a", "b", "c", "d", "e", "f", "g", "h")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [event.position for event in first.read()] == list(range(1, 201))
        assert [event.version for event in second.read_stream("a")] == list(range(1, 61))


def append_patiently(ledger: Ledger, stream: str, count: int) -> None:
    """Append events, each at the version the stream has by then."""
    version = 0
    while count:
        try:
            ledger.append(stream, [warn(count)], expected_version=version)
        except LedgerConflictError:
            version = len(ledger.read_stream(stream))
        else:
            version, count = version + 1, count - 1

"""An encrypted ledger: what is on the disk, what can be read, and what is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from encrypted_ledgers import MARK, OTHER_KEY, all_bytes, archived

from lineage.kernel.errors import (
    CipherError,
    ErasedError,
    LedgerError,
    LedgerLockedError,
    LedgerUnavailableError,
)
from lineage.kernel.secrets import keyring
from lineage.kernel.secrets.keyring import Keyring
from lineage.ledger import Ledger, NewEvents
from lineage.ledger.encryption import recorder

Open = Callable[..., Ledger]

WAYS_TO_READ: dict[str, Callable[[Ledger], object]] = {
    "read_stream": lambda ledger: ledger.read_stream("run:1"),
    "last_of_stream": lambda ledger: ledger.last_of_stream("run:1"),
    "read": lambda ledger: list(ledger.read()),
    "append": lambda ledger: ledger.append("run:1", [archived(9)], expected_version=2),
}
BULK: dict[str, Callable[[Ledger], list[str | None]]] = {
    "arrow": lambda ledger: next(ledger.read_arrow())["payload"].to_pylist(),
    "rows": lambda ledger: [row.payload for row in ledger.read_rows(after=0, until=9)],
    "stream": lambda ledger: ledger.read_stream_arrow("run:1")["payload"].to_pylist(),
}


@pytest.fixture
def intruder(ledger: Ledger) -> Iterator[sqlite3.Connection]:
    """A plain connection to the file, which knows how to drop a guard."""
    with closing(sqlite3.connect(str(ledger.file), isolation_level=None)) as connection:
        yield connection


def wrapped_key(ledger: Ledger, stream: str) -> bytes:
    """Return the key of a stream as the file has it."""
    with closing(sqlite3.connect(str(ledger.file))) as connection:
        sql = "select wrapped from stream_keys where stream = ?"
        found: bytes = connection.execute(sql, (stream,)).fetchone()[0]
    return found


def test_no_payload_is_on_the_disk(ledger: Ledger, tmp_path: Path) -> None:
    """The envelope is, and the ledger reads what nobody else can."""
    content = all_bytes(tmp_path)

    assert MARK.encode() not in content
    assert b"run.archived" in content
    assert [recorded.event for recorded in ledger.read()] == [archived(n) for n in (1, 2, 3)]
    assert ledger.faults(is_deep=True) == []


def test_ledger_stays_encrypted_for_who_does_not_ask(ledger: Ledger, open_ledger: Open) -> None:
    """The file decides, not the settings."""
    other = open_ledger(is_wanted=False)
    other.append("run:3", [archived(4)], expected_version=0)

    assert other.is_encrypted
    assert MARK.encode() not in all_bytes(Path(str(ledger.file)).parent)


def test_seals_and_conversions_are_open_to_everybody(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said of the ledger itself can be read without a key."""
    ledger.append("ledger:seals", [archived(4)], expected_version=0)
    monkeypatch.delenv("LINEAGE_MASTER_KEY")

    assert ledger.read_stream("ledger:seals")[0].event == archived(4)


@pytest.mark.parametrize("way", WAYS_TO_READ)
def test_without_the_master_key_the_error_names_the_remedy(
    ledger: Ledger, open_ledger: Open, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read, decided or appended."""
    monkeypatch.delenv("LINEAGE_MASTER_KEY")
    locked = open_ledger()

    with pytest.raises(LedgerLockedError, match="no master key is set; set LINEAGE_MASTER_KEY"):
        WAYS_TO_READ[way](locked)
    assert (locked.locked, locked.head()) == (True, 3)


@pytest.mark.parametrize("way", {**WAYS_TO_READ, **BULK})
def test_another_master_key_is_an_error(
    ledger: Ledger, open_ledger: Open, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong key must not look like a ledger that is locked."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", OTHER_KEY)
    functions: dict[str, Callable[[Ledger], Any]] = {**WAYS_TO_READ, **BULK}

    with pytest.raises(CipherError, match="made with another master key"):
        functions[way](open_ledger())


@pytest.mark.parametrize("way", BULK)
def test_bulk_read_has_the_envelope_and_null_for_what_is_hidden(
    ledger: Ledger, open_ledger: Open, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First in the clear, then after an erasure, then without the master key."""
    shown = BULK[way](ledger)
    ledger.destroy_stream_key("run:1")
    erased = BULK[way](ledger)
    monkeypatch.delenv("LINEAGE_MASTER_KEY")
    locked = BULK[way](open_ledger())

    assert all(text and MARK in text for text in shown)
    assert erased[:2] == [None, None]
    assert erased[2:] == shown[2:]
    assert locked == [None] * len(shown)


def test_destroyed_key_is_in_no_file(ledger: Ledger, open_ledger: Open, tmp_path: Path) -> None:
    """Not in the file, its free pages or its log, though others have it open."""
    other = open_ledger()
    assert len(other.read_stream("run:1")) == 2
    secret = wrapped_key(ledger, "run:1")[-40:]
    assert secret in all_bytes(tmp_path)

    assert ledger.destroy_stream_key("run:1") is True
    assert ledger.destroy_stream_key("run:1") is False

    assert secret not in all_bytes(tmp_path)
    assert ledger.erased_streams() == {"run:1"}
    with pytest.raises(ErasedError):  # whatever it kept in memory
        other.read_stream("run:1")


@pytest.mark.parametrize("way", WAYS_TO_READ)
def test_erased_stream_is_an_error_that_says_so(ledger: Ledger, way: str) -> None:
    """Nothing is decided on it, and nothing added to it."""
    ledger.destroy_stream_key("run:1")

    with pytest.raises(ErasedError, match="it was erased: its key was destroyed"):
        WAYS_TO_READ[way](ledger)


def test_rest_of_an_erased_ledger_is_read(ledger: Ledger) -> None:
    """Who asks for it learns which events are hidden."""
    ledger.destroy_stream_key("run:1")
    hidden: list[int] = []

    shown = [recorded.event for recorded in ledger.read(on_unreadable=hidden.append)]

    assert (shown, hidden) == ([archived(3)], [1, 2])
    counts = ledger.count_keys()
    assert counts is not None
    assert (counts.living, counts.erased) == (1, 1)


@pytest.mark.parametrize(
    "sql",
    [
        "insert into stream_keys values ('run:1', 1, x'00', null)",
        "insert or replace into stream_keys values ('run:1', 1, x'00', null)",
        "update stream_keys set wrapped = x'00' where stream = 'run:1'",
        "delete from stream_keys where stream = 'run:1'",
        "insert into events values (4, 'run:2', 2, 'x', 1, 0, 'x', null, null, null, '{}')",
        "insert into events values (4, 'run:1', 3, 'x', 1, 0, 'x', null, null, null, x'0100')",
        "insert into events values (4, 'run:9', 1, 'x', 1, 0, 'x', null, null, null, x'0100')",
    ],
)
def test_file_refuses_what_would_undo_an_erasure(
    ledger: Ledger, intruder: sqlite3.Connection, sql: str
) -> None:
    """No key comes back, no payload comes in the clear, and none without a key."""
    ledger.destroy_stream_key("run:1")

    with pytest.raises(sqlite3.Error):
        intruder.execute(sql)


@pytest.mark.parametrize("way", ["read", *BULK])
@pytest.mark.parametrize(
    "forgery",
    [
        "update events set payload = (select payload from events where position = 3)",
        "update events set payload = cast('{}' as blob) where position = 1",
        "update events set type = 'run.restored' where position = 1",
        "update events set payload = substr(payload, 1, 9) where position = 1",
    ],
)
def test_forged_payload_is_an_error(
    ledger: Ledger, intruder: sqlite3.Connection, way: str, forgery: str
) -> None:
    """Moved, replaced by plaintext, under another type, or cut."""
    intruder.execute("drop trigger events_refuse_update")
    intruder.execute(forgery)
    functions: dict[str, Callable[[Ledger], Any]] = {**WAYS_TO_READ, **BULK}

    with pytest.raises(LedgerError, match="does not open"):
        functions[way](ledger)


def test_missing_guard_and_missing_key_are_named(
    ledger: Ledger, intruder: sqlite3.Connection
) -> None:
    """The key of a stream with events cannot just go."""
    intruder.execute("drop trigger stream_keys_refuse_delete")
    intruder.execute("delete from stream_keys where stream = 'run:1'")

    assert ledger.faults(is_deep=False) == ["trigger stream_keys_refuse_delete is missing"]
    with pytest.raises(LedgerError, match="key of stream 'run:1': its row is missing"):
        next(ledger.read_arrow())


def test_keys_are_wrapped_again_before_old_versions_are_forgotten(
    ledger: Ledger, open_ledger: Open, tmp_path: Path
) -> None:
    """Then a copy of the old rows opens nothing any more."""
    before = wrapped_key(ledger, "run:1")
    ring = Keyring(tmp_path / "keys", keyring.master_secret())
    ring.rotate("ledger")

    assert ledger.wrap_keys_again() == 2
    ring.forget_old_versions("ledger")

    assert wrapped_key(ledger, "run:1") != before
    assert len(open_ledger().read_stream("run:1")) == 2
    ledger.append("run:2", [archived(4)], expected_version=1)


def test_ledger_that_is_not_encrypted_is_left_alone(open_ledger: Open) -> None:
    """The project may ask for encryption later; only the command converts."""
    open_ledger(is_wanted=False).append("run:1", [archived(1)], expected_version=0)
    asked = open_ledger()

    assert (asked.is_encrypted, len(asked.read_stream("run:1"))) == (False, 1)
    with pytest.raises(LedgerError, match="run `lineage ledger encrypt`"):
        asked.append("run:1", [archived(2)], expected_version=1)
    with pytest.raises(LedgerError, match="it is not encrypted, so it has no key"):
        asked.destroy_stream_key("run:1")


def test_every_stream_has_a_key_of_its_own(open_ledger: Open) -> None:
    """They are made in one transaction, and opened again by another process."""
    streams = [f"run:{number}" for number in range(1_000)]
    new = [NewEvents(stream=s, events=[archived(1)], expected_version=0) for s in streams]

    open_ledger().append_all(new)

    payloads = next(open_ledger().read_arrow())["payload"]
    assert (len(payloads), payloads.null_count) == (1_000, 0)


def fill(ledger: Ledger, count: int) -> list[object]:
    """Append events to 7 streams, large and small; return what can be read then."""
    events = [(f"run:{n % 7}", n // 7, archived(n)) for n in range(count)]
    ledger.append_all(
        [NewEvents(stream=s, events=[event], expected_version=v) for s, v, event in events]
    )
    return [*ledger.read()]


def then(head: int) -> NewEvents:
    """Return what is appended when a ledger is encrypted."""
    return NewEvents(stream="ledger:test", events=[archived(head)], expected_version=0)


def test_conversion_keeps_every_event_and_no_plaintext(
    open_ledger: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Positions, times and payloads are the same; others that have it open go on."""
    monkeypatch.setattr(recorder, "_BATCH", 100)
    plain = open_ledger(is_wanted=False)
    before = fill(plain, 250)
    other = open_ledger(is_wanted=False)
    other.head()

    assert plain.encrypt(lambda _: NewEvents(stream="x", events=[], expected_version=0)) == 250

    assert list(plain.read()) == list(other.read()) == before
    assert plain.faults(is_deep=True) == []
    other.append("run:1", [archived(9)], expected_version=other.read_stream("run:1")[-1].version)
    assert MARK.encode() not in all_bytes(tmp_path)


def test_conversion_appends_in_its_own_transaction(open_ledger: Open, tmp_path: Path) -> None:
    """And keeps a copy if that is asked for, which only its owner may read."""
    plain = open_ledger(is_wanted=False)
    fill(plain, 3)

    plain.encrypt(then, copy=tmp_path / "copy.db")

    assert plain.read_stream("ledger:test")[0].position == 4
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("select count(*), min(payload) >= '{' from events").fetchone() == (3, 1)
    with pytest.raises(LedgerError, match="encrypted already"):
        plain.encrypt(then)


def test_conversion_that_fails_changes_nothing(open_ledger: Open, tmp_path: Path) -> None:
    """Whatever is raised last, the file is as it was."""
    plain = open_ledger(is_wanted=False)
    before = fill(plain, 3)
    (tmp_path / "copy.db").touch()

    with pytest.raises(FileExistsError):
        plain.encrypt(then, copy=tmp_path / "copy.db")

    assert (plain.is_encrypted, list(plain.read()), plain.faults(is_deep=True)) == (
        False,
        before,
        [],
    )


def test_log_that_another_reader_needs_is_named(open_ledger: Open) -> None:
    """The key is destroyed then, and the error says that a copy of it is still in the log."""
    ledger = open_ledger(lock_timeout_s=0.1)
    fill(ledger, 3)
    with closing(sqlite3.connect(str(ledger.file), isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from events").fetchone()

        with pytest.raises(LedgerUnavailableError, match="still holds what was destroyed"):
            ledger.destroy_stream_key("run:1")

    assert ledger.destroy_stream_key("run:1") is False
    assert ledger.erased_streams() == {"run:1"}

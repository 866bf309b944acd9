"""One damaged record does not blank the pages: what can be read is shown, and what not is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from asked_pages import Pages, pages_of
from copies import copied
from release_project import after_one_run

from lineage.web.pages import PAGES

UNREADABLE = {
    "no JSON": ("metric.recorded", b'{"name": "marker-x", "val'),
    "a type of no release": ("metric.invented", b"{}"),
}
"""What no catalog can be made of."""

ODD = (
    ("metric.recorded", b"{}"),
    (
        "metric.recorded",
        b'{"operation":"no","category":5,"name":["a"],"value":{"a":[1,null,"NaN",{"b":true}]}}',
    ),
    ("artifact.written", b'{"operation":1,"uri":null,"columns":"abc"}'),
)
"""What a catalog can be made of, though no release writes it: absent fields and other types."""

SOME = ("/", "/attention", "/runs", "/datasets", "/columns", "/proof", "/retention")
"""Pages that ask for the history in different ways."""


def made(root: Path) -> str:
    """Fill a folder with a project of one run, and return the id of the run."""
    after_one_run(root, "name")
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as connection:
        return str(connection.execute("select max(run) from events").fetchone()[0])


def plant(root: Path, run: str, topic: str, payload: bytes) -> int:
    """Record what no release would record, and return its position."""
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as connection, connection:
        position, at = connection.execute(
            "select max(position) + 1, max(recorded_at) + 1 from events"
        ).fetchone()
        version = connection.execute(
            "select max(version) + 1 from events where stream = ?", [f"run:{run}"]
        ).fetchone()[0]
        row = (position, f"run:{run}", version, topic, 1, at, "x", run, "t_safe", None, payload)
        connection.execute(f"insert into events values ({', '.join('?' * len(row))})", row)
        return int(position)


def answers(pages: Pages, addresses: Iterable[str]) -> dict[str, str]:
    """Return the pages that answer; none may be an error of ours."""
    found = {address: pages.ask(address) for address in addresses}
    assert {a: one.body for a, one in found.items() if one.status not in {200, 400, 404}} == {}
    return {a: one.body.decode() for a, one in found.items() if one.status == 200}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_pages_show_the_record_up_to_an_event_that_cannot_be_read(
    tmp_path: Path, kind: str
) -> None:
    """Each says which event it is; what the event holds is on none."""
    run = copied(made, tmp_path)
    position = plant(tmp_path, run, *UNREADABLE[kind])
    with pages_of(tmp_path) as pages:
        shown = answers(pages, [*SOME, f"/run?id={run}"])

    assert f"up to event {position - 1} of {position}" in shown["/"]
    assert "t_safe" in shown["/"]
    assert not any("marker-x" in text for text in shown.values())


def test_odd_events_are_shown_with_what_they_have(tmp_path: Path) -> None:
    """What they lack is not recorded; the rest of the history is as it was."""
    run = copied(made, tmp_path)
    for topic, payload in ODD:
        plant(tmp_path, run, topic, payload)
    with pages_of(tmp_path) as pages:
        shown = answers(
            pages, [*(f"/{name}" for name in PAGES), f"/run?id={run}", f"/workings?id={run}"]
        )

    assert "t_safe" in shown["/"]
    assert "cannot be read" not in shown["/"]

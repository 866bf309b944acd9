"""A history in which every text that an event may hold tries to be something else on a page.

The events are those of `golden/events`, one of each kind, with each text replaced wherever the
event still is one. Files and columns have the same name everywhere, so that they fit together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pydantic

from lineage.events import VOCABULARY, Event, streams
from lineage.ledger import Ledger

GOLDEN: Final = Path(__file__).parent / "golden/events"
CLASSES: Final = {cls.TOPIC: cls for cls in VOCABULARY}
MARK: Final = re.compile(r"hostile-(\w+)-\{\{7\*7\}\}")
"""What is left of a field where it is shown as text."""

RUN_NOUNS: Final = frozenset(
    {
        *("run", "operation", "dataset", "artifact", "metric", "warning", "environment"),
        *("code", "columns", "checkpoint", "claim", "risk", "budget", "file"),
    }
)
_ENDS: Final = ("run.failed", "run.interrupted", "run.refused", "run.succeeded")
_OTHERS: Final = ("run.imported", "run.archived", "run.restored", "run.resumed", "task.imported")
_UNTOUCHED: Final = ("seal", "signer", "ledger", "key", "erasure", "record")
"""Nouns whose events have to fit the ledger itself."""

_SAME: Final = {
    "uri": "uri",
    "source_uri": "uri",
    "release_uri": "uri",
    "column": "column",
    "columns": "column",
    "source_column": "column",
}


def hostile(field: str, *, controls: str = "\x1b[31m") -> str:
    """Return what a field holds.

    Args:
        field: Its name.
        controls: Control characters, which an envelope may not hold.
    """
    word = re.sub(r"\W", "_", field)
    return (
        f"hostile-{word}-{{{{7*7}}}}\"'></title></script><x-evil onclick=alert(1)>"
        f"<script>alert(2)</script>&lt;\u202e{controls}"
    )


RUN: Final = hostile("run_id", controls="")
TASK: Final = hostile("task_id", controls="")
RELEASE: Final = hostile("release_id", controls="")


def fill(ledger: Ledger) -> set[str]:
    """Append the history, and return the names of the fields that are hostile."""
    events = {event.TOPIC: event for event in map(_hostile_event, sorted(GOLDEN.glob("*.json")))}
    order = ["run.started", "operation.started"]
    left_out = {*order, *_ENDS, *_OTHERS}
    facts = [n for n in events if n.partition(".")[0] in RUN_NOUNS and n not in left_out]
    for number, end in enumerate(_ENDS[:3]):
        run = RUN if number == 0 else f"{RUN}{number}"
        whole = [*order, *(facts if number == 0 else []), end]
        _append(ledger, f"run:{run}", [events[name] for name in whole], run=run, task=TASK)
    registered = [events["task.registered"]]
    _append(ledger, f"task:{TASK}", registered, task=TASK)
    release = ["release.approved", "policy.evaluated", "release.published"]
    _append(ledger, streams.release(RELEASE), [events[name] for name in release], run=RUN)
    done = {*order, *facts, *_ENDS, *_OTHERS, *release}
    for name, event in events.items():
        noun = name.partition(".")[0]
        if name not in done and noun not in {*_UNTOUCHED, "task", "release"}:
            _append(ledger, f"{noun}:{hostile(noun, controls='')}", [event])
    return {found for event in events.values() for found in MARK.findall(event.model_dump_json())}


def _append(
    ledger: Ledger,
    stream: str,
    events: list[Event],
    run: str | None = None,
    task: str | None = None,
) -> None:
    version = len(ledger.read_stream(stream))
    ledger.append(stream, events, expected_version=version, run=run, task=task)


def _hostile_event(path: Path) -> Event:
    """Return an event with as many hostile texts as it takes."""
    stored = json.loads(path.read_text("utf-8"))
    cls, payload = CLASSES[stored["type"]], stored["payload"]
    if stored["schema_version"] != cls.SCHEMA_VERSION or not _is_valid(cls, payload):
        newest = path.with_name(f"{stored['type']}.v{cls.SCHEMA_VERSION}.json")
        payload = json.loads(newest.read_text("utf-8"))["payload"]
    if stored["type"].partition(".")[0] not in _UNTOUCHED:
        for replace, field in [*_texts(payload)]:
            before = replace(hostile(_SAME.get(field, f"{stored['type']}_{field}")))
            if not _is_valid(cls, payload):
                replace(before)
    return cls.model_validate_json(json.dumps(payload))


def _texts(value: Any, field: str = "") -> Iterator[tuple[Any, str]]:
    """Yield a function that replaces a text and returns the one before, and the field's name."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in [*pairs]:
        name = key if isinstance(key, str) else field
        if isinstance(item, str):
            yield _replacing(value, key), name
        elif isinstance(item, dict | list):
            yield from _texts(item, name)


def _replacing(container: Any, key: Any) -> Any:
    def replace(text: str) -> str:
        before = str(container[key])
        container[key] = text
        return before

    return replace


def _is_valid(cls: type[Event], payload: Any) -> bool:
    try:
        cls.model_validate_json(json.dumps(payload))
    except pydantic.ValidationError:
        return False
    return True

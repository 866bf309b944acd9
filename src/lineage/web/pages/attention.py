"""What wants attention, each in a sentence, with where it is listed and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lineage.erasure.retention import list_retention
from lineage.kernel.errors import PathRefusedError
from lineage.policies import dictionary
from lineage.upkeep.doctor import LOW_DISK_BYTES
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages import runs
from lineage.web.parts.cells import Listed, Words
from lineage.web.remembered import Remembered
from lineage.web.standing import standing
from projections.documents.findings.attention import build_attention, latest_files
from projections.documents.privacy.proposals import build_classification_proposals
from projections.documents.run_list import build_latest_runs
from projections.documents.task_list import build_task_list
from projections.pages.cells import Table, digest, more_than, table_of
from projections.pages.section import Section, counted

Document = Mapping[str, Any]

MOST: Final = 200
"""Rows of a table."""

MOST_NAMED: Final = 3
"""Tasks that a sentence names."""

LOOKED_AT: Final = 100
"""Files, the last written, of which somebody looks whether they are on the disk."""

MOST_TASKS: Final = 100
"""Tasks whose latest runs are found."""

_BAD: Final = frozenset({"failed", "interrupted"})
_REASONS: Final = {
    "input": "a file that its run read has changed",
    "configuration": "its task has another configuration now",
    "code": "its task has another code now",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Something that somebody should look at.

    Attributes:
        kind: What it is, in one word.
        count: How many there are.
        text: The same in a sentence.
        where: Where they are listed.
        advice: What to do about it.
    """

    kind: str
    count: int
    text: str
    where: object
    advice: str = ""

    def plain(self) -> dict[str, object]:
        """Return it as part of a document."""
        return {"kind": self.kind, "count": self.count, "text": self.text, "advice": self.advice}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the history says at one position.

    Attributes:
        tasks: `projections.documents.task_list`.
        latest: The latest runs of the first tasks, by the id of the task.
        found: `projections.documents.findings.attention`.
        proposed: Columns that were proposed as personal data, and wait for a person.
        files: The files that runs wrote last.
    """

    tasks: Sequence[Document]
    latest: Mapping[str, Sequence[Document]]
    found: Document
    proposed: int
    files: Sequence[str]


_known: Remembered[Known] = Remembered()


def known(asked: Asked) -> Known:
    """Return what the history says; of the present it is found once for each position."""
    if asked.moment is not None:
        return _find(asked)
    return _known.get(asked.project, asked.catalog.position, lambda: _find(asked))


def attention(asked: Asked) -> Page:
    """Show what wants attention, with the results and files that no other page lists."""
    every = [*wanted(asked)]
    history = known(asked)
    missing = _missing(asked, history)
    return Page(
        title="Wants attention",
        lead=f"{counted(len(every), 'thing')}." if every else "Nothing that the record shows.",
        document={
            "attention": [one.plain() for one in every],
            "stale": history.found["stale"],
            "missing": missing,
        },
        sections=[
            *([Section(title="All of it", tables=table(every))] if every else []),
            _stale(history.found["stale"]),
            _not_on_disk(asked, missing),
        ],
    )


def table(every: Sequence[Wanted]) -> list[Table]:
    """Return a table of what wants attention."""
    rows = [(Words(one.text), one.where, Words(one.advice)) for one in every]
    return table_of(("what", "where", "what to do"), rows)


def wanted(asked: Asked) -> Iterator[Wanted]:
    """Yield what wants attention, what is most urgent first."""
    history = known(asked)
    is_past = asked.moment is not None
    if not is_past:
        yield from _dead(asked)
    yield from _failed(history.tasks)
    yield from _violated(history.found["violations"])
    yield from _unfinished(history.found)
    if not is_past:
        yield from _overdue(asked)
        yield from _disk(asked, history)
        yield from _unsealed(asked)
    yield from _outdated(history.found["stale"])
    yield from _proposed(history.proposed)


def _find(asked: Asked) -> Known:
    is_past = asked.moment is not None
    declared = dictionary.declared(asked.project, asked.catalog, is_past=is_past)
    proposed = build_classification_proposals(asked.catalog, declared)
    tasks = build_task_list(asked.catalog)
    names = [task["task_id"] for task in tasks[:MOST_TASKS]]
    return Known(
        tasks=tasks,
        latest=build_latest_runs(asked.catalog, names, most=runs.MOST_IN_STRIP),
        found=build_attention(asked.catalog, most=MOST),
        proposed=sum(one["state"] == "open" for one in proposed),
        files=latest_files(asked.catalog, most=LOOKED_AT),
    )


def _dead(asked: Asked) -> Iterator[Wanted]:
    seen = runs.seen(asked)
    dead = [run for run, one in seen.items() if one.status == "interrupted"]
    silent = [run for run, one in seen.items() if one.status == "running" and one.detail]
    if silent:
        where = links.Link("Runs", links.address("runs", status="running"))
        yield Wanted(
            kind="silent runs",
            count=len(silent),
            text=f"{counted(len(silent), 'open run')} of another machine or process space gave no "
            "sign of life for more than five minutes.",
            where=links.run(silent[0]) if len(silent) == 1 else where,
            advice="`lineage doctor` records it as interrupted",
        )
    if dead:
        where = links.Link("Runs", links.address("runs", status="interrupted"))
        yield Wanted(
            kind="dead runs",
            count=len(dead),
            text=f"The process of {counted(len(dead), 'open run')} died.",
            where=links.run(dead[0]) if len(dead) == 1 else where,
            advice="`lineage doctor` records that; `lineage resume` goes on",
        )


def _failed(tasks: Sequence[Document]) -> Iterator[Wanted]:
    bad = [task for task in tasks if task["status"] in _BAD]
    if not bad:
        return
    if len(bad) > MOST_NAMED:
        text = f"The latest run of {len(bad):,} tasks failed or was interrupted."
    else:
        ends = [f"that of {task['task_id']} {_ended(task['status'])}" for task in bad]
        text = f"The latest run {_and(ends).removeprefix('that ')}."
    named = [(links.run(task["run_id"]),) for task in bad[:MOST_NAMED]]
    more = [(links.Link("All that failed", links.address("runs", status="failed")),)]
    yield Wanted(
        kind="failed runs",
        count=len(bad),
        text=text,
        where=Listed(named + more * (len(bad) > MOST_NAMED)),
        advice="`lineage resume RUN` goes on where it ended",
    )


def _ended(status: str) -> str:
    return "failed" if status == "failed" else "was interrupted"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _violated(found: Document) -> Iterator[Wanted]:
    if found["verdicts"]:
        verb = "is" if found["verdicts"] == 1 else "are"
        released = f", {found['released']:,} of them released" if found["released"] else ""
        text = f"{counted(found['verdicts'], 'policy')} {verb} violated "
        text += f"by {counted(found['files'], 'file')}{released}."
        yield Wanted(
            kind="violations",
            count=found["verdicts"],
            text=text,
            where=links.Link("Policies", links.address("policies")),
            advice="`lineage policy check FILE` judges again",
        )


def _unfinished(found: Document) -> Iterator[Wanted]:
    erasures, releases = found["unfinished_erasures"], found["unfinished_releases"]
    if erasures:
        yield Wanted(
            kind="erasures",
            count=erasures,
            text=f"{counted(erasures, 'erasure')} not finished.",
            where=links.Link("Erasures", links.address("erasures")),
            advice="`lineage erase finish` finishes one",
        )
    if releases:
        yield Wanted(
            kind="releases",
            count=releases,
            text=f"{counted(releases, 'release')} allowed, but not published.",
            where=links.Link("Releases", links.address("releases")),
            advice="`lineage release FILE` asks again",
        )
    if found["locked_events"]:
        yield Wanted(
            kind="locked",
            count=found["locked_events"],
            text=f"{counted(found['locked_events'], 'event')} encrypted, and no key is set: "
            "what they say is missing on all pages.",
            where=links.Link("Settings", links.address("settings")),
            advice="set `LINEAGE_MASTER_KEY`",
        )


def _overdue(asked: Asked) -> Iterator[Wanted]:
    if not any(one.retention for one in asked.project.settings.datasets.values()):
        return
    over = sum(one["is_over"] for one in list_retention(asked.project, asked.catalog))
    if over:
        yield Wanted(
            kind="retention",
            count=over,
            text=f"{counted(over, 'file')} kept past the declared period.",
            where=links.Link("Retention", links.address("retention")),
            advice="`lineage erase dataset NAME` erases one",
        )


def _disk(asked: Asked, history: Known) -> Iterator[Wanted]:
    free = shutil.disk_usage(asked.project.root).free
    if free < LOW_DISK_BYTES:
        yield Wanted(
            kind="disk",
            count=1,
            text=f"The disk has {free / 2**30:.1f} GiB left.",
            where=links.Link("Datasets", links.address("datasets")),
            advice="make room before the next run",
        )
    missing = _missing(asked, history)
    if missing:
        looked = f"Of the {counted(len(history.files), 'file')} that runs wrote last, "
        yield Wanted(
            kind="missing files",
            count=len(missing),
            text=f"{looked}{len(missing):,} {'is' if len(missing) == 1 else 'are'} not on disk.",
            where=links.Link("Files", links.address("attention")),
            advice="`lineage run TASK` makes them again",
        )


def _missing(asked: Asked, history: Known) -> list[str]:
    """Return which of the latest files are not on the disk now; none where that is the past."""
    return [] if asked.moment is not None else [f for f in history.files if _is_gone(asked, f)]


def _is_gone(asked: Asked, uri: str) -> bool:
    try:
        return asked.project.storage(uri).status(uri) is None
    except (OSError, PathRefusedError):
        return False


def _unsealed(asked: Asked) -> Iterator[Wanted]:
    found = standing(asked.project)
    where = links.Link("Proof", links.address("proof"))
    behind = found.head - found.until
    if found.head and not found.until:
        text = "Nothing is sealed: a careful change of the record would not show."
        yield Wanted(kind="seal", count=found.head, text=text, where=where, advice="`lineage seal`")
    elif behind > 1:  # the record of the seal itself stands behind what it covers
        yield Wanted(
            kind="seal",
            count=behind,
            text=f"{counted(behind, 'event')} not under a signed head.",
            where=where,
            advice="`lineage seal` signs one over all",
        )


def _outdated(stale: Document) -> Iterator[Wanted]:
    if stale["total"]:
        counts = [
            f"{count:,} because {reason}"
            for kind, reason in _REASONS.items()
            if (count := sum(one["reason"] == kind for one in stale["found"]))
        ]
        latest = "" if stale["total"] == len(stale["found"]) else f" (of the latest {MOST})"
        yield Wanted(
            kind="stale results",
            count=stale["total"],
            text=f"{counted(stale['total'], 'result')} "
            f"{'is' if stale['total'] == 1 else 'are'} out of date: {_and(counts)}{latest}.",
            where=links.Link("Results", links.address("attention")),
            advice="`lineage run TASK` makes it again",
        )


def _proposed(waiting: int) -> Iterator[Wanted]:
    if waiting:
        yield Wanted(
            kind="proposals",
            count=waiting,
            text=f"{counted(waiting, 'column')} proposed as personal data, not decided.",
            where=links.Link("Proposals", links.address("proposals")),
            advice="confirm or reject what a profile took for personal data",
        )


def _stale(stale: Document) -> Section:
    rows = [
        (
            links.dataset(one["uri"]),
            digest(one["sha256"]),
            links.run(one["run_id"], one["task_id"]),
            _REASONS[one["reason"]],
            one["input"] and links.dataset(one["input"]),
        )
        for one in stale["found"]
    ]
    nothing = "No result is older than what its run read, its configuration or its code."
    return Section(
        title="Results that are out of date",
        texts=() if rows else (nothing,),
        tables=table_of(
            ("result", "version", "made by", "because", "what changed"),
            rows,
            more=more_than(len(rows), stale["total"], "lineage query"),
        ),
        notes=("Results that were made from one of these are not listed before it is made again.",)
        if rows
        else (),
    )


def _not_on_disk(asked: Asked, missing: Sequence[str]) -> Section:
    said = f"Of the {LOOKED_AT} files that runs wrote last, these are not on the disk."
    nothing = f"The files that runs wrote last are on the disk; at most {LOOKED_AT} were looked at."
    if asked.moment is not None:
        said = nothing = "What was on the disk in the past is not recorded."
    rows = [(links.dataset(uri),) for uri in missing]
    return Section(
        title="Files that are not on disk",
        texts=(said if rows else nothing,),
        tables=table_of(("file",), rows),
    )

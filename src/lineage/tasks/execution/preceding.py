"""What came before an operation, in a run and in the one that it resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from lineage.recording.column_facts import TABULAR

FAILED: Final = "ran again and failed"
IN_MEMORY: Final = "ran again, with data in memory"
UNRECORDED: Final = "ran again, and what that reads and writes is not recorded"

_RUNNING: Final = "runs again and is not finished"
_DONE: Final = frozenset({"success", "warning"})

File = tuple[str, str]
"""Path on record and type of a file."""


@dataclass(slots=True, kw_only=True)
class _Step:
    """An operation of the run.

    Attributes:
        name: What it is called.
        index: Which operation of the earlier run it is, or was compared with, from 0; None for
            none.
        is_reused: Whether it is reused; if not, it was executed.
        files: What it wrote.
        unknown: What it did that may affect others unseen; None if all it did is known.
    """

    name: str
    index: int | None
    is_reused: bool
    files: Iterable[File] = ()
    unknown: str | None = None


class Preceding:
    """The operations that came before the next one of a run, then and now.

    What an operation reads through its data source is on record. The rest, such as frames in
    memory and the choice of datasets, is the same for it as long as the same came before it.

    Args:
        operations: Those of the earlier run, see `projections.documents.resume_state`.
    """

    def __init__(self, operations: Sequence[Mapping[str, Any]]) -> None:
        self._operations = operations
        self._steps: list[_Step] = []

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def reused(self) -> frozenset[int]:
        """Indexes of the operations of the earlier run that are reused."""
        return frozenset(i for s in self._steps if s.is_reused and (i := s.index) is not None)

    @property
    def seen(self) -> frozenset[int]:
        """Indexes of those that are reused or were compared with one that runs again."""
        return frozenset(s.index for s in self._steps if s.index is not None)

    def add_reused(self, index: int) -> None:
        """Note that the next operation is one of the earlier run."""
        recorded = self._operations[index]
        step = _Step(name=recorded["name"], index=index, is_reused=True, files=_files(recorded))
        self._steps.append(step)

    def add_executed(self, name: str, index: int | None) -> None:
        """Note that the next operation begins; `note_end` says what it did."""
        step = _Step(name=name, index=index, is_reused=False, unknown=_RUNNING)
        self._steps.append(step)

    def note_end(self, number: int, files: Iterable[File], unknown: str | None) -> None:
        """Note what an operation did, by its number in the run.

        Args:
            number: Which one, from 1.
            files: What it wrote.
            unknown: FAILED, IN_MEMORY, UNRECORDED, or None if all it did is known.
        """
        step = self._steps[number - 1]
        step.files, step.unknown = tuple(files), unknown

    def writer(self, uri: str) -> str | None:
        """Return the last operation that ran again and wrote a file, as messages name it."""
        labels = [_label(n, s) for n, s in self._executed() if uri in _uris(s.files)]
        return labels[-1] if labels else None

    def obstacle(self, index: int, declares_use: Callable[[], bool]) -> str | None:
        """Return what came before an operation otherwise than then; None if nothing it may use.

        Args:
            index: The operation of the earlier run.
            declares_use: Tells whether it touches only the datasets that it declares; asked if
                that matters.
        """
        has_changed = self.seen != frozenset(range(index)) or any(self._executed())
        if not has_changed:
            return None
        return self._lost_input(index) or (None if declares_use() else self._unseen(index))

    def _lost_input(self, index: int) -> str | None:
        uris = {read["uri"] for read in self._operations[index]["inputs"]}
        written = {uri for step in self._steps for uri in _uris(step.files)}
        for earlier in self._operations[:index]:
            for uri in sorted(uris & _uris(_files(earlier)) - written):
                name = earlier["name"]
                return f"its input {uri!r} was written by operation {name!r}, and no longer is"
        return None

    def _unseen(self, index: int) -> str | None:
        executed = list(self._executed())
        for number, step in executed:
            if step.unknown is not None:
                return f"{_label(number, step)} before it {step.unknown}"
        for other in sorted({*range(index)} - self.seen):
            if _is_unknown(self._operations[other]):
                name = self._operations[other]["name"]
                return (
                    f"operation {name!r} is no longer before it, and what that did is not recorded"
                )
        if not self._operations[index]["inputs"]:
            what = f"{_label(*executed[-1])} before it ran again" if executed else _OTHERS
            return f"{what}, and what this one reads is not recorded"
        offered = {s for step in self._steps for s in _datasets(step.files)}
        before = {s for r in self._operations[:index] for s in _datasets(_files(r))}
        changed = ", ".join(map(repr, sorted(offered ^ before)))
        return f"the datasets it can choose from changed: {changed}" if changed else None

    def _executed(self) -> Iterator[tuple[int, _Step]]:
        return ((n, s) for n, s in enumerate(self._steps, 1) if not s.is_reused)


_OTHERS: Final = "the operations before it changed"


def _label(number: int, step: _Step) -> str:
    return f"operation {number} ({step.name!r})"


def _is_unknown(recorded: Mapping[str, Any]) -> bool:
    is_seen = recorded["inputs"] or recorded["artifacts"]
    return recorded["status"] in _DONE and bool(recorded["in_memory"] or not is_seen)


def _files(recorded: Mapping[str, Any]) -> list[File]:
    if recorded["status"] not in _DONE:
        return []
    return [(row["uri"], row["artifact_type"]) for row in recorded["artifacts"]]


def _uris(files: Iterable[File]) -> set[str]:
    return {uri for uri, _ in files}


def _datasets(files: Iterable[File]) -> set[str]:
    """Return the names under which files are offered to later operations."""
    return {PurePath(uri).stem for uri, artifact_type in files if artifact_type in TABULAR}

"""The files that the operations of one run have written, so that none replaces another's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from lineage.domain.run import RunFact
from lineage.events import ArtifactWritten
from lineage.kernel.errors import OperationError
from lineage.kernel.paths import is_same_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One file that an operation wrote.

    Attributes:
        operation: The operation, as a message names it.
        uri: The file as the history names it, links followed.
        sha256: Digest of its content; None if it is missing.
    """

    operation: str
    uri: str
    sha256: str | None


class RunOutputs:
    """Keeps what operations of a run have written; safe to share between threads.

    Args:
        root: The folder that relative uris start from.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = Lock()
        self._known: dict[str, list[Output]] = {}

    def claim(self, outputs: Iterable[Output]) -> None:
        """Keep the files of an operation, all or none.

        Raises:
            OperationError: One has the path of another output of the run, and other content.
        """
        claimed: dict[str, list[Output]] = {}
        with self._lock:
            for output in outputs:
                key = unicodedata.normalize("NFC", output.uri).casefold()
                for other in (*self._known.get(key, ()), *claimed.get(key, ())):
                    if other.sha256 != output.sha256 and self._share_a_path(output, other):
                        raise _replaced(output, other)
                claimed.setdefault(key, []).append(output)
            for key, added in claimed.items():
                self._known.setdefault(key, []).extend(added)

    def _share_a_path(self, one: Output, other: Output) -> bool:
        # names that differ in case or in the form of an accent are one where the disk says so
        return one.uri == other.uri or is_same_file(self._root / one.uri, self._root / other.uri)


def outputs_of(operation: str, facts: Iterable[RunFact]) -> list[Output]:
    """Return the outputs among the facts of an operation, which a message names as given."""
    return [
        Output(operation=operation, uri=fact.uri, sha256=fact.sha256)
        for fact in facts
        if isinstance(fact, ArtifactWritten)
    ]


def _replaced(output: Output, other: Output) -> OperationError:
    writer = "it" if other.operation == output.operation else other.operation
    return OperationError(
        output.operation,
        problem=f"it wrote {output.uri!r} with other content than {writer} had written there",
        expected="a path for each output of a run",
        remedy="give one of the files another name, and run the task again",
    )

"""Measure how fast a ledger is verified, reading included, and what hashing costs.

Usage: python benchmarks/verify_rate.py [--events 1000000]

Beside it stands the SHA-256 of the same bytes in one piece: no verification can read less. A seal
is measured after few and after many events, since its cost depends on what is new only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from rebuild_rate import append_runs
from table import Row, medians_ms, show

from lineage.kernel.merkle import Frontier, root_of
from lineage.ledger.leaves import encoding
from lineage.project import Project
from lineage.seals import tree_chunks
from lineage.seals.kept_leaves import LEAVES_FILE
from lineage.seals.sealing import seal
from lineage.seals.verification import verify

SMALL = 50_000
NEW = 1_000
REPEATS = 3


def rows(events: int) -> Iterator[Row]:
    """Yield the measurements of a ledger with so many events."""
    with sealed_project(events) as project, Hashers(texts := leaves_of(project)) as two:
        stored = b"".join(texts)
        leaves = list(project.ledger.leaf_hashes(after=0, until=project.ledger.head()))
        works: dict[str, Callable[[], object]] = {
            "verify, reading included": lambda: verify(project),
            "verify, no leaf hashes kept": lambda: verify_anew(project),
            "read and hash the leaves": lambda: read_leaves(project),
            "hash the leaves, one core": lambda: encoding.hashes(texts),
            "hash the nodes, one core": lambda: hash_nodes(leaves),
            "hash leaves and nodes, two cores": two.hash,
        }
        beside, *ours = medians_ms(
            lambda: hashlib.sha256(stored).digest(), *works.values(), repeats=REPEATS
        )
        mib = len(stored) / 2**20
        for name, taken in zip(works, ours, strict=True):
            yield Row(
                name=f"{name}, {events:,} events",
                ours=taken,
                beside=beside,
                beside_name=f"SHA-256 of {mib:,.0f} MiB",
            )
        yield from seals(project, events)


def seals(project: Project, events: int) -> Iterator[Row]:
    """Yield what a seal over new events costs in a long ledger, beside a short one."""
    with sealed_project(NEW) as short:
        few, many = seal_ms(short), seal_ms(project)
    yield Row(
        name=f"seal {NEW:,} new events after {events:,}",
        ours=many,
        beside=few,
        beside_name=f"the same after {NEW:,}",
    )


def seal_ms(project: Project) -> float:
    """Return how long a seal takes after new events, the median of some."""

    def append() -> None:
        append_runs(project.state_folder, NEW, first=project.ledger.head())

    def sealed() -> None:
        assert seal(project) is not None

    return medians_ms(append, sealed, repeats=REPEATS)[1]


@contextmanager
def sealed_project(events: int) -> Iterator[Project]:
    """Yield a project whose ledger has so many events, under one seal."""
    os.environ["LINEAGE_SEALS"] = "on_demand"
    folder = Path(tempfile.mkdtemp(prefix="verify_rate."))
    try:
        (folder / "configs").mkdir()
        (folder / "configs/prj_config.json").write_text("{}")
        (folder / ".lineage").mkdir()
        append_runs(folder / ".lineage", events)
        with Project(folder) as project:
            seal(project)
            yield project
    finally:
        shutil.rmtree(folder)


def leaves_of(project: Project) -> list[bytes]:
    """Return what is hashed of each event."""
    recorder = project.ledger._recorder  # noqa: SLF001  # quicker than leaf by leaf
    batches = recorder.leaves(after=0, until=project.ledger.head())
    return [leaf for batch in batches for leaf in batch]


def verify_anew(project: Project) -> object:
    """Verify without the leaf hashes of an earlier time."""
    (project.state_folder / LEAVES_FILE).unlink(missing_ok=True)
    return verify(project)


def read_leaves(project: Project) -> int:
    """Read and hash every leaf."""
    return len(tree_chunks.leaf_hashes(project.ledger, until=project.ledger.head()))


def hash_nodes(leaves: list[list[bytes]]) -> bytes:
    """Hash every node above the leaves."""
    frontier = Frontier()
    for batch in leaves:
        frontier = frontier.extended(batch)
    return frontier.root()


class Hashers:
    """Two processes that each have half of the leaves; they end with the context."""

    def __init__(self, texts: list[bytes]) -> None:
        self._halves = (texts[: len(texts) // 2], texts[len(texts) // 2 :])
        self._ends: list[Connection] = []

    def __enter__(self) -> Self:
        context = get_context("spawn")
        for half in self._halves:
            ours, theirs = context.Pipe()
            context.Process(target=_hash_on_demand, args=(theirs,), daemon=True).start()
            theirs.close()
            ours.send(half)
            self._ends.append(ours)
        self.hash()
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.send(False)

    def hash(self) -> None:
        """Hash all leaves and the nodes above them."""
        for end in self._ends:
            end.send(True)
        for end in self._ends:
            end.recv()


def _hash_on_demand(end: Connection) -> None:
    texts = end.recv()
    while end.recv():
        root_of(encoding.hashes(texts))
        end.send(None)


def small() -> Iterator[Row]:
    """Yield rows for a shorter ledger."""
    yield from rows(SMALL)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    show(rows(parser.parse_args().events))


if __name__ == "__main__":
    main()

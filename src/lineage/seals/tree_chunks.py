"""Hash a long ledger in several processes: `python -m lineage.seals.tree_chunks` is one of them.

Hashing short texts holds the interpreter's lock, so threads would not help. The events are divided
into chunks of a power of two: the root of a whole chunk is a node of the tree, so each process
hashes leaves and nodes of its part, and nodes above the chunks alone are left to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct
from typing import IO, Final, Self

from lineage.kernel.merkle import HASH_BYTES, Frontier, root_of
from lineage.ledger import Ledger
from lineage.seals.kept_leaves import split

LEVEL: Final = 14
"""Height of the tree over a whole chunk."""

SHARED_FROM: Final = 200_000
"""Events from which on further processes are worth their start."""

MOST_PROCESSES: Final = 4
"""Processes that read one file; more of them wait for each other's reads."""

_HEADER: Final = Struct(">I?")
"""Before the hashes of a chunk: number of leaves, and whether the root stands before them."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the events of a range of positions hash to.

    Attributes:
        leaves: Their leaf hashes, 32 bytes each.
        root: Root of the tree over them; None unless there are 2 ** `LEVEL` of them.
    """

    leaves: list[bytes]
    root: bytes | None

    def after(self, frontier: Frontier) -> Frontier:
        """Return the frontier of a tree after these leaves were added to it."""
        if self.root is None or frontier.size % (1 << LEVEL):
            return frontier.extended(self.leaves)
        return frontier.joined(self.root, LEVEL)


def leaf_hashes(ledger: Ledger, *, until: int) -> list[bytes]:
    """Return the leaf hashes of the positions from 1 to `until`, as `chunks` does."""
    return [leaf for chunk in chunks(ledger, until=until) for leaf in chunk.leaves]


def chunks(ledger: Ledger, *, until: int) -> Iterator[Chunk]:
    """Yield what the events up to a position hash to, in order, made by as many processes as help.

    Raises:
        IntegrityError: An envelope has a text that no writer of ours stores.
        LedgerUnavailableError: The store cannot be read.
    """
    own, *others = _parts(until, _processes(ledger, until))
    with ExitStack() as stack:
        helpers = [stack.enter_context(_Helper(ledger.url, part)) for part in others]
        yield from _hashed(ledger, own)
        for helper, part in zip(helpers, others, strict=True):
            found = helper.chunks()
            # whatever kept it from working is an error here, too, or does not matter
            yield from _hashed(ledger, part) if found is None else found


def _processes(ledger: Ledger, until: int) -> int:
    is_alone = until < SHARED_FROM or ledger.file is None
    return 1 if is_alone else min(os.cpu_count() or 1, MOST_PROCESSES)


def _parts(until: int, count: int) -> list[range]:
    """Divide the positions among processes; each part but the last is of whole chunks."""
    step = 1 << LEVEL
    starts = range(0, until, step)
    bounds = [len(starts) * part // count for part in range(count + 1)]
    return [range(first * step, min(last * step, until), step) for first, last in pairwise(bounds)]


def _hashed(ledger: Ledger, part: range) -> Iterator[Chunk]:
    """Yield the chunks that begin after the positions of a part."""
    for first in part:
        batches = ledger.leaf_hashes(after=first, until=min(first + part.step, part.stop))
        leaves = [leaf for batch in batches for leaf in batch]
        yield Chunk(leaves, root_of(leaves) if len(leaves) == part.step else None)


class _Helper:
    """A process that hashes a part of the ledger; it ends with the context."""

    def __init__(self, url: str, part: range) -> None:
        self._arguments = (url, *map(str, (part.start, part.stop, part.step)))
        self._output: IO[bytes]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._output = tempfile.TemporaryFile()
        command = [sys.executable, "-m", __name__, *self._arguments]
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def chunks(self) -> list[Chunk] | None:
        """Return what it found, once it has ended; None if it failed."""
        if self._process is None or self._process.wait() != 0:
            return None
        self._output.seek(0)
        return list(_read(self._output))


def _read(stream: IO[bytes]) -> Iterator[Chunk]:
    while header := stream.read(_HEADER.size):
        count, is_whole = _HEADER.unpack(header)
        root = stream.read(HASH_BYTES) if is_whole else None
        yield Chunk(split(stream.read(count * HASH_BYTES)), root)


def _write(stream: IO[bytes], chunk: Chunk) -> None:
    header = _HEADER.pack(len(chunk.leaves), chunk.root is not None)
    stream.write(b"".join((header, chunk.root or b"", *chunk.leaves)))


def main(url: str, first: str, last: str, step: str) -> None:
    """Write the chunks of a range to standard output."""
    with Ledger(url) as ledger:
        for chunk in _hashed(ledger, range(int(first), int(last), int(step))):
            _write(sys.stdout.buffer, chunk)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Hash a whole ledger again: the tree as it is at the sizes that somebody signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lineage.kernel.errors import IntegrityError
from lineage.kernel.merkle import Frontier
from lineage.ledger import Ledger
from lineage.seals import tree_chunks
from lineage.seals.kept_leaves import KeptLeaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the events of a ledger hash to.

    Attributes:
        count: Number of events that were hashed.
        frontiers: The tree over the first events, by their number.
        differs: Whether a kept leaf hash is not that of the event at its position.
        unkept: Leaf hashes of the events behind the kept ones, up to the last size asked for.
        fault: Why the event after them cannot be hashed; None if there is none.
    """

    count: int
    frontiers: Mapping[int, Frontier]
    differs: bool
    unkept: tuple[bytes, ...]
    fault: str | None


def walk(ledger: Ledger, sizes: Iterable[int], kept: KeptLeaves) -> Walk:
    """Read and hash every event, once unless one cannot be hashed.

    Args:
        ledger: The ledger.
        sizes: The sizes at which the tree is asked for.
        kept: The leaf hashes as they were.

    Raises:
        LedgerError: The ledger cannot be read.
        OSError: The kept hashes cannot be read.
    """
    wanted, last = set(sizes), ledger.head()
    try:
        return _walk(ledger, wanted, kept, last)
    except IntegrityError:
        place, fault = _first_fault(ledger, 0, last)
        return replace(_walk(ledger, wanted, kept, place - 1), fault=fault)


def _walk(ledger: Ledger, sizes: set[int], kept: KeptLeaves, until: int) -> Walk:
    waiting = sorted((size for size in sizes if size > 0), reverse=True)
    frontier, frontiers, kept_count = Frontier(), {0: Frontier()}, kept.count
    differs, unkept = False, list[bytes]()
    for chunk in tree_chunks.chunks(ledger, until=until):
        first, leaves = frontier.size, chunk.leaves
        last = first + len(leaves)
        differs |= not b"".join(leaves).startswith(kept.read(first, last))
        unkept += leaves[max(kept_count - first, 0) : max(max(sizes, default=0) - first, 0)]
        done = 0
        while waiting and waiting[-1] < last:
            size = waiting.pop()
            frontier = frontier.extended(leaves[done : size - first])
            frontiers[size], done = frontier, size - first
        frontier = frontier.extended(leaves[done:]) if done else chunk.after(frontier)
        if waiting and waiting[-1] == last:
            frontiers[waiting.pop()] = frontier
    return Walk(
        count=frontier.size, frontiers=frontiers, differs=differs, unkept=tuple(unkept), fault=None
    )


def _first_fault(ledger: Ledger, after: int, until: int) -> tuple[int, str]:
    """Return position and fault of the first event that cannot be hashed; there is one."""
    while True:
        middle = (after + until + 1) // 2
        try:
            for _ in ledger.leaf_hashes(after=after, until=middle):
                pass
            after = middle
        except IntegrityError as error:
            if middle - after == 1:
                return middle, str(error)
            until = middle


def tree_over(joined: list[bytes], sizes: Iterable[int]) -> dict[int, Frontier]:
    """Return the trees over the beginning of a list of leaf hashes, by their sizes."""
    frontier, found = Frontier(), {}
    for size in sorted({size for size in sizes if 0 < size <= len(joined)}):
        frontier = frontier.extended(joined[frontier.size : size])
        found[size] = frontier
    return found

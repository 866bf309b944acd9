"""The Merkle tree of RFC 9162 (hashing as in RFC 6962): roots, and proofs that are short.

Hashes are 32 bytes. Work on many of them goes level by level over plain lists: a tree of a million
leaves is hashed without one object a node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf with this content.

    Source: RFC 9162, section 2.1.1.
    """
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node with these two children.

    Source: RFC 9162, section 2.1.1.
    """
    return sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that is needed of its leaves to add further ones.

    Attributes:
        size: Number of leaves.
        heads: Roots of the complete subtrees from left to right, largest first; one for each bit
            that is set in `size`.

    Raises:
        ValueError: There are more or fewer heads than `size` has bits, or one is not a hash.
    """

    size: int = 0
    heads: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse heads that cannot be those of a tree of this size."""
        if self.size < 0 or len(self.heads) != self.size.bit_count():
            msg = f"a tree of {self.size} leaves does not have {len(self.heads)} complete subtrees"
            raise ValueError(msg)
        if any(len(head) != HASH_BYTES for head in self.heads):
            msg = f"a head is not {HASH_BYTES} bytes long"
            raise ValueError(msg)

    def extended(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """Return the frontier after these leaves, in order, were added to the tree."""
        nodes = list(leaf_hashes)
        size = self.size + len(nodes)
        left = list(self.heads)
        lone: list[bytes] = []
        level = 0
        while nodes:
            if self.size >> level & 1:
                nodes.insert(0, left.pop())
            if len(nodes) & 1:
                lone.append(nodes.pop())
            nodes = _parents(nodes)
            level += 1
        return Frontier(size, (*left, *reversed(lone)))

    def joined(self, root: bytes, level: int) -> Frontier:
        """Return the frontier after the complete subtree with this root was added to the tree.

        Args:
            root: The root of a tree over 2 ** `level` leaves.
            level: Its height.

        Raises:
            ValueError: The tree has a part of such a subtree, so these leaves would be in two.
        """
        leaves = 1 << level
        if self.size % leaves:
            msg = f"a subtree of {leaves} leaves does not begin after {self.size}"
            raise ValueError(msg)
        left = list(self.heads)
        while self.size & leaves:
            root, leaves = node_hash(left.pop(), root), leaves << 1
        return Frontier(self.size + (1 << level), (*left, root))

    def root(self) -> bytes:
        """Return the root of the whole tree; of no leaves, the SHA-256 of nothing."""
        if not self.heads:
            return EMPTY_ROOT
        root = self.heads[-1]
        for head in reversed(self.heads[:-1]):
            root = node_hash(head, root)
        return root


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaves."""
    return Frontier().extended(leaf_hashes).root()


def inclusion_path(leaf_hashes: Sequence[bytes], index: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that one leaf is in the tree over the first `size` of these leaves.

    Args:
        leaf_hashes: At least `size` leaves.
        index: Which leaf, counted from 0.
        size: Number of leaves of the tree.

    Returns:
        The hashes beside the way from the leaf to the root, from the bottom up.

    Raises:
        ValueError: The tree has no such leaf, or there are fewer leaves than `size`.
    """
    return inclusion_paths(leaf_hashes, (index,), size)[0]


def inclusion_paths(
    leaf_hashes: Sequence[bytes], indices: Sequence[int], size: int
) -> tuple[tuple[bytes, ...], ...]:
    """Return the proofs of several leaves of one tree, for the work of one.

    Source: RFC 9162, section 2.1.3.1.

    Args:
        leaf_hashes: At least `size` leaves.
        indices: Which leaves, counted from 0.
        size: Number of leaves of the tree.

    Returns:
        One path a leaf, in the order of `indices`.

    Raises:
        ValueError: The tree has no such leaf, or there are fewer leaves than `size`.
    """
    if size > len(leaf_hashes) or any(not 0 <= index < size for index in indices):
        msg = f"not every leaf asked for is in a tree of {size} of {len(leaf_hashes)} leaves"
        raise ValueError(msg)
    paths: list[list[bytes]] = [[] for _ in indices]
    places = list(indices)
    nodes = list(leaf_hashes[:size])
    while len(nodes) > 1:
        for path, place in zip(paths, places, strict=True):
            if (sibling := place ^ 1) < len(nodes):
                path.append(nodes[sibling])
        places = [place >> 1 for place in places]
        lone = nodes[-1:] if len(nodes) & 1 else []
        nodes = _parents(nodes) + lone
    return tuple(tuple(path) for path in paths)


def is_included(
    leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether a path proves that a leaf is at `index` of the tree with this size and root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size or any(len(part) != HASH_BYTES for part in path):
        return False
    sides = _sides(index, size - 1, len(path))
    if sides is None:
        return False
    node = leaf_hash
    for part, is_left in zip(path, sides, strict=True):
        node = node_hash(part, node) if is_left else node_hash(node, part)
    return node == root


def consistency_path(leaf_hashes: Sequence[bytes], first: int, second: int) -> tuple[bytes, ...]:
    """Return the proof that the first `first` leaves are the beginning of the first `second`.

    Source: RFC 9162, section 2.1.4.1.

    Args:
        leaf_hashes: At least `second` leaves.
        first: Size of the earlier tree.
        second: Size of the later tree.

    Returns:
        The hashes in the order of the standard; none for trees of one size and for an empty one.

    Raises:
        ValueError: The earlier tree is the larger one, or there are fewer leaves than `second`.
    """
    if not 0 <= first <= second <= len(leaf_hashes):
        msg = f"no tree of {first} leaves begins one of {second}, of {len(leaf_hashes)} leaves"
        raise ValueError(msg)
    if first == 0:
        return ()
    path: list[bytes] = []
    low, high, is_whole = 0, second, True
    while first < high:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if first <= middle:
            path.append(root_of(leaf_hashes[middle:high]))
            high = middle
        else:
            path.append(root_of(leaf_hashes[low:middle]))
            low, is_whole = middle, False
    if not is_whole:
        path.append(root_of(leaf_hashes[low:high]))
    return tuple(reversed(path))


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a path proves that one tree is the beginning of another.

    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 <= first <= second or any(len(part) != HASH_BYTES for part in path):
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == EMPTY_ROOT
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    parts = list(path) if place else [first_root, *path]
    sides = _sides(place, last, len(parts) - 1)
    if sides is None:
        return False
    old = new = parts[0]
    for part, is_left in zip(parts[1:], sides, strict=True):
        old = node_hash(part, old) if is_left else old
        new = node_hash(part, new) if is_left else node_hash(new, part)
    return old == first_root and new == second_root


def _sides(place: int, last: int, count: int) -> list[bool] | None:
    """Tell of each hash of a path whether it stands left of the way to the root.

    Args:
        place: Where the way begins in its level.
        last: The last place of this level.
        count: Number of hashes in the path.

    Returns:
        None if a way to the root has more or fewer steps.
    """
    sides: list[bool] = []
    while len(sides) < count and last > 0:
        is_left = place & 1 == 1 or place == last
        while is_left and place and not place & 1:
            place, last = place >> 1, last >> 1
        sides.append(is_left)
        place, last = place >> 1, last >> 1
    return sides if last == 0 and len(sides) == count else None


def _parents(nodes: list[bytes]) -> list[bytes]:
    """Return the hashes of the nodes above, pair by pair; a last one without a pair has none."""
    hashed, prefix = sha256, _NODE
    pairs = iter(nodes)
    return [
        hashed(prefix + left + right).digest() for left, right in zip(pairs, pairs, strict=False)
    ]

"""The tree is that of RFC 9162: known roots and proofs, and no proof of anything else."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel import merkle

# The test tree of Certificate Transparency's own implementation.
CONTENTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [merkle.leaf_hash(content) for content in CONTENTS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
G = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
INCLUSION = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [A, B, C]),
    (2, 8, [B, C]),
    (6, 8, [F, E, ROOTS[4]]),
    (2, 5, [B, D]),
    (6, 7, [F, G, ROOTS[4]]),
]

leaf_lists = st.integers(1, 70).map(
    lambda n: [hashlib.sha256(bytes([i])).digest() for i in range(n)]
)


@pytest.mark.parametrize("size", range(9))
def test_root_of_the_known_leaves_is_the_published_one(size: int) -> None:
    """Hashing is the standard's, for every size of the published tree."""
    assert merkle.root_of(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_inclusion_path_is_the_published_one(index: int, size: int, path: list[str]) -> None:
    """Paths have the standard's order, and prove what they are published for."""
    found = merkle.inclusion_path(LEAVES, index, size)

    assert [part.hex() for part in found] == path
    assert merkle.is_included(LEAVES[index], index, size, found, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_consistency_path_is_the_published_one(first: int, second: int, path: list[str]) -> None:
    """Paths have the standard's order, and prove what they are published for."""
    found = merkle.consistency_path(LEAVES, first, second)
    roots = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])

    assert [part.hex() for part in found] == path
    assert merkle.is_consistent(first, second, *roots, found)


@given(leaf_lists, st.lists(st.integers(0, 70), max_size=4))
def test_frontier_of_any_split_has_the_root_of_all(leaves: list[bytes], cuts: list[int]) -> None:
    """How leaves are batched makes no difference."""
    frontier, start = merkle.Frontier(), 0
    for cut in sorted(cut for cut in cuts if cut <= len(leaves)):
        frontier, start = frontier.extended(leaves[start:cut]), cut
    frontier = frontier.extended(iter(leaves[start:]))

    assert frontier == merkle.Frontier().extended(leaves)
    assert frontier.size == len(leaves)
    assert frontier.root() == _root_by_definition(leaves)


@given(leaf_lists, st.integers(0, 5), st.integers(0, 7))
def test_complete_subtree_is_added_for_all_its_leaves(
    leaves: list[bytes], level: int, before: int
) -> None:
    """Its root stands for them where a subtree of its size may begin, and nowhere else."""
    whole = [bytes([i]) * 32 for i in range(1 << level)]
    for size in (before << level, len(leaves)):
        frontier = merkle.Frontier().extended((leaves * 8 + whole * 7)[:size])
        if frontier.size % (1 << level):
            with pytest.raises(ValueError, match="does not begin"):
                frontier.joined(merkle.root_of(whole), level)
        else:
            assert frontier.joined(merkle.root_of(whole), level) == frontier.extended(whole)


@given(leaf_lists, st.data())
def test_inclusion_holds_for_its_leaf_and_for_no_other(
    leaves: list[bytes], data: st.DataObject
) -> None:
    """A path proves one leaf at one place of one tree."""
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion_path(leaves, index, size), merkle.root_of(leaves)

    assert merkle.is_included(leaves[index], index, size, path, root)
    assert not merkle.is_included(merkle.leaf_hash(b"x"), index, size, path, root)
    assert not any(
        merkle.is_included(leaves[index], other, size, path, root)
        for other in range(-1, size + 1)
        if other != index
    )
    assert not merkle.is_included(leaves[index], index, size, path, merkle.EMPTY_ROOT)


@given(leaf_lists, st.data())
def test_consistency_holds_for_the_beginning_and_for_nothing_else(
    leaves: list[bytes], data: st.DataObject
) -> None:
    """A path proves that one tree begins another, not that a changed one does."""
    second = len(leaves)
    first = data.draw(st.integers(1, second))
    path = merkle.consistency_path(leaves, first, second)
    before, after = merkle.root_of(leaves[:first]), merkle.root_of(leaves)
    changed = [*leaves[: first - 1], merkle.leaf_hash(b"changed"), *leaves[first:]]

    assert merkle.is_consistent(first, second, before, after, path)
    assert not merkle.is_consistent(first, second, merkle.root_of(changed[:first]), after, path)
    assert not merkle.is_consistent(first, second, before, merkle.root_of(changed), path)
    assert not merkle.is_consistent(second + 1, second, before, after, path)


@given(leaf_lists, st.data())
def test_altered_paths_prove_nothing(leaves: list[bytes], data: st.DataObject) -> None:
    """A path with one hash changed, more, fewer or in another order is refused."""
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))
    root, before = merkle.root_of(leaves), merkle.root_of(leaves[:first])
    inclusion = list(merkle.inclusion_path(leaves, index, size))
    consistency = list(merkle.consistency_path(leaves, first, size))

    for altered in _alterations(inclusion):
        assert not merkle.is_included(leaves[index], index, size, altered, root)
    for altered in _alterations(consistency):
        assert not merkle.is_consistent(first, size, before, root, altered)


def test_paths_of_several_leaves_are_those_of_each() -> None:
    """One pass over the tree gives every path."""
    several = merkle.inclusion_paths(LEAVES, (6, 0, 6), 7)

    assert several == tuple(merkle.inclusion_path(LEAVES, index, 7) for index in (6, 0, 6))


def test_an_empty_tree_begins_every_other() -> None:
    """The standard leaves it out; nothing has to be proved."""
    root = merkle.root_of(LEAVES)

    assert merkle.consistency_path(LEAVES, 0, 8) == ()
    assert merkle.is_consistent(0, 8, merkle.EMPTY_ROOT, root, ())
    assert not merkle.is_consistent(0, 8, root, root, ())
    assert not merkle.is_consistent(0, 8, merkle.EMPTY_ROOT, root, (LEAVES[0],))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 9)])
def test_path_of_a_leaf_that_is_not_there_is_refused(index: int, size: int) -> None:
    """There is no proof of what a tree does not hold."""
    with pytest.raises(ValueError, match="not every leaf"):
        merkle.inclusion_path(LEAVES, index, size)


@pytest.mark.parametrize(("first", "second"), [(-1, 3), (4, 3), (3, 9)])
def test_path_between_trees_that_are_not_there_is_refused(first: int, second: int) -> None:
    """There is no proof about a tree of leaves that are not given."""
    with pytest.raises(ValueError, match="no tree of"):
        merkle.consistency_path(LEAVES, first, second)


@pytest.mark.parametrize(("size", "heads"), [(3, (LEAVES[0],)), (1, (b"short",)), (-1, ())])
def test_frontier_of_no_tree_is_refused(size: int, heads: tuple[bytes, ...]) -> None:
    """A frontier that was read from somewhere is one that a tree can have."""
    with pytest.raises(ValueError, match=r"subtrees|bytes long"):
        merkle.Frontier(size, heads)


def _root_by_definition(leaves: list[bytes]) -> bytes:
    """Return the root as the standard defines it, by recursion."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    left, right = _root_by_definition(leaves[:half]), _root_by_definition(leaves[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def _alterations(path: list[bytes]) -> list[list[bytes]]:
    altered = [[*path, path[0] if path else merkle.EMPTY_ROOT], [b"", *path]]
    if path:
        altered += [path[1:], path[:-1], [path[0][:-1], *path[1:]]]
        altered += [[*path[:i], merkle.leaf_hash(b"x"), *path[i + 1 :]] for i in range(len(path))]
    if len(path) > 1:
        altered.append(path[::-1])
    return altered

"""Digests are SHA-256, of bytes, files and values."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lineage.kernel.digest import sha256_bytes, sha256_file, sha256_json

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_digest_of_nothing_is_the_published_one() -> None:
    """The digest is the standard's, not one of our own."""
    assert sha256_bytes(b"") == EMPTY


def test_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    """A file larger than any buffer is read to its end."""
    content = bytes(range(256)) * 10_000
    (tmp_path / "x").write_bytes(content)

    assert sha256_file(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_digest_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that cannot be read has no digest."""
    with pytest.raises(FileNotFoundError, match="missing"):
        sha256_file(tmp_path / "missing")


def test_digest_of_a_value_does_not_depend_on_the_order_of_keys() -> None:
    """Equal values have equal digests."""
    assert sha256_json({"a": 1, "b": (2, 3)}) == sha256_json({"b": [2, 3], "a": 1})


def test_digest_of_a_value_is_that_of_its_canonical_text() -> None:
    """Any program can compute the same digest."""
    assert sha256_json({"b": 1, "ü": "\udc80"}) == sha256_bytes('{"b":1,"ü":"\\\\udc80"}'.encode())

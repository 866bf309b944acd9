"""Damage bytes in the ways that disks, editors and attackers do."""

from __future__ import annotations

import random
from typing import Final

PAGE: Final = 4096
FRAGMENTS: Final = (
    b"\x00",
    b"\x00" * 64,
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\x1b[31m",
    b"\r",
    b"\n",
    b"\t",
    b'"',
    b"'",
    b",",
    b";",
    b":",
    b": ",
    b"- ",
    b"{",
    b"}",
    b"[" * 300,
    b'{"a":' * 300,
    b"&a [*a, *a]",
    b"<<: *a",
    b"!!python/object:os.system",
    b"null",
    b"true",
    b"NaN",
    b"-0",
    b"1e999",
    b"9" * 5000,
    b"0x10",
    b"0001-01-01",
    b"2026-02-30",
    b"12:30",
    b"../../",
    b"%s{0}$HOME",
    "\u202e\u0000é".encode(),
    b"\xf0\x9f\x90\x8d",
)
"""What parsers stumble over."""


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Return the bytes with one to three kinds of damage, mostly one."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        kinds = _DAMAGES if len(data) <= PAGE else (*_DAMAGES, *_DAMAGES_OF_PAGES)
        data = draw.choice(kinds)(data, draw)
    return data


def _flip(data: bytes, draw: random.Random) -> bytes:
    if not data:
        return b"\x01"
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]


def _insert(data: bytes, draw: random.Random) -> bytes:
    at = draw.randint(0, len(data))
    return data[:at] + draw.choice(FRAGMENTS) + data[at:]


def _overwrite(data: bytes, draw: random.Random) -> bytes:
    at, fragment = draw.randint(0, len(data)), draw.choice(FRAGMENTS)
    return data[:at] + fragment + data[at + len(fragment) :]


def _cut_out(data: bytes, draw: random.Random) -> bytes:
    first, last = _piece(data, draw)
    return data[:first] + data[last:]


def _repeat(data: bytes, draw: random.Random) -> bytes:
    first, last = _piece(data, draw)
    return data[:last] + data[first:last] * draw.randint(1, 3) + data[last:]


def _piece(data: bytes, draw: random.Random) -> tuple[int, int]:
    """Return where a piece begins and ends; most are short."""
    first = draw.randint(0, len(data))
    return first, min(len(data), first + int(2 ** draw.uniform(0, 14)))


def _cut_off(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randint(0, len(data))]


def _exchange(data: bytes, draw: random.Random) -> bytes:
    a, b, c, d = sorted(draw.randint(0, len(data)) for _ in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _clear_page(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) // PAGE + 1) * PAGE
    return data[:at] + bytes(len(data[at : at + PAGE])) + data[at + PAGE :]


def _scramble_page(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) // PAGE + 1) * PAGE
    return data[:at] + draw.randbytes(len(data[at : at + PAGE])) + data[at + PAGE :]


_DAMAGES: Final = (
    _flip,
    _flip,
    _flip,
    _insert,
    _insert,
    _overwrite,
    _cut_out,
    _repeat,
    _cut_off,
    _exchange,
)
_DAMAGES_OF_PAGES: Final = (_clear_page, _scramble_page)

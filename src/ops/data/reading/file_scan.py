"""Read a file once from its first to its last byte, beside whoever parses it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from ops.data.reading.place import Place

_BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileScan:
    r"""What the bytes of a file say.

    Attributes:
        sha256: Digest of its content.
        has_quotes: A byte is a double quote; False if not looked for, as are the next ones.
        is_ascii: All bytes are ASCII.
        lines: How many lines it has, if each ends in "\n" or is the last; 0 if one may end in
            "\r" alone.
    """

    sha256: str
    has_quotes: bool = False
    is_ascii: bool = False
    lines: int = 0


@contextmanager
def scanning(place: Place, *, is_text: bool) -> Iterator[Future[FileScan]]:
    """Scan a file in a thread of its own, which ends before the block does.

    Args:
        place: The file.
        is_text: Look for quotes and lines, too.

    Yields:
        What will be known; errors of the file are raised where it is asked for.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool.submit(scan_file, place, is_text=is_text)


def scan_file(place: Place, *, is_text: bool) -> FileScan:
    """Scan a file in constant memory; parameters as in `scanning`.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    has_quotes, is_ascii, last = False, True, b""
    line_feeds = returns = pairs = 0
    with place.open() as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            if not is_text:
                continue
            has_quotes = has_quotes or b'"' in block
            is_ascii = is_ascii and block.isascii()
            line_feeds += block.count(b"\n")
            if b"\r" in block or last == b"\r":
                returns += block.count(b"\r")
                pairs += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
            last = block[-1:]
    return FileScan(
        sha256=digest.hexdigest(),
        has_quotes=has_quotes,
        is_ascii=is_ascii,
        lines=line_feeds + (last != b"\n") if returns == pairs else 0,
    )

"""The leaf hashes as they were when they were sealed, kept beside the ledger.

They are a cache: a seal needs only the last frontier. They say which event was changed, where the
signed heads alone say between which two seals. Nothing in them is believed before a signed root
confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.kernel.merkle import HASH_BYTES

LEAVES_FILE: Final = "leaves"
"""Its name in the project's state folder."""


@dataclass(frozen=True, slots=True)
class KeptLeaves:
    """A file of 32 bytes an event, in the order of positions.

    Attributes:
        path: The file; it need not exist.
    """

    path: Path

    @property
    def count(self) -> int:
        """Number of hashes in the file; what a crash left behind them is not counted."""
        try:
            return self.path.stat().st_size // HASH_BYTES
        except OSError:
            return 0

    def read(self, after: int, until: int) -> bytes:
        """Return the hashes of positions `after` < p <= `until`, joined; fewer if it has fewer.

        Raises:
            OSError: The file cannot be read.
        """
        if after >= self.count:
            return b""
        with self.path.open("rb") as stream:
            stream.seek(after * HASH_BYTES)
            return stream.read((until - after) * HASH_BYTES)

    def keep(self, after: int, leaf_hashes: Iterable[bytes]) -> None:
        """Write the hashes of the positions from `after` + 1 on.

        Writers that keep the same hashes at a time write the same bytes to the same place. Hashes
        that would leave a gap are not kept, and a file that cannot be written is left as it is:
        both are made up for by the next verification.
        """
        if after > self.count:
            return
        with suppress(OSError):
            mode = "r+b" if self.path.exists() else "xb"
            with self.path.open(mode) as stream:
                stream.seek(after * HASH_BYTES)
                stream.write(b"".join(leaf_hashes))

    def cut(self, count: int) -> None:
        """Forget the hashes behind the first `count`; all of them are wrong if one is.

        Raises:
            OSError: The file cannot be written.
        """
        if count < self.count:
            with self.path.open("r+b") as stream:
                stream.truncate(count * HASH_BYTES)


def split(joined: bytes) -> list[bytes]:
    """Return joined hashes as a list."""
    return [joined[i : i + HASH_BYTES] for i in range(0, len(joined), HASH_BYTES)]

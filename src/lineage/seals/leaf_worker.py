"""Hash the leaves of a long ledger in two processes: `python -m lineage.seals.leaf_worker`.

Hashing short texts holds the interpreter's lock, so a thread would not help.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Final

from lineage.kernel.merkle import HASH_BYTES
from lineage.ledger import Ledger

SHARED_FROM: Final = 100_000
"""Events from which on a second process is worth its start."""

OWN_PART: Final = 0.42
"""Part of the events that this process reads; it hashes the nodes of the tree as well."""


def leaf_hashes(ledger: Ledger, *, until: int) -> Iterator[list[bytes]]:
    """Yield what `Ledger.leaf_hashes` does of the positions from 1 on, sooner if there are many.

    Raises:
        IntegrityError: An envelope has a text that no writer of ours stores.
        LedgerUnavailableError: The store cannot be read.
    """
    if until < SHARED_FROM or ledger.file is None or (os.cpu_count() or 1) == 1:
        yield from ledger.leaf_hashes(after=0, until=until)
        return
    middle = int(until * OWN_PART)
    with tempfile.TemporaryFile() as output:
        helper = _start(ledger.url, middle, until, output)
        try:
            yield from ledger.leaf_hashes(after=0, until=middle)
            is_done = helper is not None and helper.wait() == 0
        finally:
            if helper is not None:
                helper.kill()
                helper.wait()
        if is_done:
            output.seek(0)
            joined = output.read()
            yield [joined[i : i + HASH_BYTES] for i in range(0, len(joined), HASH_BYTES)]
        else:  # whatever kept it from working is an error here, too, or does not matter
            yield from ledger.leaf_hashes(after=middle, until=until)


def _start(url: str, after: int, until: int, output: IO[bytes]) -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-m", __name__, url, str(after), str(until)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with suppress(OSError):
        return subprocess.Popen(  # noqa: S603  # our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    return None


def main(url: str, after: str, until: str) -> None:
    """Write the hashes of a range to standard output, joined."""
    with Ledger(url) as ledger:
        for batch in ledger.leaf_hashes(after=int(after), until=int(until)):
            sys.stdout.buffer.write(b"".join(batch))


if __name__ == "__main__":
    main(*sys.argv[1:])

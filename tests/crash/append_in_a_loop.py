"""Child process: appends batches to a stream and prints the last position of each.

Arguments: file, stream, number of batches, events of a batch.
"""

import sys

from lineage.events import WarningRaised
from lineage.kernel.errors import LedgerConflictError
from lineage.ledger import Ledger

path, stream, batches, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
ledger = Ledger(f"sqlite://{path}", actor=f"{stream}@child")
version = len(ledger.read_stream(stream))
done = 0
while done < batches:
    events = [
        WarningRaised(operation=None, name="test", message=f"{done}.{number}")
        for number in range(size)
    ]
    try:
        recorded = ledger.append(stream, events, expected_version=version)
    except LedgerConflictError:
        version += len(ledger.read_stream(stream, after=version))
        continue
    print(recorded[-1].position, flush=True)  # noqa: T201  # the parent reads it
    version, done = version + size, done + 1
ledger.close()

"""Child process: opens a ledger, forks, and uses it in the child, which must not work."""

import os
import sys

from lineage.events import WarningRaised
from lineage.kernel.errors import LedgerUnavailableError
from lineage.ledger import Ledger

EVENT = WarningRaised(operation=None, name="test", message="")
ledger = Ledger(f"sqlite://{sys.argv[1]}")
ledger.append("a", [EVENT], expected_version=0)
USES = {
    "append": lambda: ledger.append("a", [EVENT], expected_version=1),
    "read": lambda: list(ledger.read()),
    "read_stream": lambda: ledger.read_stream("a"),
    "read_arrow": lambda: list(ledger.read_arrow()),
    "head": ledger.head,
    "last_of_stream": lambda: ledger.last_of_stream("a"),
}
if os.fork() == 0:
    for name, use in USES.items():
        try:
            use()
        except LedgerUnavailableError as error:
            print(name, error, flush=True)  # noqa: T201  # the parent reads it
    os._exit(0)
os.wait()
ledger.append("a", [EVENT], expected_version=1)
print("parent", ledger.head())  # noqa: T201  # the parent reads it
ledger.close()

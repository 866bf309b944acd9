"""Child process: appends until the system lets no file grow, then goes on when it does again."""

import resource
import signal
import sys

from lineage.domain import TASK
from lineage.domain.task import RegisterTask
from lineage.events import TaskRegistered
from lineage.kernel.errors import LedgerUnavailableError
from lineage.ledger import Ledger, Session

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ledger = Ledger(f"sqlite://{sys.argv[1]}")
session = Session(ledger, TASK, "task:t", task="t")


def register(version: int) -> int:
    """Append one event of 20 kB and return its position."""
    registered = TaskRegistered(
        task_type="x" * 20_000,
        description="",
        version=str(version),
        class_name="A",
        source_sha256=None,
    )
    return session.handle(RegisterTask(registered=registered))[0].position or 0


unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, unlimited[1]))
acknowledged = 0
try:
    while True:
        acknowledged = register(acknowledged)
except LedgerUnavailableError as error:
    print(acknowledged, error, sep="\n")  # noqa: T201  # the parent reads it
assert session.state.registered is not None
print(session.state.registered.version)  # noqa: T201  # the parent reads it
print(ledger.head())  # noqa: T201  # the parent reads it
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
print(register(-1))  # noqa: T201  # the parent reads it
ledger.close()

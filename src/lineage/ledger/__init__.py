"""The event store: appends events with their envelope, and gives them back in order.

`Ledger` is the `eventsourcing` application that everything above uses; `sqlite` and `memory`
hold a recorder each, and a further store is a further module in `stores.ADAPTERS`. A `Session`
decides commands on a stream and is the only one that appends what they lead to. The meaning of
events is unknown here, except for two look-ups that have their own index: with which event a run
begins, and which ones are about checkpoints. `encryption` has what encrypted ledgers need.
"""

from lineage.ledger.envelope import NewEvents, RecordedEvent
from lineage.ledger.ledger import Ledger
from lineage.ledger.ledger_store import EncryptionSettings
from lineage.ledger.recorder import LOCK_TIMEOUT_S
from lineage.ledger.session import Session

__all__ = [
    "LOCK_TIMEOUT_S",
    "EncryptionSettings",
    "Ledger",
    "NewEvents",
    "RecordedEvent",
    "Session",
]

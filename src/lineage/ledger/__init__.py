"""The event store: appends events with their envelope, and gives them back in order.

`Ledger` is the `eventsourcing` application that everything above uses; `sqlite` and `memory`
hold a recorder each, and a further store is a further module with a `Factory`. Nothing here
knows what an event means.
"""

from lineage.ledger.envelope import NewEvents, RecordedEvent
from lineage.ledger.ledger import Ledger
from lineage.ledger.session import Session

__all__ = ["Ledger", "NewEvents", "RecordedEvent", "Session"]

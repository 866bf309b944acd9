"""Read models: everything the product shows, folded from the ledger's events by SQL.

A projection is a file in `sql/`: fact tables, the fold of new events into them, and views
over them. A document (report, execution log, graph, resume state) is a module here that asks
a `Catalog`. Nothing here writes history, and no document knows another.
"""

from projections.catalog import Catalog
from projections.projector import Projector

__all__ = ["Catalog", "Projector"]

"""The catalog: the tables that SQL folds from the ledger's events, and how to query them.

The projector folds and publishes, a `Catalog` runs queries, limits bound their cost, moments
choose the events. The SQL itself is in `projections/sql`. Nothing here knows any document.
"""

from projections.catalog.answer import Answer
from projections.catalog.catalog import Catalog
from projections.catalog.limits import Limits
from projections.catalog.moments import Moment
from projections.catalog.projector import Projector

__all__ = ["Answer", "Catalog", "Limits", "Moment", "Projector"]

"""The catalog: the tables that SQL folds from the ledger's events, and how they are asked.

The projector folds and publishes, a `Catalog` answers, limits and moments bound a question in
cost and time. The SQL itself is in `projections/sql`. Nothing here knows what a document looks
like.
"""

from projections.catalog.answer import Answer
from projections.catalog.catalog import Catalog
from projections.catalog.limits import Limits
from projections.catalog.moments import Moment
from projections.catalog.projector import Projector

__all__ = ["Answer", "Catalog", "Limits", "Moment", "Projector"]

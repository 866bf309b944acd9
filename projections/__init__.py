"""Read models: everything the product shows, folded from the ledger's events by SQL.

A projection is a file in `sql/`: fact tables, the fold of new events into them, and views
over them. A document (report, execution log, graph, resume state) is a module that queries a
`Catalog`. Nothing here writes history, and no document depends on another. `pages` shows
documents as HTML and Markdown.

`projections.open(project)` returns a catalog to query in SQL, `replay` yields a run as it
happened, `build_run_diff` compares two runs.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from projections.catalog import Catalog as Catalog
    from projections.catalog.answer import Answer as Answer
    from projections.catalog.limits import QUERY_LIMITS as QUERY_LIMITS
    from projections.catalog.limits import UNLIMITED as UNLIMITED
    from projections.catalog.limits import Limits as Limits
    from projections.catalog.opening import open as open  # noqa: A004  # read as projections.open
    from projections.catalog.projector import Projector as Projector
    from projections.documents.replay import replay as replay
    from projections.documents.run_diff import build_run_diff as build_run_diff

__getattr__, __dir__ = Facade(__name__, __file__).hooks

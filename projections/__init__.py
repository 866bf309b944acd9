"""Read models: everything the product shows, folded from the ledger's events by SQL.

A projection is a file in `sql/`: fact tables, the fold of new events into them, and views
over them. A document (report, execution log, graph, resume state) is a module that queries a
`Catalog`. Nothing here writes history, and no document depends on another.

`projections.open(project)` returns a catalog to query in SQL, `replay` yields a run as it
happened, `build_run_diff` compares two runs.
"""

import importlib
from typing import TYPE_CHECKING, Final

from projections.catalog import Catalog
from projections.catalog.answer import Answer
from projections.catalog.limits import QUERY_LIMITS, UNLIMITED, Limits
from projections.catalog.opening import open_catalog as open  # noqa: A004  # read as projections.open
from projections.catalog.projector import Projector

if TYPE_CHECKING:
    from projections.documents.replay import replay
    from projections.documents.run_diff import build_run_diff

__all__ = [
    "QUERY_LIMITS",
    "UNLIMITED",
    "Answer",
    "Catalog",
    "Limits",
    "Projector",
    "build_run_diff",
    "open",
    "replay",
]

# Imported when first used, to keep start-up fast.
_ON_DEMAND: Final = {
    "build_run_diff": "projections.documents.run_diff",
    "replay": "projections.documents.replay",
}


def __getattr__(name: str) -> object:
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_ON_DEMAND[name]), name)

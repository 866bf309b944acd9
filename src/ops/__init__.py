"""Operations: work on data, usable in a notebook without a project.

An operation takes datasets and returns an `OperationResult`. It imports nothing of `lineage`
but the kernel and never writes history; the executor in `lineage.tasks` does that. A new
operation is one module here with one class that has `@register`: it can then be named in
configurations and imported from this package. One more line below tells type checkers.
"""

import importlib
from typing import TYPE_CHECKING, Final

from lineage.kernel.effects import Effect as Effect
from lineage.kernel.moved import keep_old_names
from ops import registry
from ops.base import BaseOperation as BaseOperation
from ops.base import DataUse as DataUse
from ops.progress import ProgressTracker as ProgressTracker
from ops.progress import SilentProgress as SilentProgress
from ops.registry import register as register
from ops.result import Artifact as Artifact
from ops.result import ColumnEdge as ColumnEdge
from ops.result import DatasetRead as DatasetRead
from ops.result import OperationResult as OperationResult
from ops.result import OperationStatus as OperationStatus
from ops.result import OperationWarning as OperationWarning

if TYPE_CHECKING:
    from ops.anonymize.anonymize_operation import AnonymizeOperation as AnonymizeOperation
    from ops.anonymize.k_anonymity import KAnonymizeOperation as KAnonymizeOperation
    from ops.anonymize.measure_risk import MeasureRiskOperation as MeasureRiskOperation
    from ops.data.reader import DataReader as DataReader
    from ops.data.source import DataSource as DataSource
    from ops.data.writer import DataWriter as DataWriter
    from ops.data.writer import WriterResult as WriterResult
    from ops.ingest import IngestOperation as IngestOperation
    from ops.profiling.correlate import CorrelationOperation as CorrelationOperation
    from ops.profiling.profile import ProfileOperation as ProfileOperation
    from ops.synthetic_identifiers import (
        AddSyntheticIdentifiersOperation as AddSyntheticIdentifiersOperation,
    )

_AT_ONCE: Final = (
    "Artifact",
    "BaseOperation",
    "ColumnEdge",
    "DataUse",
    "DatasetRead",
    "Effect",
    "OperationResult",
    "OperationStatus",
    "OperationWarning",
    "ProgressTracker",
    "SilentProgress",
    "register",
)

# Imported when first used, as operations are: these modules load pandas and Arrow, which takes
# half a second.
_ON_DEMAND: Final = {
    "DataReader": "ops.data.reader",
    "DataSource": "ops.data.source",
    "DataWriter": "ops.data.writer",
    "WriterResult": "ops.data.writer",
}

keep_old_names(
    {
        "ops.correlate": "ops.profiling.correlate",
        "ops.profile": "ops.profiling.profile",
        "ops.reader": "ops.data.reader",
        "ops.risk": "ops.anonymize.risk",
        "ops.source": "ops.data.source",
        "ops.utility": "ops.anonymize.utility",
        "ops.writer": "ops.data.writer",
    }
)


def __getattr__(name: str) -> object:
    on_demand = {**_ON_DEMAND, **registry.built_in()}
    if name == "__all__":
        return sorted([*_AT_ONCE, *on_demand])
    if name not in on_demand:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(on_demand[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_DEMAND, *registry.built_in()})

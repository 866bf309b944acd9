"""Operations: work on data, usable in a notebook without a project.

An operation takes datasets and returns an `OperationResult`. It imports nothing of `lineage`
but the kernel and never writes history; the executor in `lineage.tasks` does that. A new
operation is a module here with one class, registered with `@register`.
"""

import importlib
from typing import TYPE_CHECKING, Final

from ops.base import BaseOperation, DataUse
from ops.progress import ProgressTracker, SilentProgress
from ops.registry import register
from ops.result import (
    Artifact,
    ColumnEdge,
    DatasetRead,
    Effect,
    OperationResult,
    OperationStatus,
    OperationWarning,
)

if TYPE_CHECKING:
    from ops.anonymize.k_anonymity import KAnonymizeOperation
    from ops.anonymize.measure_risk import MeasureRiskOperation
    from ops.data.reader import DataReader
    from ops.data.source import DataSource
    from ops.data.writer import DataWriter, WriterResult
    from ops.ingest import IngestOperation
    from ops.profiling.correlate import CorrelationOperation
    from ops.profiling.profile import ProfileOperation
    from ops.synthetic_identifiers import AddSyntheticIdentifiersOperation

# Imported when first used: these modules load pandas and Arrow, which take half a second.
_ON_DEMAND: Final = {
    "AddSyntheticIdentifiersOperation": "ops.synthetic_identifiers",
    "CorrelationOperation": "ops.profiling.correlate",
    "DataReader": "ops.data.reader",
    "DataSource": "ops.data.source",
    "DataWriter": "ops.data.writer",
    "IngestOperation": "ops.ingest",
    "KAnonymizeOperation": "ops.anonymize.k_anonymity",
    "MeasureRiskOperation": "ops.anonymize.measure_risk",
    "ProfileOperation": "ops.profiling.profile",
    "WriterResult": "ops.data.writer",
}

__all__ = [
    "AddSyntheticIdentifiersOperation",
    "Artifact",
    "BaseOperation",
    "ColumnEdge",
    "CorrelationOperation",
    "DataReader",
    "DataSource",
    "DataUse",
    "DataWriter",
    "DatasetRead",
    "Effect",
    "IngestOperation",
    "KAnonymizeOperation",
    "MeasureRiskOperation",
    "OperationResult",
    "OperationStatus",
    "OperationWarning",
    "ProfileOperation",
    "ProgressTracker",
    "SilentProgress",
    "WriterResult",
    "register",
]


def __getattr__(name: str) -> object:
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_ON_DEMAND[name]), name)

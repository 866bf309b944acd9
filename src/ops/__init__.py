"""Operations: work on data, usable in a notebook without a project.

An operation takes datasets and returns an `OperationResult`. It imports nothing of `lineage`
but the kernel and never writes history; the executor in `lineage.tasks` does that. A new
operation is a module here with one class, registered with `@register`.
"""

from ops.base import BaseOperation
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

__all__ = [
    "Artifact",
    "BaseOperation",
    "ColumnEdge",
    "DatasetRead",
    "Effect",
    "OperationResult",
    "OperationStatus",
    "OperationWarning",
    "ProgressTracker",
    "SilentProgress",
    "register",
]

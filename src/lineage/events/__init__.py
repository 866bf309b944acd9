"""The vocabulary: what can happen, one frozen model per fact.

A new event is a class in the module of its noun, listed in `vocabulary.VOCABULARY`. It is in the
past tense, carries no optional field that really means another event, and never holds a cell
value, a key or a secret. Who, when, which run and which position are in the ledger's
envelope, not here.
"""

from lineage.events.base import Event, JsonField, JsonObject
from lineage.events.data import (
    ArtifactGrouped,
    ArtifactWritten,
    AssumedColumn,
    ColumnsAssumed,
    ColumnsDerived,
    DatasetRead,
    DerivedColumn,
    FileImported,
)
from lineage.events.key import KeyCreated, KeyDestroyed, KeyRotated
from lineage.events.observation import (
    CheckpointDiscarded,
    CheckpointKind,
    CheckpointRecorded,
    EnvironmentCaptured,
    MetricRecorded,
    WarningRaised,
)
from lineage.events.operation import (
    ErrorFact,
    OperationFailed,
    OperationProgressed,
    OperationReported,
    OperationRetryScheduled,
    OperationSkipped,
    OperationStarted,
    OperationSucceeded,
)
from lineage.events.policy import PolicyEvaluated
from lineage.events.process import (
    ProcessAlertRaised,
    ProcessCheckpointed,
    ProcessCounted,
    ProcessEnded,
    ProcessErrorRecorded,
    ProcessInterrupted,
    ProcessMetricSet,
    ProcessProgressed,
    ProcessStarted,
)
from lineage.events.run import (
    OutputCompared,
    ProcessMark,
    RecordCorrected,
    RecordSetAside,
    RunAnnotated,
    RunArchived,
    RunCompared,
    RunFailed,
    RunImported,
    RunInterrupted,
    RunRefused,
    RunRestored,
    RunResumed,
    RunStarted,
    RunSucceeded,
)
from lineage.events.seal import SealSigned
from lineage.events.task import (
    Requirement,
    TaskConfigured,
    TaskDependencyDeclared,
    TaskDependencyWithdrawn,
    TaskImported,
    TaskRegistered,
)
from lineage.events.vocabulary import VOCABULARY, EventTypes, default_event_types

EventCatalog = EventTypes  # the names of release 0.1
default_catalog = default_event_types

__all__ = [
    "VOCABULARY",
    "ArtifactGrouped",
    "ArtifactWritten",
    "AssumedColumn",
    "CheckpointDiscarded",
    "CheckpointKind",
    "CheckpointRecorded",
    "ColumnsAssumed",
    "ColumnsDerived",
    "DatasetRead",
    "DerivedColumn",
    "EnvironmentCaptured",
    "ErrorFact",
    "Event",
    "EventCatalog",
    "EventTypes",
    "FileImported",
    "JsonField",
    "JsonObject",
    "KeyCreated",
    "KeyDestroyed",
    "KeyRotated",
    "MetricRecorded",
    "OperationFailed",
    "OperationProgressed",
    "OperationReported",
    "OperationRetryScheduled",
    "OperationSkipped",
    "OperationStarted",
    "OperationSucceeded",
    "OutputCompared",
    "PolicyEvaluated",
    "ProcessAlertRaised",
    "ProcessCheckpointed",
    "ProcessCounted",
    "ProcessEnded",
    "ProcessErrorRecorded",
    "ProcessInterrupted",
    "ProcessMark",
    "ProcessMetricSet",
    "ProcessProgressed",
    "ProcessStarted",
    "RecordCorrected",
    "RecordSetAside",
    "Requirement",
    "RunAnnotated",
    "RunArchived",
    "RunCompared",
    "RunFailed",
    "RunImported",
    "RunInterrupted",
    "RunRefused",
    "RunRestored",
    "RunResumed",
    "RunStarted",
    "RunSucceeded",
    "SealSigned",
    "TaskConfigured",
    "TaskDependencyDeclared",
    "TaskDependencyWithdrawn",
    "TaskImported",
    "TaskRegistered",
    "WarningRaised",
    "default_catalog",
    "default_event_types",
]

"""The vocabulary: what can happen, one frozen model per fact.

A new event is a class in the module of its noun, which `vocabulary.MODULES` names. It is in the
past tense, carries no optional field that really means another event, and never holds a cell
value, a key or a secret. Who, when, which run and which position are in the ledger's
envelope, not here.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from lineage.events.base import Event as Event
    from lineage.events.base import JsonField as JsonField
    from lineage.events.base import JsonObject as JsonObject
    from lineage.events.data import ArtifactGrouped as ArtifactGrouped
    from lineage.events.data import ArtifactWritten as ArtifactWritten
    from lineage.events.data import AssumedColumn as AssumedColumn
    from lineage.events.data import ColumnsAssumed as ColumnsAssumed
    from lineage.events.data import ColumnsDerived as ColumnsDerived
    from lineage.events.data import ColumnsObserved as ColumnsObserved
    from lineage.events.data import DatasetRead as DatasetRead
    from lineage.events.data import DerivedColumn as DerivedColumn
    from lineage.events.data import FileImported as FileImported
    from lineage.events.data import ObservedColumn as ObservedColumn
    from lineage.events.dictionary import ClassificationConfirmed as ClassificationConfirmed
    from lineage.events.dictionary import ClassificationProposed as ClassificationProposed
    from lineage.events.dictionary import ClassificationRejected as ClassificationRejected
    from lineage.events.dictionary import DictionaryDeclared as DictionaryDeclared
    from lineage.events.disclosure import QueryAsked as QueryAsked
    from lineage.events.disclosure import SubjectKind as SubjectKind
    from lineage.events.disclosure import ValuesDisclosed as ValuesDisclosed
    from lineage.events.erasure import ErasureAction as ErasureAction
    from lineage.events.erasure import ErasureCompleted as ErasureCompleted
    from lineage.events.erasure import ErasurePlanned as ErasurePlanned
    from lineage.events.erasure import ErasureStep as ErasureStep
    from lineage.events.erasure import ErasureStepEnded as ErasureStepEnded
    from lineage.events.key import KeyCreated as KeyCreated
    from lineage.events.key import KeyDestroyed as KeyDestroyed
    from lineage.events.key import KeyRotated as KeyRotated
    from lineage.events.ledger import LedgerConverted as LedgerConverted
    from lineage.events.observation import CheckpointDiscarded as CheckpointDiscarded
    from lineage.events.observation import CheckpointKind as CheckpointKind
    from lineage.events.observation import CheckpointRecorded as CheckpointRecorded
    from lineage.events.observation import CodeCaptured as CodeCaptured
    from lineage.events.observation import CodeKind as CodeKind
    from lineage.events.observation import EnvironmentCaptured as EnvironmentCaptured
    from lineage.events.observation import MetricRecorded as MetricRecorded
    from lineage.events.observation import WarningRaised as WarningRaised
    from lineage.events.operation import ErrorFact as ErrorFact
    from lineage.events.operation import OperationFailed as OperationFailed
    from lineage.events.operation import OperationProgressed as OperationProgressed
    from lineage.events.operation import OperationReported as OperationReported
    from lineage.events.operation import OperationRetryScheduled as OperationRetryScheduled
    from lineage.events.operation import OperationSkipped as OperationSkipped
    from lineage.events.operation import OperationStarted as OperationStarted
    from lineage.events.operation import OperationSucceeded as OperationSucceeded
    from lineage.events.policy import PolicyDeclared as PolicyDeclared
    from lineage.events.policy import PolicyEvaluated as PolicyEvaluated
    from lineage.events.policy import PolicyOutcome as PolicyOutcome
    from lineage.events.policy import Severity as Severity
    from lineage.events.policy import WaiverGranted as WaiverGranted
    from lineage.events.policy import WaiverWithdrawn as WaiverWithdrawn
    from lineage.events.privacy import BudgetSpent as BudgetSpent
    from lineage.events.privacy import ClaimChecked as ClaimChecked
    from lineage.events.privacy import PurposeDeclared as PurposeDeclared
    from lineage.events.privacy import RiskMeasured as RiskMeasured
    from lineage.events.process import ProcessAlertRaised as ProcessAlertRaised
    from lineage.events.process import ProcessCheckpointed as ProcessCheckpointed
    from lineage.events.process import ProcessCounted as ProcessCounted
    from lineage.events.process import ProcessEnded as ProcessEnded
    from lineage.events.process import ProcessErrorRecorded as ProcessErrorRecorded
    from lineage.events.process import ProcessInterrupted as ProcessInterrupted
    from lineage.events.process import ProcessMetricSet as ProcessMetricSet
    from lineage.events.process import ProcessProgressed as ProcessProgressed
    from lineage.events.process import ProcessStarted as ProcessStarted
    from lineage.events.release import ReleaseApproved as ReleaseApproved
    from lineage.events.release import ReleasePublished as ReleasePublished
    from lineage.events.release import ReleaseRefused as ReleaseRefused
    from lineage.events.release import ReleaseWithdrawn as ReleaseWithdrawn
    from lineage.events.released import VOCABULARY as VOCABULARY
    from lineage.events.run import OutputCompared as OutputCompared
    from lineage.events.run import ProcessMark as ProcessMark
    from lineage.events.run import RecordCorrected as RecordCorrected
    from lineage.events.run import RecordSetAside as RecordSetAside
    from lineage.events.run import RunAnnotated as RunAnnotated
    from lineage.events.run import RunArchived as RunArchived
    from lineage.events.run import RunCompared as RunCompared
    from lineage.events.run import RunFailed as RunFailed
    from lineage.events.run import RunImported as RunImported
    from lineage.events.run import RunInterrupted as RunInterrupted
    from lineage.events.run import RunRefused as RunRefused
    from lineage.events.run import RunRestored as RunRestored
    from lineage.events.run import RunResumed as RunResumed
    from lineage.events.run import RunStarted as RunStarted
    from lineage.events.run import RunSucceeded as RunSucceeded
    from lineage.events.seal import Custody as Custody
    from lineage.events.seal import SealCosigned as SealCosigned
    from lineage.events.seal import SealDeposited as SealDeposited
    from lineage.events.seal import SealSigned as SealSigned
    from lineage.events.seal import SignerAdopted as SignerAdopted
    from lineage.events.task import Requirement as Requirement
    from lineage.events.task import TaskConfigured as TaskConfigured
    from lineage.events.task import TaskDependencyDeclared as TaskDependencyDeclared
    from lineage.events.task import TaskDependencyWithdrawn as TaskDependencyWithdrawn
    from lineage.events.task import TaskImported as TaskImported
    from lineage.events.task import TaskRegistered as TaskRegistered
    from lineage.events.vocabulary import EventTypes as EventCatalog
    from lineage.events.vocabulary import EventTypes as EventTypes
    from lineage.events.vocabulary import default_event_types as default_catalog
    from lineage.events.vocabulary import default_event_types as default_event_types

    __all__ = ["EventCatalog", "default_catalog"]  # names of release 0.1

__getattr__, __dir__ = Facade(__name__, __file__).hooks

"""Operations: work on data, usable in a notebook without a project.

An operation takes datasets and returns an `OperationResult`. It imports nothing of `lineage`
but the kernel and never writes history; the executor in `lineage.tasks` does that. A new
operation is one module here with one class that has `@register`: it can then be named in
configurations and imported from this package. One more line below tells type checkers.
"""

import importlib
from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade
from lineage.kernel.packages.moved import keep_old_names
from ops import registry

if TYPE_CHECKING:
    from lineage.kernel.effects import Effect as Effect
    from ops.anonymize.anonymize_operation import AnonymizeOperation as AnonymizeOperation
    from ops.anonymize.k_anonymity import KAnonymizeOperation as KAnonymizeOperation
    from ops.attacks.attack_release import AttackRiskOperation as AttackRiskOperation
    from ops.base import BaseOperation as BaseOperation
    from ops.base import DataUse as DataUse
    from ops.data.reader import DataReader as DataReader
    from ops.data.source import DataSource as DataSource
    from ops.data.writer import DataWriteError as DataWriteError
    from ops.data.writer import DataWriter as DataWriter
    from ops.data.writer_result import WriterResult as WriterResult
    from ops.deidentify.generalize import GeneralizeOperation as GeneralizeOperation
    from ops.deidentify.jitter import JitterOperation as JitterOperation
    from ops.deidentify.mask import MaskOperation as MaskOperation
    from ops.deidentify.noise import NoiseOperation as NoiseOperation
    from ops.deidentify.pseudonymize import PseudonymizeOperation as PseudonymizeOperation
    from ops.deidentify.suppress import SuppressOperation as SuppressOperation
    from ops.ingest import IngestOperation as IngestOperation
    from ops.measures.measure_risk import MeasureRiskOperation as MeasureRiskOperation
    from ops.measures.measure_utility import MeasureUtilityOperation as MeasureUtilityOperation
    from ops.profiling.correlate import CorrelationOperation as CorrelationOperation
    from ops.profiling.profile import ProfileOperation as ProfileOperation
    from ops.progress import HierarchicalProgressTracker as HierarchicalProgressTracker
    from ops.progress import ProgressTracker as ProgressTracker
    from ops.progress import SilentProgress as SilentProgress
    from ops.registry import register as register
    from ops.result import Artifact as Artifact
    from ops.result import ColumnEdge as ColumnEdge
    from ops.result import DatasetRead as DatasetRead
    from ops.result import OperationResult as OperationResult
    from ops.result import OperationStatus as OperationStatus
    from ops.result import OperationWarning as OperationWarning
    from ops.synthesis.synthesize import SynthesizeOperation as SynthesizeOperation
    from ops.synthetic_identifiers import (
        AddSyntheticIdentifiersOperation as AddSyntheticIdentifiersOperation,
    )
    from ops.tables.aggregate import AggregateOperation as AggregateOperation
    from ops.tables.join import JoinOperation as JoinOperation
    from ops.tables.quality import QualityOperation as QualityOperation
    from ops.tables.sample import SampleOperation as SampleOperation
    from ops.tables.split import SplitOperation as SplitOperation
    from ops.tables.sql import SqlOperation as SqlOperation
    from ops.tables.union import UnionOperation as UnionOperation

keep_old_names(
    {
        "ops.anonymize.measure_risk": "ops.measures.measure_risk",
        "ops.anonymize.risk": "ops.measures.risk",
        "ops.anonymize.utility": "ops.measures.utility",
        "ops.correlate": "ops.profiling.correlate",
        "ops.profile": "ops.profiling.profile",
        "ops.reader": "ops.data.reader",
        "ops.risk": "ops.measures.risk",
        "ops.source": "ops.data.source",
        "ops.utility": "ops.measures.utility",
        "ops.writer": "ops.data.writer",
    }
)


_facade = Facade(__name__, __file__)


def __getattr__(name: str) -> object:
    built_in = registry.built_in()
    if name == "__all__":
        return sorted({*_facade.places, *built_in})
    if name in built_in:
        return getattr(importlib.import_module(built_in[name]), name)
    return _facade.get(name)


def __dir__() -> list[str]:
    return sorted({*_facade.names(), *registry.built_in()})

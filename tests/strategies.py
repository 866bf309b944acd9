"""Hypothesis strategies: every event of the vocabulary, commands, and valid histories of runs.

An event's strategy follows from the types of its fields, so a new event needs no line here; a
new field type needs one in `_BY_TYPE`.
"""

from __future__ import annotations

import enum
import types
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pydantic
from hypothesis import strategies as st

from lineage.domain import RUN
from lineage.domain.file_lists import FILE_LISTS
from lineage.domain.run import (
    AddFiles,
    AnnotateRun,
    ArchiveRun,
    BeginOperation,
    BeginRun,
    Dependency,
    DiscardCheckpoints,
    EndOperation,
    EndRun,
    ImportRun,
    Observe,
    OperationOutcome,
    RecordCheckpoint,
    RestoreRun,
    ResumeRun,
    RunCommand,
    RunFact,
    RunOutcome,
    RunStatus,
    SkipOperation,
)
from lineage.events import (
    VOCABULARY,
    CheckpointDiscarded,
    CheckpointKind,
    Event,
    JsonField,
    JsonObject,
    Requirement,
    RunImported,
    RunStarted,
)
from lineage.events.base import OperationIndex, Sha256
from lineage.events.process import MAX_COUNT, Count
from lineage.kernel.errors import CommandRejectedError

Strategy = st.SearchStrategy[Any]

texts = st.text(max_size=20)
"""Text of any script, with quotes, line ends, control characters, NUL and emoji."""

names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=20)
"""Text that may stand in an envelope."""

sha256s = st.binary(min_size=32, max_size=32).map(bytes.hex)

moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
"""Times to the microsecond, in UTC."""

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
"""What JSON can hold."""

operations = st.integers(min_value=1, max_value=5)

_BY_TYPE: dict[Any, Strategy] = {
    str: texts,
    bool: st.booleans(),
    int: st.integers(),
    datetime: moments,
    types.NoneType: st.none(),
    Sha256: sha256s,
    OperationIndex: operations,
    Count: st.integers(0, MAX_COUNT),
    JsonField: json_values,
    JsonObject: st.dictionaries(texts, json_values, max_size=3),
    pydantic.AwareDatetime: moments,
    pydantic.NonNegativeInt: st.integers(min_value=0),
    pydantic.PositiveInt: st.integers(min_value=1),
    pydantic.NonNegativeFloat: st.floats(min_value=0, allow_infinity=False),
    pydantic.PositiveFloat: st.floats(min_value=0, exclude_min=True, allow_infinity=False),
}


def _of_type(hint: Any) -> Strategy:
    if hint in _BY_TYPE:
        return _BY_TYPE[hint]
    if isinstance(hint, type) and issubclass(hint, pydantic.BaseModel):
        return of_model(hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin in {types.UnionType, Union}:
        return st.one_of(*map(_of_type, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(_of_type(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(*map(_of_type, arguments), max_size=3)
    raise LookupError(f"no strategy for {hint!r}; add one to _BY_TYPE")


def of_model(cls: type[pydantic.BaseModel]) -> Strategy:
    """Return instances of a model, with any values its fields allow."""
    hints = get_type_hints(cls, include_extras=True)
    fields = {name: _of_type(hints[name]) for name in cls.model_fields}
    return st.builds(cls, **fields)


events: Strategy = st.one_of(*map(of_model, VOCABULARY))
"""Any event of the vocabulary."""

run_facts = st.one_of(*map(of_model, get_args(RunFact)))
_fact_lists = st.lists(run_facts, max_size=3).map(tuple)
_parameters = st.dictionaries(texts, json_values, max_size=2)
_files = st.lists(st.fixed_dictionaries({"path": texts}), max_size=2).map(tuple)
_statuses = st.sampled_from(RunStatus)
_discards = st.lists(of_model(CheckpointDiscarded), max_size=2).map(tuple)

begun: st.SearchStrategy[BeginRun] = st.builds(BeginRun, started=of_model(RunStarted))
"""Commands that begin a run."""

run_commands: st.SearchStrategy[RunCommand] = st.one_of(
    begun,
    st.builds(
        BeginRun,
        started=of_model(RunStarted),
        dependencies=st.lists(
            st.builds(
                Dependency,
                task=texts,
                run=st.none() | texts,
                status=_statuses,
                require=st.sampled_from(get_args(Requirement)),
            ),
            max_size=3,
        ).map(tuple),
        continue_on_error=st.booleans(),
    ),
    st.builds(ImportRun, imported=of_model(RunImported)),
    st.builds(
        BeginOperation,
        name=texts,
        class_name=texts,
        code_version=texts,
        parameters=_parameters,
        seed=st.none() | st.integers(),
    ),
    st.builds(
        EndOperation,
        outcome=st.one_of(*map(of_model, get_args(OperationOutcome))),
        facts=_fact_lists,
    ),
    st.builds(SkipOperation, name=texts, reason=texts),
    st.builds(Observe, facts=_fact_lists),
    st.builds(
        RecordCheckpoint,
        name=st.none() | texts,
        kind=st.sampled_from(get_args(CheckpointKind)),
        state=st.none() | _parameters,
        sha256=sha256s,
        size_bytes=st.integers(min_value=0),
        is_encrypted=st.booleans(),
        discarded=_discards,
    ),
    st.builds(DiscardCheckpoints, discarded=_discards),
    st.builds(EndRun, outcome=st.one_of(*map(of_model, get_args(RunOutcome))), facts=_fact_lists),
    st.builds(
        ResumeRun,
        by=texts,
        earlier=st.none() | texts,
        earlier_status=_statuses,
    ),
    st.builds(
        AddFiles,
        key=st.sampled_from(FILE_LISTS),
        facts=_fact_lists,
        files=_files,
        known=st.none() | st.lists(json_values, max_size=2).map(tuple),
    ),
    st.builds(
        AnnotateRun,
        changes=_parameters | st.dictionaries(st.sampled_from(FILE_LISTS), json_values, max_size=2),
    ),
    st.builds(ArchiveRun, reason=texts),
    st.builds(RestoreRun, reason=texts),
)
"""Any command to a run, sensible or not."""


@st.composite
def run_histories(draw: st.DrawFn) -> tuple[Event, ...]:
    """What a run records under any commands, of which those refused leave no trace."""
    history = RUN.decide(RUN.initial, draw(begun))
    for command in draw(st.lists(run_commands, max_size=8)):
        with suppress(CommandRejectedError):
            history += RUN.decide(RUN.fold(history), command)
    return history

"""An operation takes the parameters it declares or names, and refuses all others."""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.tasks.lifecycle.operation_maker import make_operation
from ops.base import BaseOperation
from ops.keywords import keywords_of
from ops.result import OperationResult


class Idle(BaseOperation):
    """Does nothing, and declares nothing."""

    def execute(self, **_given: object) -> OperationResult:  # type: ignore[override]  # takes anything
        """Do nothing."""
        return OperationResult()


@dataclass(kw_only=True)
class OfFields(Idle):
    """A dataclass."""

    dataset: str
    limit: int = 3
    names: list[str] = field(default_factory=list)
    retries: ClassVar[int] = 0


@dataclass(kw_only=True)
class OfMoreFields(OfFields):
    """A dataclass that inherits."""

    mode: str


class OfInit(Idle):
    """Has an `__init__` of its own."""

    def __init__(self, dataset: str, limit: int = 3) -> None:
        self.dataset, self.limit = dataset, limit


class HandsOn(OfInit):
    """Hands everything else on to an `__init__` that names what it takes."""

    def __init__(self, mode: str = "a", **others: Any) -> None:
        super().__init__(**others)
        self.mode = mode


class HandsOnToAll(Idle):
    """Hands everything else on to the base class."""

    def __init__(self, dataset: str, **others: Any) -> None:
        super().__init__(dataset=dataset, **others)


class HandsOnMore(Idle):
    """Makes a parameter for the base class."""

    def __init__(self, dataset: str) -> None:
        super().__init__(dataset=dataset, copied=True)


class Keeps(Idle):
    """Takes whatever there is."""

    def __init__(self, **options: object) -> None:
        self.options = options


class Declares(Idle):
    """Declares attributes without an `__init__`."""

    dataset: str
    limit = 3


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function, as a decorator does."""

    @functools.wraps(function)
    def wrapped(*args: Any, **named: Any) -> Any:
        return function(*args, **named)

    return wrapped


class Reads(Idle):
    """Reads attributes that it does not declare."""

    seen: ClassVar[list[object]] = []

    @logged
    def execute(self, **_given: object) -> OperationResult:  # type: ignore[override]  # takes anything
        """Read attributes here, in a property and in a comprehension."""
        self.seen[:] = [self.folder, self.town, *(self.zip for _ in range(1))]  # type: ignore[attr-defined]
        return OperationResult(metrics={"optional": getattr(self, "optional", 0)})

    @property
    def folder(self) -> object:
        """What it was given."""
        return self.where  # type: ignore[attr-defined]


class ReadsAll(Idle):
    """Reads whatever it was given."""

    def execute(self, **_given: object) -> OperationResult:  # type: ignore[override]  # takes anything
        """Return all."""
        return OperationResult(metrics=dict(self.parameters))


UNFIT: dict[str, tuple[str | type[BaseOperation], dict[str, Any], str]] = {
    "unknown": (
        OfFields,
        {"dataset": "d", "limt": 1},
        "no parameter 'limt' (did you mean 'limit'?), expected dataset (required), limit, names",
    ),
    "missing": (OfFields, {}, "'dataset' missing, expected dataset (required), limit"),
    "both": (
        OfFields,
        {"datset": "d"},
        "no parameter 'datset' (did you mean 'dataset'?); 'dataset' missing",
    ),
    "class variable": (OfFields, {"dataset": "d", "retries": 1}, "no parameter 'retries'"),
    "inherited fields": (
        OfMoreFields,
        {"x": 1},
        "no parameter 'x'; 'dataset', 'mode' missing",
    ),
    "__init__": (
        OfInit,
        {"x": 1, "y": 2},
        "no parameter 'x'; no parameter 'y'; 'dataset' missing",
    ),
    "handed on": (
        HandsOn,
        {"dataset": "d", "limits": 1},
        "no parameter 'limits' (did you mean 'limit'?), expected mode, dataset (required), limit",
    ),
    "handed on, both": (HandsOn, {"x": 1}, "no parameter 'x'; 'dataset' missing"),
    "handed on to all": (
        HandsOnToAll,
        {"dataset": "d", "x": 1},
        "no parameter 'x', expected dataset (required)",
    ),
    "handed on, missing": (HandsOnToAll, {}, "'dataset' missing"),
    "none": (
        Idle,
        {"colour": 1},
        "no parameter 'colour', expected none; correct the name, or declare it in the class",
    ),
    "attributes": (
        Declares,
        {"datasett": 1},
        "no parameter 'datasett' (did you mean 'dataset'?), expected dataset, limit",
    ),
    "read": (Reads, {"wher": 1}, "no parameter 'wher'"),
    "by name": (
        "ProfileOperation",
        {"dataset": "d"},
        "'dataset_name' missing, expected dataset_name (required), output_prefix",
    ),
}


@pytest.mark.parametrize(("cls", "given", "said"), UNFIT.values(), ids=UNFIT)
def test_parameters_that_do_not_fit_are_named_with_those_that_do(
    cls: str | type[BaseOperation], given: dict[str, Any], said: str
) -> None:
    """The message speaks of parameters, whatever kind of class it is, and quotes no value."""
    with pytest.raises(ConfigurationError, match=r"parameters of operation '\w+': ") as caught:
        make_operation(cls, given, seed=None)
    assert said in str(caught.value)


def test_error_of_a_registered_operation_names_the_command_that_describes_it() -> None:
    """Whoever has a name in a configuration may not have the source at hand."""
    with pytest.raises(ConfigurationError, match="; `lineage operations IngestOperation` describ"):
        make_operation("IngestOperation", {}, seed=None)


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        (Declares, {"dataset": "d", "limit": 4}),
        (Declares, {}),
        (Reads, {"where": 1, "town": 2, "zip": 3, "optional": 4}),
        (ReadsAll, {"anything": 1}),
        (HandsOnToAll, {"dataset": "d"}),
        (Idle, {}),
        (Idle, {"name": "rest", "steps": 3}),
    ],
)
def test_what_a_class_declares_or_reads_becomes_its_parameters(
    cls: type[BaseOperation], given: dict[str, Any]
) -> None:
    """Without an `__init__`, an annotation, an attribute or a method names a parameter."""
    made = make_operation(cls, given, seed=None)
    assert made.parameters == given
    assert pickle.loads(pickle.dumps(copy.copy(made))).parameters == given  # noqa: S301  # our own


def test_parameter_that_a_class_makes_itself_is_kept() -> None:
    """What an `__init__` hands on by name is meant."""
    assert HandsOnMore("d").parameters == {"dataset": "d", "copied": True}


def test_class_that_keeps_whatever_it_gets_takes_it() -> None:
    """Its own `__init__` does not hand it on, so nothing can be wrong with it."""
    made = make_operation(Keeps, {"x": 1}, seed=None)
    assert made.parameters == {"options": {"x": 1}}


def test_operation_made_in_python_refuses_what_nothing_names() -> None:
    """A misspelt keyword does not become an attribute that nobody reads."""
    with pytest.raises(ConfigurationError, match="no parameter 'limitt'"):
        Declares(limitt=1)


def test_type_error_of_the_class_itself_passes() -> None:
    """Only the fit of parameters is put in other words."""

    class Fails(Idle):
        def __init__(self, **_others: object) -> None:
            raise TypeError("of its own")

    with pytest.raises(TypeError, match="of its own"):
        make_operation(Fails, {}, seed=None)


def test_declared_parameters_have_types_and_defaults() -> None:
    """A default factory gives the value it makes, a parameter without a default is required."""
    known = keywords_of(OfFields)
    assert [(n, k.annotation, k.is_required) for n, k in known.items()] == [
        ("dataset", "str", True),
        ("limit", "int", False),
        ("names", "list[str]", False),
    ]
    assert (known["limit"].default, known["names"].default) == (3, [])

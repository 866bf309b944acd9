"""A parameter is of its declared type, however the operation is made."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.tasks.lifecycle.operation_maker import make_operation
from ops import registry
from ops.base import BaseOperation
from ops.parameters import require_at_least
from ops.result import OperationResult


class Columns(BaseOperation):
    """Takes lists in an `__init__` of its own, one without an annotation."""

    def __init__(self, columns: list[str] | None, pairs: Sequence[tuple[str, int]] = (), more=()):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204  # as a notebook has it
        self.columns, self.pairs, self.more = columns, pairs, more

    def execute(self, *_given: object) -> OperationResult:  # type: ignore[override]  # takes nothing
        """Do nothing."""
        return OperationResult()


@dataclass(kw_only=True)
class TextOrList(Columns):
    """Takes a text as well."""

    columns: str | Sequence[str]


@dataclass
class Least:
    """Has a number."""

    k: object


@dataclass(kw_only=True)
class Typed(Columns):
    """Takes values of one type each."""

    columns: Sequence[str] = ()
    text: str = None  # type: ignore[assignment]  # as many write it
    is_on: bool = False
    count: int | None = 3
    share: float = 0.5
    names: Mapping[str, str] = field(default_factory=dict)
    mode: Literal["fast", "exact"] | None = "fast"
    either: int | str = 1
    anything: object = None


class Inherits(Columns):
    """Has no `__init__`."""


LISTS = [
    ("KAnonymizeOperation", {"dataset_name": "d"}, "quasi_identifiers"),
    ("KAnonymizeOperation", {"dataset_name": "d", "quasi_identifiers": ["a"]}, "left_out"),
    ("AnonymizeOperation", {"input_dataset": "d"}, "direct_identifiers"),
    ("MeasureRiskOperation", {"dataset_name": "d"}, "quasi_identifiers"),
    ("ProfileOperation", {"dataset_name": "d"}, "identifiers"),
    ("ProfileOperation", {"dataset_name": "d"}, "columns"),
    ("CorrelationOperation", {"primary_dataset": "d"}, "columns"),
    ("IngestOperation", {"dataset_name": "d", "schema": {}}, "null_markers"),
    (Columns, {}, "columns"),
    (Columns, {"columns": []}, "more"),
    (Inherits, {}, "columns"),
]


@pytest.mark.parametrize("value", ["age", b"age", 5, {"age": 1}, iter(["age"])])
@pytest.mark.parametrize(("operation", "others", "name"), LISTS)
def test_what_is_no_list_is_refused(
    operation: str | type[BaseOperation], others: dict[str, Any], name: str, value: object
) -> None:
    """A text would be taken for its letters, an iterator for nothing when it is read again."""
    with pytest.raises(ConfigurationError, match=rf"{name} of \w+: .*expected a list; put it in"):
        make_operation(operation, {**others, name: value}, seed=None)


@pytest.mark.parametrize("value", [["age"], ("age",), {"age"}, []])
def test_every_kind_of_list_is_taken(value: Any) -> None:
    """Tuples and sets are lists in a configuration's sense, empty ones too."""
    cls = registry.resolve("ProfileOperation")
    assert cls(dataset_name="d", identifiers=value).parameters["identifiers"] == value


@pytest.mark.parametrize("value", [[0, 1], [None], [["age"]]])
def test_list_of_no_texts_is_refused_where_texts_belong(value: list[object]) -> None:
    """Columns have names, so 0 is none."""
    cls = registry.resolve("MeasureRiskOperation")
    with pytest.raises(
        ConfigurationError, match=r"quasi_identifiers of .*expected a list of texts"
    ):
        cls(dataset_name="d", quasi_identifiers=value)


def test_what_an_annotation_admits_is_taken() -> None:
    """None, pairs and a text pass where the annotation names them."""
    assert Columns(None, [("a", 1)]).columns is None
    assert TextOrList(columns="age").columns == "age"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", 5, "a text"),
        ("text", ["a"], "a text"),
        ("is_on", "yes", "true or false"),
        ("is_on", 1, "true or false"),
        ("count", "3", "a whole number or null"),
        ("count", 3.0, "a whole number or null"),
        ("share", "half", "a number"),
        ("share", None, "a number"),
        ("names", ["a"], "a mapping"),
        ("mode", "slow", "null or one of 'fast', 'exact'"),
        ("mode", pd.DataFrame({"a": [1]}), "null or one of 'fast', 'exact'"),
        ("either", [], "a whole number or a text"),
    ],
)
def test_value_of_another_type_is_refused(name: str, value: object, expected: str) -> None:
    """The error names parameter and types, and does not quote the value."""
    found = type(value).__name__
    with pytest.raises(
        ConfigurationError, match=f"^{name} of Typed: found '{found}', expected "
    ) as e:
        make_operation(Typed, {name: value}, seed=None)
    assert str(e.value).endswith(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", Path("a")),
        ("text", None),
        ("is_on", np.bool_(1)),
        ("count", np.int64(3)),
        ("count", None),
        ("count", True),
        ("share", 1),
        ("share", np.float32(1)),
        ("names", {}),
        ("mode", None),
        ("mode", "exact"),
        ("either", "a"),
        ("anything", 5),
    ],
)
def test_value_that_is_of_the_type_is_taken(name: str, value: object) -> None:
    """Numbers of numpy, paths and the default itself are meant by their annotations."""
    assert make_operation(Typed, {name: value}, seed=None).parameters[name] is value


def test_text_by_position_is_refused() -> None:
    """The way in which an argument is given does not matter."""
    with pytest.raises(ConfigurationError, match="columns of Inherits: found 'age'"):
        Inherits("age")  # type: ignore[arg-type]  # the mistake


def test_operation_is_copied_and_pickled() -> None:
    """A child process gets the operation as it is."""
    made = Columns(["age"])
    for twin in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301  # our own
        assert twin.parameters == made.parameters


def test_inherited_constructor_is_still_checked() -> None:
    """A parameter that is not there is named, with those that are."""
    with pytest.raises(ConfigurationError, match=r"no parameter 'colums' \(did you mean 'columns'"):
        make_operation(Inherits, {"colums": ["age"]}, seed=None)


@pytest.mark.parametrize("number", [1, True, 2.0, "2", None])
def test_number_that_is_too_small_or_not_whole_is_refused(number: object) -> None:
    """The error names the parameter and the operation."""
    with pytest.raises(ConfigurationError, match=r"k of Least: .* a whole number of at least 2"):
        require_at_least(Least(number), k=2)


def test_least_number_is_taken() -> None:
    """The limit itself is allowed."""
    require_at_least(Least(2), k=2)

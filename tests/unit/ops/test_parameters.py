"""A parameter that is a list is a list, however the operation is made."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.tasks.lifecycle.operation_maker import make_operation
from ops import registry
from ops.base import BaseOperation
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
    with pytest.raises(ConfigurationError, match=r"parameters of operation 'Inherits'.*columns: "):
        make_operation(Inherits, {"colums": ["age"]}, seed=None)

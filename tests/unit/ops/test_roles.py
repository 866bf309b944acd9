"""Which columns an operation gets from the roles of its dataset."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole, Roles
from ops import roles
from ops.anonymize.anonymize_operation import AnonymizeOperation
from ops.anonymize.k_anonymity import KAnonymizeOperation
from ops.base import BaseOperation
from ops.deidentify.mask import MaskOperation
from ops.ingest import IngestOperation
from ops.measures.measure_risk import MeasureRiskOperation
from ops.profiling.correlate import CorrelationOperation
from ops.profiling.profile import ProfileOperation
from ops.result import OperationResult
from ops.tables.join import JoinOperation
from ops.tables.sample import SampleOperation
from ops.tables.sql import SqlOperation
from ops.tables.union import UnionOperation

PEOPLE: Roles = {
    ColumnRole.DIRECT_IDENTIFIER: ("name", "mail"),
    ColumnRole.QUASI_IDENTIFIER: ("age", "city"),
    ColumnRole.SENSITIVE: ("income",),
    ColumnRole.NON_SENSITIVE: ("note",),
}
DECLARED = {"people": PEOPLE, "jobs": {ColumnRole.DIRECT_IDENTIFIER: ("phone",)}}


@pytest.mark.parametrize(
    ("operation", "given", "found"),
    [
        (
            KAnonymizeOperation,
            {"dataset_name": "people"},
            {
                "quasi_identifiers": ["age", "city"],
                "sensitive_attributes": ["income"],
                "direct_identifiers": ["name", "mail"],
                "insensitive_attributes": ["note"],
            },
        ),
        (
            KAnonymizeOperation,
            {"dataset_name": "people", "quasi_identifiers": ["age"], "left_out": ["mail", "note"]},
            {"sensitive_attributes": ["income"], "direct_identifiers": ["name"]},
        ),
        (
            AnonymizeOperation,
            {"input_dataset": "people", "sensitive_attributes": ["city"]},
            {
                "quasi_identifiers": ["age"],
                "direct_identifiers": ["name", "mail"],
                "insensitive_attributes": ["note"],
            },
        ),
        (
            MeasureRiskOperation,
            {"dataset_name": "people", "sensitive_attributes": []},
            {"quasi_identifiers": ["age", "city"]},
        ),
        (ProfileOperation, {"dataset_name": "people"}, {"identifiers": ["name", "mail"]}),
        (
            ProfileOperation,
            {"dataset_name": "people", "columns": ["age", "mail"]},
            {"identifiers": ["mail"]},
        ),
        (ProfileOperation, {"dataset_name": "people", "identifiers": ()}, {}),
        (ProfileOperation, {"dataset_name": "cars"}, {}),
        (CorrelationOperation, {"primary_dataset": "people"}, {"identifiers": ["name", "mail"]}),
        (
            CorrelationOperation,
            {"primary_dataset": "people", "secondary_dataset": "jobs", "join_key": "id"},
            {"identifiers": ["name", "mail", "phone"]},
        ),
        (IngestOperation, {"dataset_name": "people", "schema": {}}, {}),
        (
            SampleOperation,
            {"dataset_name": "people", "rows": 1},
            {"known_columns": ["name", "mail", "age", "city", "income", "note"]},
        ),
        (SampleOperation, {"dataset_name": "people", "rows": 1, "known_columns": []}, {}),
        (
            UnionOperation,
            {"datasets": ["cars", "jobs"], "output_name": "o"},
            {"known_columns": ["phone"]},
        ),
        (
            JoinOperation,
            {"left": "jobs", "right": "cars", "on": ["id"]},
            {"known_columns": ["phone"]},
        ),
        (
            SqlOperation,
            {"query": "select * from jobs", "output_name": "o"},
            {"known_columns": ["phone"]},
        ),
        (
            SqlOperation,
            {"query": "select * from jobs", "datasets": ["cars"], "output_name": "o"},
            {},
        ),
        (
            MaskOperation,
            {"dataset_name": "people", "columns": ["mail"]},
            {
                "direct_identifiers": ["name"],
                "quasi_identifiers": ["age", "city"],
                "sensitive_attributes": ["income"],
                "insensitive_attributes": ["note"],
            },
        ),
    ],
)
def test_parameters_that_are_not_given_are_the_columns_of_the_role(
    operation: type[BaseOperation], given: dict[str, Any], found: dict[str, list[str]]
) -> None:
    """Given parameters count more than roles, and stay as they are."""
    assert roles.completed(operation, given, DECLARED) == {**given, **found}


def test_value_of_a_declared_identifier_is_not_shown_on_request() -> None:
    """Who declares a direct identifier and asks for its values is told, not obeyed."""
    given = {"dataset_name": "people", "show_values": ["name"]}
    with pytest.raises(ConfigurationError, match=r"\['name'\] in both"):
        ProfileOperation(**roles.completed(ProfileOperation, given, DECLARED))  # type: ignore[arg-type]  # as a task passes them


@pytest.mark.parametrize("operation", [KAnonymizeOperation, MeasureRiskOperation])
def test_without_parameter_and_role_the_remedy_names_both(operation: Any) -> None:
    """If nobody says what singles people out, nothing is measured or released."""
    with pytest.raises(
        ConfigurationError, match=r"no quasi-identifier.* dataset 'people' with .*'datasets'"
    ):
        operation(dataset_name="people")


def test_own_operation_takes_roles_by_one_line() -> None:
    """An operation of a project says which of its parameters have which role."""

    class Veil(BaseOperation):
        column_roles = {"masked": ColumnRole.DIRECT_IDENTIFIER}  # noqa: RUF012  # as people write it

        def execute(self, *_: object) -> OperationResult:
            return OperationResult()

    given = {"dataset_name": "people"}
    assert roles.completed(Veil, given, DECLARED)["masked"] == ["name", "mail"]

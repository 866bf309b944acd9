"""The parameters of an operation have a JSON Schema that says what they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from ops import registry
from ops.description import describe
from ops.keywords import keywords_of
from ops.parameter_schema import DIALECT, schema_of


@dataclass(kw_only=True)
class Sample:
    """Has a parameter of each kind."""

    name: str
    share: float | None = None
    columns: Sequence[str] = ()
    kind: Literal["csv", "parquet"] = "csv"
    schema: Mapping[str, int] = field(default_factory=dict)
    password: str = "hush"  # noqa: S105  # a default that nobody may see
    judge: Callable[[int], bool] = bool
    open: Any = object()  # noqa: RUF009  # JSON has nothing like it


def test_each_kind_of_annotation_has_its_schema() -> None:
    """Texts, numbers, lists, choices and mappings are told; what JSON lacks admits anything."""
    found = schema_of(Sample, {"name": "Whose it is."})

    assert (found["$schema"], found["required"]) == (DIALECT, ["name"])
    assert found["additionalProperties"] is False
    assert found["properties"] == {
        "name": {"type": "string", "description": "Whose it is."},
        "share": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
        "columns": {"type": "array", "items": {"type": "string"}, "default": []},
        "kind": {"type": "string", "enum": ["csv", "parquet"], "default": "csv"},
        "schema": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "default": {},
        },
        "password": {"type": "string"},
        "judge": {},
        "open": {},
    }


@pytest.mark.parametrize("name", registry.built_in())
def test_built_in_operation_has_a_schema_of_all_its_parameters(name: str) -> None:
    """Each is there with its meaning, but objects that are secrets; none admits just anything."""
    cls = registry.resolve(name)
    schema = describe(cls).schema
    objects = ["secret"] if cls.__name__ == "PseudonymizeOperation" else []

    assert [*schema["properties"], *objects] == [*keywords_of(cls)]
    assert [p for p, says in schema["properties"].items() if not says.get("description")] == []
    open_ended = [p for p, says in schema["properties"].items() if not says.keys() & TELLING]
    assert open_ended == []


TELLING = {"type", "anyOf", "oneOf", "enum", "const", "$ref"}

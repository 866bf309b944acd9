"""What a project says about its datasets: where they are, whose, and what their columns are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lineage.kernel import roles
from lineage.kernel.roles import ColumnRole, Roles
from lineage.kernel.values import JsonValue

_PERIOD: Final = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?")

_STRICT: Final = ConfigDict(
    frozen=True, extra="forbid", hide_input_in_errors=True, serialize_by_alias=True
)


class ColumnDeclaration(BaseModel):
    """What is known of a column beforehand.

    Attributes:
        role: What it can tell about a person; None if nobody decided.
        category: The key `class`: which personal data it holds, in words of your own ("contact",
            "health"); empty if not said.
        special_category: Whether it is of a special category of the GDPR, Article 9: health,
            origin, belief, ...
        tags: Words of your own, which policies can name.
    """

    model_config = _STRICT

    role: ColumnRole | None = None
    category: str = Field(default="", alias="class")
    special_category: bool = False
    tags: tuple[str, ...] = ()

    @field_validator("category")
    @classmethod
    def _be_a_label(cls, category: str) -> str:
        if not category.isprintable():
            raise ValueError("expected words on one line")
        return category


class DatasetDeclaration(BaseModel):
    """What is known of a dataset beforehand, once for all tasks.

    Attributes:
        path: Its file, absolute or relative to the project; None where only its columns are
            declared, as of an output that a run gives that name.
        description: What it holds.
        owner: Who is responsible for it.
        subjects: The categories of people in it ("customers", "patients").
        categories: The categories of personal data it holds ("contact", "health").
        purpose: What it is processed for.
        legal_basis: What allows that ("consent", "contract", Article 6(1)(f), ...).
        controller: Who decides about purpose and means, if not the project's controller.
        recipients: Who may get it, or what is made from it.
        retention: How long it may be kept: an ISO 8601 duration; a number is days.
        columns: Column name to what it is; a role alone is short for an object with it.
    """

    model_config = _STRICT

    path: str | None = Field(default=None, min_length=1)
    description: str = ""
    owner: str = ""
    subjects: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    purpose: str = ""
    legal_basis: str = ""
    controller: str = ""
    recipients: tuple[str, ...] = ()
    retention: str | None = None
    columns: dict[str, ColumnDeclaration] = Field(default_factory=dict)

    @field_validator("columns", mode="before")
    @classmethod
    def _take_roles_alone(cls, columns: object) -> object:
        if not isinstance(columns, Mapping):
            return columns
        return {k: {"role": v} if isinstance(v, str) else v for k, v in columns.items()}

    @field_validator("retention", mode="before")
    @classmethod
    def _know_period(cls, period: object) -> object:
        is_days = isinstance(period, int) and not isinstance(period, bool)
        text = f"P{period}D" if is_days else period
        if text is None or (isinstance(text, str) and _PERIOD.fullmatch(text)):
            return text
        raise ValueError("expected a number of days, or an ISO 8601 duration such as 'P2Y'")

    @property
    def roles(self) -> Roles:
        """Its columns by their role, in the order they are declared."""
        return roles.columns_by_role((name, c.role) for name, c in self.columns.items())


Declarations = Mapping[str, DatasetDeclaration]
"""Dataset name to what is known of it."""


def to_plain(declared: Declarations) -> dict[str, JsonValue]:
    """Return what is declared as JSON, as a file would say it, without the defaults."""
    return {name: _plain(dataset) for name, dataset in declared.items()}


def rows(declared: Declarations) -> dict[str, dict[str, JsonValue]]:
    """Return what is declared of each dataset, for people: columns by their role and class.

    Columns without either are listed under `columns`.
    """
    return {name: _rows(dataset) for name, dataset in declared.items()}


def _plain(dataset: DatasetDeclaration) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = dataset.model_dump(mode="json", exclude_defaults=True)
    columns = said.get("columns")
    if isinstance(columns, dict):
        said["columns"] = {k: _shortest(v) for k, v in columns.items()}
    return said


def _shortest(column: JsonValue) -> JsonValue:
    return column["role"] if isinstance(column, dict) and column.keys() == {"role"} else column


def _rows(dataset: DatasetDeclaration) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = dataset.model_dump(exclude_defaults=True, exclude={"columns"})
    found |= {str(role): list(columns) for role, columns in dataset.roles.items()}
    others: dict[str, list[JsonValue]] = {}
    for name, column in dataset.columns.items():
        if column.category:
            others.setdefault(f"class {column.category}", []).append(name)
        elif column.role is None:
            others.setdefault("columns", []).append(name)
    return {**found, **others}

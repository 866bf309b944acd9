"""Describe an operation: parameters, metrics, files, column lineage and warnings.

Everything comes from its signature and the docstrings of its class, in Google style: `Attributes`
(or `Args`) for the parameters, and `Metrics`, `Files`, `Columns` and `Warnings` for what it
reports. An entry of `Columns` names output columns, then effects, as in "every column: identity".
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from lineage.kernel.effects import Effect
from lineage.kernel.secrets.redaction import REDACTED, is_secret
from ops import docstring
from ops.base import BaseOperation
from ops.docstring import Docstring
from ops.keywords import Keyword, keywords_of
from ops.parameter_schema import schema_of

_WORD: Final = "|".join(get_args(Effect))
_EFFECTS: Final = re.compile(rf"((?:{_WORD})(?: or (?:{_WORD}))*)\b[,.;]?\s*(.*)", re.DOTALL)
_QUALIFIED: Final = re.compile(r"\b[a-z_]\w*\.(?=[\w.]*[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDescription:
    """A parameter of an operation.

    Attributes:
        name: Its name.
        type: Its declared type, as written; empty if none is declared.
        default: Its default as Python writes it, "***" for a secret; None if it is required.
        is_required: Whether it must be given.
        meaning: What the docstring says of it.
    """

    name: str
    type: str
    default: str | None
    is_required: bool
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDescription:
    """Where some output columns of an operation come from.

    Attributes:
        columns: Which columns.
        effects: What is done on the way, one of these for each column.
        meaning: What else there is to say.
    """

    columns: str
    effects: tuple[Effect, ...]
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDescription:
    """What an operation does, takes and reports.

    Attributes:
        name: Name of the class, by which configurations name it.
        module: Where the class is.
        summary: What it does, in one line.
        details: More about it, in Markdown.
        parameters: What it takes, in order.
        metrics: Name of a metric to its meaning; "a.b" is b in the group a.
        files: Path of a file below the task's folder to what it holds; a name in braces is a
            parameter, or the default that its meaning tells.
        columns: Where its output columns come from.
        warnings: Words of a warning to when it is given.
        schema: JSON Schema of the parameters.
    """

    name: str
    module: str
    summary: str
    details: str
    parameters: tuple[ParameterDescription, ...]
    metrics: Mapping[str, str]
    files: Mapping[str, str]
    columns: tuple[ColumnDescription, ...]
    warnings: Mapping[str, str]
    schema: Mapping[str, Any]


def describe(cls: type[BaseOperation]) -> OperationDescription:
    """Return the description of an operation class.

    What a base class says of its parameters holds for a subclass that says nothing of them; so do
    its sections about what is reported, and those of the operation that it reports as.
    """
    own = docstring.read(cls)
    behind = cls.__mro__ if cls.reports_as is None else (*cls.__mro__, *cls.reports_as.__mro__)
    lineage = [docstring.read(base) for base in behind if base is not BaseOperation]
    meanings = _meanings(cls)
    return OperationDescription(
        name=cls.__name__,
        module=cls.__module__,
        summary=own.summary,
        details=own.body,
        parameters=_parameters(cls, meanings),
        metrics={
            name: meaning
            for names, meaning in _entries(lineage, "Metrics").items()
            for name in names.split(", ")
        },
        files=_entries(lineage, "Files"),
        columns=tuple(_column(*entry) for entry in _entries(lineage, "Columns").items()),
        warnings=_entries(lineage, "Warnings"),
        schema=schema_of(cls, meanings),
    )


def type_text(annotation: object) -> str:
    """Return an annotation as a reader writes it, without the modules of its names."""
    if annotation is None:
        return ""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _QUALIFIED.sub("", text)


def value_text(value: object) -> str:
    """Return a value as Python writes it; its type alone where that would hold an address."""
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else text


def _meanings(cls: type[BaseOperation]) -> dict[str, str]:
    """Return what is said of each parameter, by the class or by what it inherits from."""
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        for documented in (base, vars(base).get("__init__")):
            read = docstring.read(documented)
            meanings |= read.entries("Attributes") | read.entries("Args")
    return meanings


def _parameters(
    cls: type[BaseOperation], meanings: Mapping[str, str]
) -> tuple[ParameterDescription, ...]:
    return tuple(
        _parameter(name, keyword, meanings.get(name, ""))
        for name, keyword in keywords_of(cls).items()
    )


def _parameter(name: str, keyword: Keyword, meaning: str) -> ParameterDescription:
    shown = REDACTED if is_secret(name) and keyword.default else value_text(keyword.default)
    return ParameterDescription(
        name=name,
        type=type_text(keyword.annotation),
        default=None if keyword.is_required else shown,
        is_required=keyword.is_required,
        meaning=meaning,
    )


def _entries(lineage: list[Docstring], section: str) -> dict[str, str]:
    """Return a section of the nearest class that has it."""
    return next((read.entries(section) for read in lineage if section in read.sections), {})


def _column(columns: str, said: str) -> ColumnDescription:
    found = _EFFECTS.match(said)
    if found is None:
        return ColumnDescription(columns=columns, effects=(), meaning=said)
    effects = cast("tuple[Effect, ...]", tuple(found[1].split(" or ")))
    return ColumnDescription(columns=columns, effects=effects, meaning=found[2])

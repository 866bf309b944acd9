"""Say in words what is wrong with a configuration, without its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from lineage.kernel.plain import did_you_mean

_UNKNOWN_KEY = "extra_forbidden"


def of_error(error: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """Return one text for each mistake; values are not shown.

    Args:
        error: What pydantic found.
        model: What was validated; with it, an unknown key is told with the nearest known one.
    """
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return [fault_text(fault, model) for fault in faults]


def fault_text(fault: Mapping[str, Any], model: type[BaseModel] | None = None) -> str:
    """Return one mistake that pydantic found as a text with its place."""
    place: Sequence[object] = fault["loc"]
    told = fault["msg"]
    if fault["type"] == _UNKNOWN_KEY and model is not None:
        told = "unknown key" + did_you_mean(str(place[-1]), _keys_at(model, place[:-1]))
    return f"{'.'.join(map(str, place)) or 'the whole'}: {told}"


def _keys_at(model: type[BaseModel], place: Sequence[object]) -> list[str]:
    """Return the keys that an object inside a model may have; none if that is not clear."""
    models = [model]
    for part in place:
        fields = [one.model_fields for one in models]
        inner = [f.annotation for of in fields for n, f in of.items() if part in (n, f.alias)]
        # any other part is an index, a key of a mapping, or the name of one form of several
        models = [found for each in inner for found in _models_in(each)] if inner else models
    known = (field for one in models for field in one.model_fields.items())
    return [field.alias or name for name, field in known]


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]

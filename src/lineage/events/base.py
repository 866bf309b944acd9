"""The base of all events, and the field types they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
)

from lineage.kernel.secrets.redaction import hidden, masked
from lineage.kernel.values import to_json

STORED: Final = "stored"
"""The context in which an event is validated that was recorded before: it stays as it is."""

_PLACES: Final = frozenset(
    {
        *("uri", "source_uri", "script_path", "report_path"),
        *("columns", "column", "source_column", "subject"),
    }
)
"""Texts that find a file or a column, and would not if they were masked."""

_SIGNED: Final = frozenset({"note", "verifier_key", "replaces", "endorsement", "receipt"})
"""Texts that are signed or check signatures: by chance their base64 looks like "pwd=..."."""

_AS_THEY_ARE: Final = _PLACES | _SIGNED
_TEXTS: Final = (str, tuple)


def _to_json(value: object, info: ValidationInfo) -> JsonValue:
    converted: JsonValue = to_json(value)
    return converted if info.context == STORED else hidden(converted)


def _to_json_object(value: object, info: ValidationInfo) -> JsonValue:
    converted = _to_json(value, info)
    if isinstance(value, Mapping) and isinstance(converted, list):
        return {"entries": converted}
    return converted


JsonField = Annotated[JsonValue, BeforeValidator(_to_json)]
"""Any value, kept as JSON (`lineage.kernel.values.to_json`)."""

JsonObject = Annotated[dict[str, JsonValue], BeforeValidator(_to_json_object)]
"""A mapping of any values, kept as a JSON object.

If its keys fall together as text, the object is {"entries": [{"key", "value"}, ...]}.
"""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in 64 lower-case hexadecimal digits."""

OperationIndex = Annotated[int, Field(ge=1)]
"""Which operation of the run, counted from 1 in the order they began."""


class Recorded(BaseModel):
    """What a new fact says, without secrets: here every text comes by, whoever made it."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            if isinstance(value, _TEXTS) and name not in _AS_THEY_ARE:
                values[name] = _masked_text(value)
        super().__init__(**values)

    # else pydantic calls it also for what is read back, which stays as it was
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # as pydantic's own has


class Event(Recorded):
    """One fact, in the past tense.

    Attributes:
        TOPIC: The stable type word `noun.verbed` under which the event is stored.
        SCHEMA_VERSION: Raised with every change of the fields, together with an upcast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    TOPIC: ClassVar[str]
    SCHEMA_VERSION: ClassVar[int] = 1

    def to_payload(self) -> bytes:
        """Return the stored form: JSON in field order, UTF-8."""
        return self.__pydantic_serializer__.to_json(self)


def _masked_text(value: str | tuple[object, ...]) -> object:
    if isinstance(value, str):
        return masked(value)
    return tuple(masked(item) if isinstance(item, str) else item for item in value)

"""The base of all events, and the field types they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from lineage.kernel.values import to_json


def _to_json_object(value: object) -> JsonValue:
    converted: JsonValue = to_json(value)
    if isinstance(value, Mapping) and isinstance(converted, list):
        return {"entries": converted}
    return converted


JsonField = Annotated[JsonValue, BeforeValidator(to_json)]
"""Any value, kept as JSON (`lineage.kernel.values.to_json`)."""

JsonObject = Annotated[dict[str, JsonValue], BeforeValidator(_to_json_object)]
"""A mapping of any values, kept as a JSON object.

If its keys fall together as text, the object is {"entries": [{"key", "value"}, ...]}.
"""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in 64 lower-case hexadecimal digits."""

OperationIndex = Annotated[int, Field(ge=1)]
"""Which operation of the run, counted from 1 in the order they began."""


class Event(BaseModel):
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

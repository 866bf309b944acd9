"""The JSON Schema of an operation's parameters, for forms and checks outside of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.secrets.redaction import is_secret
from ops.keywords import Keyword, keywords_of
from ops.parameters import hints_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(cls: type, meanings: Mapping[str, str]) -> dict[str, Any]:
    """Return a JSON Schema of the parameters that a class declares.

    Each annotation is a schema as pydantic writes it; one that JSON cannot express (a function, a
    frame) admits anything, but a secret that is no text is left out: no file may hold it. A default
    stands there if JSON can hold it and it is no secret.

    Args:
        cls: The class.
        meanings: What is said of the parameters, by name.
    """
    hints = hints_of(cls)
    named = {
        name: keyword
        for name, keyword in keywords_of(cls).items()
        if not is_secret(name) or _of_hint(hints.get(name))
    }
    definitions: dict[str, Any] = {}
    properties = {
        name: _property(name, keyword, hints.get(name), definitions)
        | ({"description": meanings[name]} if meanings.get(name) else {})
        for name, keyword in named.items()
    }
    schema = {
        "$schema": DIALECT,
        "title": cls.__name__,
        "type": "object",
        "properties": properties,
        "required": [name for name, keyword in named.items() if keyword.is_required],
        "additionalProperties": False,
    }
    return schema | ({"$defs": definitions} if definitions else {})


def _property(
    name: str, keyword: Keyword, hint: object, definitions: dict[str, Any]
) -> dict[str, Any]:
    found = _of_hint(hint)
    definitions |= found.pop("$defs", {})
    found.pop("title", None)
    if keyword.is_required or is_secret(name):
        return found
    is_plain, default = _plain(keyword.default)
    return found | ({"default": default} if is_plain else {})


def _of_hint(hint: Any) -> dict[str, Any]:
    from pydantic import PydanticUserError, TypeAdapter  # noqa: PLC0415  # start-up time
    from pydantic.errors import PydanticInvalidForJsonSchema  # noqa: PLC0415

    if hint is None:
        return {}
    try:
        return TypeAdapter(hint).json_schema()
    except (PydanticUserError, PydanticInvalidForJsonSchema):
        return {}


def _plain(value: object) -> tuple[bool, object]:
    """Return whether JSON can hold a value, and the value as JSON has it."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python  # noqa: PLC0415

    try:
        return True, to_jsonable_python(value)
    except (PydanticSerializationError, ValueError):
        return False, None

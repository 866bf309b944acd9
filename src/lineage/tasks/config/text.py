"""Turn text from the environment or the command line into the value it means.

The type of a known key decides: text stays text, though it looks like a number. A parameter of
the task's own becomes what a YAML file with this text would hold (`lineage.kernel.strict_yaml`):
null, true, false, integer, float, list, object; anything else stays text, and so does "007". Only
here "none" is null as well, as a file has `null` for it, and an empty text is text. The value of a
key with a secret-sounding name is never touched.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Final, Union, get_args, get_origin

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.secrets.redaction import is_secret
from lineage.tasks.config.values import TaskValues

_NULLS: Final = frozenset({"null", "none"})
_HOLDS_ANYTHING: Final = frozenset({"operation_limits", "read_options"})
"""Known keys whose inner values have types of their own."""


def convert(key: str, text: str) -> object:
    """Return the value that a text means for a key of a task's configuration.

    Raises:
        ValueError: It begins a list or an object and is none; the message does not quote it.
    """
    if is_secret(key):
        return text
    field = TaskValues.model_fields.get(key)
    return _parameter(text) if field is None else _known(key, field.annotation, text)


def _known(key: str, annotation: object, text: str) -> object:
    kinds = get_args(annotation) if _is_union(annotation) else (annotation,)
    stripped = text.strip()
    if NoneType in kinds and stripped.lower() in _NULLS | {""}:
        return None
    if str in kinds:
        return text
    if stripped.startswith(("[", "{")):
        return _collection(stripped, typed=key in _HOLDS_ANYTHING)
    if get_origin(kinds[0]) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    return stripped


def _is_union(annotation: object) -> bool:
    return get_origin(annotation) in {Union, UnionType}


def _parameter(text: str) -> object:
    stripped = text.strip()
    if stripped.startswith(("[", "{")):
        return _collection(stripped, typed=True)
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
        return stripped[1:-1]
    return _scalar(text)


def _scalar(text: str) -> object:
    word = text.strip()
    if not word:
        return text
    if word.lower() in _NULLS:
        return None
    from lineage.kernel import strict_yaml  # noqa: PLC0415  # start-up time

    value = strict_yaml.scalar(word)
    return text if value == word else value


def _collection(text: str, *, typed: bool) -> object:
    from lineage.kernel import strict_yaml  # noqa: PLC0415  # start-up time

    kind = "list" if text.startswith("[") else "object"
    try:
        return strict_yaml.parse(
            text, f"no {kind} that can be read", fault=ConfigurationError, only_texts=not typed
        )
    except ConfigurationError as error:
        message = str(error)
    raise ValueError(message)

"""Turn text from the environment or the command line into the value it means.

The type of a known key decides: text stays text, though it looks like a number. A parameter of
the task's own becomes what its text looks like in JSON: null or none, true, false, integer,
float, list, object; anything else stays text, and so does "007", which JSON does not have. The
value of a key with a secret-sounding name is never touched.
"""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import yaml

from lineage.kernel.redaction import is_secret
from lineage.tasks.config.values import TaskValues

_NULLS: Final = frozenset({"null", "none"})
_BOOLEANS: Final = {"true": True, "false": False}
_INTEGER: Final = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)")
_HOLDS_ANYTHING: Final = frozenset({"read_options"})
"""Known keys whose inner values have types of their own."""


class _PlainLoader(yaml.SafeLoader):
    """Reads lists and objects in which only JSON's own scalars are not text."""

    # YAML itself would turn "no" into False, "1:30" into 90 and "2024-01-01" into a date
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # as the base class has it


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
    if word.lower() in _NULLS:
        return None
    if word.lower() in _BOOLEANS:
        return _BOOLEANS[word.lower()]
    if _INTEGER.fullmatch(word):
        return int(word)
    return float(word) if _FLOAT.fullmatch(word) else text


def _collection(text: str, *, typed: bool) -> object:
    try:
        return yaml.load(text, _PlainLoader if typed else yaml.BaseLoader)  # noqa: S506  # makes plain values only
    except yaml.MarkedYAMLError as error:
        column = error.problem_mark.column + 1 if error.problem_mark is not None else 1
        kind = "list" if text.startswith("[") else "object"
        raise ValueError(f"no {kind} that can be read, column {column}") from None
    except (yaml.YAMLError, ValueError):
        raise ValueError("no list or object that can be read") from None


def _construct_scalar(loader: _PlainLoader, node: yaml.ScalarNode) -> object:
    # quoted text has a style and stays text
    return _scalar(node.value) if node.style is None else loader.construct_scalar(node)


_PlainLoader.add_constructor("tag:yaml.org,2002:str", _construct_scalar)

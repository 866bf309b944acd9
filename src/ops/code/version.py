"""The digest of everything that shapes what a class or an operation does."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from lineage.kernel.digest import sha256_json
from lineage.kernel.values import to_json
from ops.code import forms, imported
from ops.code.places import Place, place_of_class
from ops.code.values import PLAIN, add_value
from ops.code.walk import Walk

_DIGITS: Final = 16
_WITH_DIGEST: Final = re.compile(rf".*\+[0-9a-f]{{{_DIGITS}}}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDigest:
    """What is known of some code.

    Attributes:
        digest: 16 hexadecimal digits; None if the code cannot be known.
        obstacle: Why not; None if it is.
    """

    digest: str | None
    obstacle: str | None = None


def of_class(class_: type) -> CodeDigest:
    """Return the digest of the code of a class, with its bases and all that it imports."""
    walk = _walk(class_)
    walk.parts.append(class_.__qualname__)
    walk.add_class(class_)
    return _digest(walk)


def of_values(class_: type, values: Mapping[str, object]) -> CodeDigest | None:
    """Return the digest of the code that values hold: functions, classes, objects of classes.

    Args:
        class_: The class of what holds them.
        values: Them, by name.

    Returns:
        None if they hold no code.
    """
    walk = _walk(class_)
    for name, value in values.items():
        for one in _with_code(value):
            walk.parts.append(name)
            add_value(walk, f"parameter {name!r}", one)
    return _digest(walk) if walk.parts else None


def source_sha256(class_: type) -> str | None:
    """Return the SHA-256 of the source of the module that defines a class; None if unknown."""
    module = sys.modules.get(class_.__module__)
    code = None if module is None else imported.of_namespace(vars(module))
    return None if code is None else code.source_sha256


def has_digest(code_version: str) -> bool:
    """Tell whether a code version on record tells code from every other code."""
    return _WITH_DIGEST.fullmatch(code_version) is not None


def _walk(class_: type) -> Walk:
    return Walk(add_value, frozenset(base.__module__.partition(".")[0] for base in class_.__mro__))


def _digest(walk: Walk) -> CodeDigest:
    walk.finish()
    if walk.obstacle is not None:
        return CodeDigest(digest=None, obstacle=walk.obstacle)
    whole = [forms.INTERPRETER, _product(), sorted(walk.distributions), walk.parts]
    return CodeDigest(digest=sha256_json(whole)[:_DIGITS])


@cache
def _product() -> str:
    """Return the digest of the sources of this package, of which every operation is made."""
    digest = hashlib.sha256()
    folder = Path(__file__).parents[1]
    for source in sorted(folder.rglob("*.py")):
        name = source.relative_to(folder).as_posix()
        digest.update(name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def _with_code(value: object) -> Iterator[object]:
    """Yield what in a value runs code: functions, classes, and objects by their class or whole."""
    if isinstance(value, PLAIN):
        return
    items: Iterable[object] = ()
    if isinstance(value, Mapping):
        items = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        items = value
    elif callable(value) or _has_no_json(value):
        yield value
    else:
        if place_of_class(type(value)) is Place.LOCAL:
            yield type(value)
        if dataclasses.is_dataclass(value):
            items = [getattr(value, field.name) for field in dataclasses.fields(value)]
    for item in items:
        yield from _with_code(item)


def _has_no_json(value: object) -> bool:
    described = to_json(value)
    return isinstance(described, str) and described.startswith("<")

"""The import statements of compiled code, also those inside functions."""

from __future__ import annotations

import dis
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

from ops.code import forms

_IMPORT: Final = dis.opmap["IMPORT_NAME"]
_NAMES_OF_IMPORTERS: Final = frozenset(
    {"__import__", "import_module", "iter_modules", "run_module", "walk_packages"}
)
_MODULE_NAME: Final = re.compile(r"\.*[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Import:
    """One import.

    Attributes:
        name: What follows "import" or "from", without leading dots.
        level: The number of leading dots.
        names: What follows the "import" of a "from".
        is_certain: Whether it is a statement; otherwise it is a text beside a function that
            imports, which may be no module.
    """

    name: str
    level: int = 0
    names: tuple[str, ...] = ()
    is_certain: bool = True


def imports_in(code: CodeType) -> tuple[Import, ...]:
    """Return what code imports, in order, each once."""
    found = (one for part in forms.nested(code) for one in (*_statements(part), *_texts(part)))
    return tuple(dict.fromkeys(found))


def imports_by_name(code: CodeType) -> bool:
    """Tell whether code imports modules whose names it works out."""
    return any(not _NAMES_OF_IMPORTERS.isdisjoint(part.co_names) for part in forms.nested(code))


def _statements(code: CodeType) -> Iterator[Import]:
    if _IMPORT not in code.co_code[::2]:
        return
    level: Any = 0
    names: Any = None
    for step in dis.get_instructions(code):
        if step.opcode == _IMPORT:
            yield Import(step.argval, level, tuple(names or ()))
        elif step.opname != "EXTENDED_ARG":
            # the two values before the instruction are the level and the names
            level, names = names, step.argval


def _texts(code: CodeType) -> Iterator[Import]:
    if _NAMES_OF_IMPORTERS.isdisjoint(code.co_names):
        return
    for text in code.co_consts:
        if isinstance(text, str) and _MODULE_NAME.fullmatch(text):
            name = text.lstrip(".")
            yield Import(name, len(text) - len(name), is_certain=False)

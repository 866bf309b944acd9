"""One digest of compiled code: the same wherever it lies and whatever lines it is in.

The compiled code is what runs; the text of a file may have been edited since. File names, line
numbers and comments do not count. The instructions are those of one version of Python, so the
digest is, too.
"""

from __future__ import annotations

import dis
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Final
from weakref import WeakKeyDictionary

INTERPRETER: Final = f"{sys.implementation.cache_tag} {importlib.util.MAGIC_NUMBER.hex()}"
"""What compiled the code of this process."""

# Python notes these in the body of a class: where it begins, and what its methods assign.
_NOTES: Final = frozenset({"__firstlineno__", "__static_attributes__"})

_known: WeakKeyDictionary[CodeType, str] = WeakKeyDictionary()


def code_digest(code: CodeType) -> str:
    """Return the digest of compiled code and everything nested in it, 64 hexadecimal digits."""
    if code not in _known:
        _known[code] = _sha256(*_parts(code))
    return _known[code]


def nested(code: CodeType) -> Iterator[CodeType]:
    """Yield compiled code, and all that is nested in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)


def constant_form(value: object) -> str:
    """Return a text of a constant that tells it from every other, also from 1, 1.0 and True."""
    match value:
        case CodeType():
            return code_digest(value)
        case tuple():
            return f"({','.join(map(constant_form, value))})"
        case frozenset():
            return f"{{{','.join(sorted(map(constant_form, value)))}}}"
        case slice():
            return f"slice{constant_form((value.start, value.stop, value.step))}"
    return f"{type(value).__name__} {value!r}"


def _parts(code: CodeType) -> Iterator[str]:
    yield code.co_name
    yield repr((code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags))
    yield repr((code.co_varnames, code.co_freevars, code.co_cellvars))
    if _NOTES.isdisjoint(code.co_names):
        yield code.co_code.hex()
        yield repr(code.co_names)
        yield constant_form(code.co_consts)
        yield code.co_exceptiontable.hex()
    else:
        yield from _without_notes(code)


def _without_notes(code: CodeType) -> Iterator[str]:
    """Yield the instructions of a class body but those that note what Python has found."""
    held = ""
    for step in dis.get_instructions(code):
        if step.opname == "EXTENDED_ARG":
            continue
        if step.opname == "STORE_NAME" and step.argval in _NOTES:
            held = ""
            continue
        if held:
            yield held
        is_jump = step.opcode in dis.hasjrel or step.opcode in dis.hasjabs
        told = step.arg if is_jump else constant_form(step.argval)
        held = f"{step.opname} {told}"
    yield held


def _sha256(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()

"""The product's one JSON parser: it refuses what others accept silently.

Equal keys, NaN, numbers that overflow, integers and nesting without bound all pass or break the
standard library's parser, depending on the case. Here each is one error with its place.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final

from lineage.kernel.errors import LineageError
from lineage.kernel.values import JsonValue

MAX_DEPTH: Final = 200
"""Levels of containers that a document may have."""
MAX_INTEGER_DIGITS: Final = 4_300
"""Digits that an integer may have, as in Python."""

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+', re.DOTALL)
_CONSTANTS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_CONTAINERS: Final = frozenset({dict, list})
_FLOAT_DIGITS: Final = 15
_KEY_SHOWN: Final = 100
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_FIRST: Final = 4
"""Bytes among which UTF-16 and UTF-32 have a zero, and UTF-8 has none."""
_SMALLEST: Final = 1e-300


class _RefusedError(ValueError):
    """What a hook of the decoder refuses; it does not know where it is."""


def parse(
    content: str | bytes,
    subject: str,
    *,
    fault: type[LineageError],
    allow_nan: bool = False,
    keep_digits: bool = False,
) -> JsonValue:
    """Return the value of a JSON document.

    Args:
        content: The document; bytes are UTF-8, with or without a byte order mark.
        subject: What it is, for the message ("file '/data/people.json'").
        fault: The error to raise.
        allow_nan: Take the words NaN, Infinity and -Infinity.
        keep_digits: Refuse numbers with digits that a 64-bit float cannot give back.

    Raises:
        LineageError: As `fault`, with line and column: no JSON, a key twice in one object, NaN
            where it is not allowed, a number that is too large, an integer of over
            `MAX_INTEGER_DIGITS` digits, over `MAX_DEPTH` levels of nesting. It names keys, and
            no value.
    """
    text = decoded(content, subject, fault)
    try:
        value: JsonValue = _decoder(allow_nan=allow_nan, keep_digits=keep_digits).decode(text)
        if _is_shallow(value):
            return value
        error = None
    except json.JSONDecodeError as caught:
        error = (caught.pos, f"not JSON ({caught.msg[:1].lower()}{caught.msg[1:]})", "repair it")
    except (ValueError, RecursionError):
        error = None
    # Raised outside the handler: the decoder's error holds the document.
    at, problem, remedy = error or _first_fault(text, allow_nan=allow_nan, keep_digits=keep_digits)
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    raise fault(f"{subject}, line {line}, column {column}", problem=problem, remedy=remedy)


def decoded(content: str | bytes, subject: str, fault: type[LineageError]) -> str:
    """Return a document as text, without a byte order mark.

    Args:
        content: The document; bytes are UTF-8.
        subject: What it is, for the message.
        fault: The error to raise.

    Raises:
        LineageError: As `fault`, with the line: it is not UTF-8.
    """
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    is_wide = content.startswith(_WIDE_MARKS) or b"\0" in content[:_FIRST]
    try:
        if not is_wide:
            return content.decode("utf-8-sig")
        line = 1
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    # Raised outside the handler: the codec's error holds the document.
    problem = "UTF-16 or UTF-32" if is_wide else "not UTF-8"
    raise fault(f"{subject}, line {line}", problem=problem, remedy="save it as UTF-8")


def keeps_digits(number: str, value: float) -> bool:
    """Tell whether a number's digits can be had back from its float.

    They can if the float's shortest text has them, or its text of as many digits. So it is with
    up to 15 significant digits, and with all that programs print from floats.

    Args:
        number: Decimal digits with an optional sign, point and exponent.
        value: What the text was parsed to.
    """
    digits = _significant(number)
    if not digits or not math.isfinite(value) or value == 0:
        return value == 0 and not digits
    return digits.rstrip("0") == _significant(repr(value)).rstrip("0") or digits == _significant(
        f"{value:.{len(digits) - 1}e}"
    )


def number_fault(text: str, *, allow_nan: bool, keep_digits: bool) -> tuple[str, str] | None:
    """Return what is wrong with a number, and the remedy; None if nothing is.

    Args:
        text: The number as JSON has it, or one of its other words.
        allow_nan: As of `parse`.
        keep_digits: As of `parse`.
    """
    if text in _CONSTANTS:
        return None if allow_nan else ("NaN or Infinity, which JSON does not have", "write null")
    digits = text.removeprefix("-")
    if digits.isdigit():
        if len(digits) <= MAX_INTEGER_DIGITS:
            return None
        return f"an integer of over {MAX_INTEGER_DIGITS:,} digits", "write it as text, in quotes"
    try:
        value = float(text)
    except ValueError:  # true, false or null
        return None
    if not math.isfinite(value):
        return "a number beyond the range of 64-bit floats", "write it as text, in quotes"
    is_plain = len(text) <= _FLOAT_DIGITS and abs(value) > _SMALLEST
    if keep_digits and not is_plain and not keeps_digits(text, value):
        return "a number with more digits than a 64-bit float has", "write it as text, in quotes"
    return None


def _significant(number: str) -> str:
    return re.split("[eE]", number)[0].lstrip("+-").replace(".", "").lstrip("0")


def _decoder(*, allow_nan: bool, keep_digits: bool) -> json.JSONDecoder:
    def number(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or (keep_digits and not _is_kept(text, value)):
            raise _RefusedError
        return value

    def constant(word: str) -> float:
        if not allow_nan:
            raise _RefusedError
        return float(word)

    return json.JSONDecoder(
        object_pairs_hook=_without_equal_keys, parse_float=number, parse_constant=constant
    )


def _is_kept(text: str, value: float) -> bool:
    """Do as `keeps_digits`, quickly for most texts."""
    is_short = len(text) <= _FLOAT_DIGITS and abs(value) > _SMALLEST
    return is_short or repr(value) == text or keeps_digits(text, value)


def _without_equal_keys(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _RefusedError
    return mapping


def _is_shallow(value: JsonValue) -> bool:
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        inside: list[JsonValue] = []
        for each in level:
            items = each.values() if isinstance(each, dict) else each
            inside += [item for item in items if type(item) in _CONTAINERS]  # type: ignore[union-attr]  # a list
        if not inside:
            return True
        level = inside
    return not level


def _first_fault(text: str, *, allow_nan: bool, keep_digits: bool) -> tuple[int, str, str]:
    within: list[set[str] | None] = []
    before = ""
    for match in _TOKEN.finditer(text):
        part, fault = match[0], None
        if part in {"{", "["}:
            within.append(set() if part == "{" else None)
            if len(within) > MAX_DEPTH:
                fault = (f"over {MAX_DEPTH} levels of nesting", "nest less deep")
        elif part in {"}", "]"}:
            del within[-1:]
        elif part[0] == '"':
            keys = within[-1] if within and before in {"{", ","} else None
            fault = None if keys is None else _key_fault(json.loads(part), keys)
        else:
            fault = number_fault(part, allow_nan=allow_nan, keep_digits=keep_digits)
        if fault is not None:
            return (match.start(), *fault)
        before = part
    return (0, "nested too deep for this place in the program", "nest less deep")


def _key_fault(key: str, keys: set[str]) -> tuple[str, str] | None:
    if key in keys:
        return (
            f"key {key[:_KEY_SHOWN]!r} occurs twice in one object",
            "remove or rename one of them",
        )
    keys.add(key)
    return None

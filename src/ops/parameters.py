"""Refuse parameters of operations that cannot be meant.

A text where a list is declared is one: its letters would be taken for names. A text where a number
is declared is another: it would fail later, in the words of some library.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from collections.abc import Set as AbstractSet
from functools import cache
from numbers import Integral, Real
from os import PathLike
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from lineage.kernel.errors import ConfigurationError

_LISTS: Final = (list, tuple, set, frozenset, Sequence, Iterable, Collection, AbstractSet)


def require_types(cls: type, args: Sequence[object], named: Mapping[str, object]) -> None:
    """Refuse arguments of a class that are not of the type that is declared.

    A parameter is a list if its annotation, in the class or in `__init__`, says so and admits no
    text; without an annotation, if its default is one. Texts, numbers, truth values, mappings and
    choices are known by annotations that name nothing else. A default may always be given.

    Args:
        cls: The class that is instantiated.
        args: The arguments by position.
        named: The arguments by name.

    Raises:
        ConfigurationError: For a list a text, a mapping, a single value or an iterator, which is
            empty when it is read a second time; in a list of texts something that is no text; or
            another value of a wrong type.
    """
    expected = _typed_parameters(cls)
    if not expected:
        return
    try:
        given = inspect.signature(_initializer(cls)).bind_partial(None, *args, **named).arguments
    except TypeError:
        return  # Python's own message says what does not fit
    for name, value in {**given, **named}.items():
        if name in expected:
            expected[name].require(f"{name} of {cls.__name__}", value)


def require_at_least(operation: object, **least: int) -> None:
    """Refuse numbers of an operation that are too small, or not whole.

    Args:
        operation: The operation.
        least: Name of a parameter to its least value.

    Raises:
        ConfigurationError: One is smaller, or no whole number.
    """
    for name, lowest in least.items():
        value = getattr(operation, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
            raise ConfigurationError(
                f"{name} of {type(operation).__name__}",
                found=value,
                expected=f"a whole number of at least {lowest}",
            )


def hints_of(cls: type) -> dict[str, object]:
    """Return the annotations that can be resolved, those of the class before its `__init__`'s."""
    init = _initializer(cls)
    spaces = [(getattr(init, "__annotations__", {}), getattr(init, "__globals__", {}))]
    spaces += [
        (vars(base).get("__annotations__", {}), vars(sys.modules.get(base.__module__, typing)))
        for base in reversed(cls.__mro__)
    ]
    return {
        name: hint
        for annotations, names in spaces
        for name, annotation in annotations.items()
        if (hint := _resolved(annotation, names)) is not None
    }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """What a list parameter takes.

    Attributes:
        has_texts: Its elements are texts.
        allows_none: None may stand for no list.
    """

    has_texts: bool = False
    allows_none: bool = False

    def require(self, subject: str, value: object) -> None:
        """Refuse a value that is no list, or not of texts."""
        if value is None and self.allows_none:
            return
        is_list = isinstance(value, Iterable) and not isinstance(
            value, str | bytes | bytearray | Mapping | Iterator
        )
        if not is_list:
            raise ConfigurationError(
                subject,
                found=value,
                expected="a list",
                remedy='put it in brackets, as in ["age"], also if it has one entry',
            )
        assert isinstance(value, Iterable)  # noqa: S101  # seen above
        if self.has_texts and not all(isinstance(entry, str) for entry in value):
            raise ConfigurationError(subject, found=value, expected="a list of texts")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Single:
    """What a parameter takes that is no list.

    Attributes:
        kinds: Annotations, each a key of `_KINDS`.
        choices: The values of a `Literal`.
        default: Taken, whatever its type.
    """

    kinds: tuple[object, ...]
    choices: tuple[object, ...]
    default: object

    def require(self, subject: str, value: object) -> None:
        """Refuse a value of another type; the message does not quote it."""
        if value is self.default or any(
            isinstance(value, type(choice)) and value == choice for choice in self.choices
        ):
            return
        if any(_KINDS[kind].admits(value) for kind in self.kinds):
            return
        words = [_KINDS[kind].phrase for kind in self.kinds]
        words += [f"one of {', '.join(map(repr, self.choices))}"] if self.choices else []
        found = f"found {type(value).__name__!r}"
        raise ConfigurationError(subject, problem=found, expected=" or ".join(words))


class _Kind(NamedTuple):
    """A type that an annotation may name: what it is called, and what is of it."""

    phrase: str
    admits: Callable[[object], bool]


def _is_truth(value: object) -> bool:
    return type(value).__name__ in {"bool", "bool_"}  # that of numpy is called so, too


_KINDS: Final[Mapping[object, _Kind]] = {
    str: _Kind("a text", lambda v: isinstance(v, str | PathLike)),
    bool: _Kind("true or false", _is_truth),
    int: _Kind("a whole number", lambda v: isinstance(v, Integral)),
    float: _Kind("a number", lambda v: isinstance(v, Real)),
    dict: _Kind("a mapping", lambda v: isinstance(v, Mapping)),
    Mapping: _Kind("a mapping", lambda v: isinstance(v, Mapping)),
    type(None): _Kind("null", lambda v: v is None),
}


@cache
def _typed_parameters(cls: type) -> Mapping[str, _List | _Single]:
    hints = hints_of(cls)
    found: dict[str, _List | _Single | None] = {}
    for name, parameter in inspect.signature(_initializer(cls)).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            found |= {n: _expected(hint) for n, hint in hints.items() if n not in found}
        elif name in hints:
            found[name] = _expected(hints[name], parameter.default)
        elif isinstance(parameter.default, list | tuple | set | frozenset):
            found[name] = _List()
    return {name: expected for name, expected in found.items() if expected is not None}


def _expected(hint: object, default: object = inspect.Parameter.empty) -> _List | _Single | None:
    """Return what an annotation takes; None if it may be anything that is not known here."""
    if get_origin(hint) is Annotated:
        return _expected(get_args(hint)[0], default)
    is_union = get_origin(hint) in {Union, types.UnionType}
    members = get_args(hint) if is_union else (hint,)
    lists = [member for member in members if member is not type(None)]
    if not lists or any((get_origin(member) or member) not in _LISTS for member in lists):
        return _single(members, default)
    return _List(
        has_texts=all(get_args(member)[:1] == (str,) and _is_even(member) for member in lists),
        allows_none=len(lists) < len(members),
    )


def _single(members: Iterable[object], default: object) -> _Single | None:
    kinds: list[object] = []
    choices: list[object] = []
    for member in members:
        origin = get_origin(member) or member
        if origin is Literal:
            choices += get_args(member)
        elif isinstance(origin, Hashable) and origin in _KINDS:
            kinds.append(origin)
        else:
            return None
    return _Single(kinds=tuple(kinds), choices=tuple(choices), default=default)


def _is_even(hint: object) -> bool:
    """Tell whether all elements are of one type: not so in tuple[str, int]."""
    return get_args(hint)[1:] in {(), (...,)}


def _initializer(cls: type) -> Callable[..., None]:
    initializer: Callable[..., None] = cls.__init__  # type: ignore[misc]  # of this very class
    return initializer


def _resolved(annotation: object, names: Mapping[str, Any]) -> object:
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    try:
        return typing.get_type_hints(holder, dict(names), include_extras=True)["it"]
    except Exception:  # noqa: BLE001  # an annotation is code, which may raise anything
        return None

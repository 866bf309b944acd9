"""Refuse a text where an operation's parameter is a list: its letters would be taken for names."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

from lineage.kernel.errors import ConfigurationError

_LISTS: Final = (list, tuple, set, frozenset, Sequence, Iterable, Collection, AbstractSet)


def require_lists(cls: type, args: Sequence[object], named: Mapping[str, object]) -> None:
    """Refuse arguments of a class that are no lists where lists are declared.

    A parameter is a list if its annotation, in the class or in `__init__`, says so and admits no
    text; without an annotation, if its default is one.

    Args:
        cls: The class that is instantiated.
        args: The arguments by position.
        named: The arguments by name.

    Raises:
        ConfigurationError: A text, a mapping, a single value or an iterator, which is empty when it
            is read a second time; or in a list of texts something that is no text.
    """
    expected = _list_parameters(cls)
    if not expected:
        return
    try:
        given = inspect.signature(_initializer(cls)).bind_partial(None, *args, **named).arguments
    except TypeError:
        return  # Python's own message says what does not fit
    for name, value in {**given, **named}.items():
        if name in expected:
            _require_list(f"{name} of {cls.__name__}", value, expected[name])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """What a list parameter takes.

    Attributes:
        has_texts: Its elements are texts.
        allows_none: None may stand for no list.
    """

    has_texts: bool = False
    allows_none: bool = False


def _require_list(subject: str, value: object, expected: _Expected) -> None:
    if value is None and expected.allows_none:
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
    if expected.has_texts and not all(isinstance(entry, str) for entry in value):
        raise ConfigurationError(subject, found=value, expected="a list of texts")


@cache
def _list_parameters(cls: type) -> Mapping[str, _Expected]:
    hints = _hints(cls)
    found: dict[str, _Expected | None] = {}
    for name, parameter in inspect.signature(_initializer(cls)).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            found |= {n: _expected(hint) for n, hint in hints.items() if n not in found}
        elif name in hints:
            found[name] = _expected(hints[name])
        elif isinstance(parameter.default, list | tuple | set | frozenset):
            found[name] = _Expected()
    return {name: expected for name, expected in found.items() if expected is not None}


def _expected(hint: object) -> _Expected | None:
    """Return what an annotation takes; None if it is no list, or something else as well."""
    if get_origin(hint) is Annotated:
        return _expected(get_args(hint)[0])
    is_union = get_origin(hint) in {Union, types.UnionType}
    members = get_args(hint) if is_union else (hint,)
    lists = [member for member in members if member is not type(None)]
    if not lists or any((get_origin(member) or member) not in _LISTS for member in lists):
        return None
    return _Expected(
        has_texts=all(get_args(member)[:1] == (str,) and _is_even(member) for member in lists),
        allows_none=len(lists) < len(members),
    )


def _is_even(hint: object) -> bool:
    """Tell whether all elements are of one type: not so in tuple[str, int]."""
    return get_args(hint)[1:] in {(), (...,)}


def _initializer(cls: type) -> Callable[..., None]:
    initializer: Callable[..., None] = cls.__init__  # type: ignore[misc]  # of this very class
    return initializer


def _hints(cls: type) -> dict[str, object]:
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


def _resolved(annotation: object, names: Mapping[str, Any]) -> object:
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    try:
        return typing.get_type_hints(holder, dict(names), include_extras=True)["it"]
    except Exception:  # noqa: BLE001  # an annotation is code, which may raise anything
        return None

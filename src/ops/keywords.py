"""Which parameters an operation takes, and the refusal of those that it does not."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from types import CodeType
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.plain import did_you_mean

REQUIRED: Final = inspect.Parameter.empty
"""The default of a parameter that must be given."""

_OPEN: Final = inspect.Parameter.VAR_KEYWORD
_UNNAMED: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY, _OPEN)
_READS_ALL: Final = frozenset({"vars", "__dict__", "parameters"})
_OF_THE_FRAMEWORK: Final = frozenset({"name", "version", "steps"})
_WRAPPED: Final = ("fget", "fset", "func", "__func__", "__wrapped__")
_MISFIT: Final = re.compile(r"__init__\(\) (got an unexpected keyword|missing \d+ required)")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A parameter that an operation takes by name.

    Attributes:
        annotation: Its declared type, as written; None if none is declared.
        default: Its default; `REQUIRED` if it must be given.
    """

    annotation: object = None
    default: object = REQUIRED

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED


def keywords_of(cls: type) -> dict[str, Keyword]:
    """Return the parameters that a class declares, by name, in order.

    They are those of its `__init__`. Where that hands `**parameters` on, those of the next
    `__init__` follow; at the end of the line, the annotations and plain attributes of the class.
    """
    found: dict[str, Keyword] = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        signature = _signature(vars(base)["__init__"])
        for name, parameter in signature.items():
            if parameter.kind not in _UNNAMED:
                found.setdefault(name, _keyword(cls, parameter))
        if not _is_open(signature):
            return found
    for name, keyword in _attributes(cls).items():
        found.setdefault(name, keyword)
    return found


def make(cls: type, named: Mapping[str, object], remedy: str | None = None) -> Any:
    """Return an object of a class, made with these parameters.

    Args:
        cls: The class.
        named: The parameters by name.
        remedy: What the reader can do about parameters that do not fit.

    Raises:
        ConfigurationError: Some are unknown or missing; all are named.
    """
    signature = _signature(_initializer(cls))
    missing = _missing(signature, named)
    _refuse(cls, set() if _is_open(signature) else named.keys() - signature.keys(), missing, remedy)
    try:
        return cls(**named)
    except TypeError as error:
        if _MISFIT.search(str(error)) is None:
            raise
        # `**parameters` were handed on to an `__init__` that does not take them
        known = keywords_of(cls)
        missing = [n for n, k in known.items() if k.is_required and n not in named]
        _refuse(cls, named.keys() - known.keys(), missing, remedy)
        raise


def require_mentioned(cls: type, named: Collection[str]) -> None:
    """Refuse parameters that a class takes as attributes and nothing in it mentions.

    A class without an `__init__` of its own takes what it declares, by an annotation or an
    attribute, and what its methods name. One that reads all its attributes takes everything.

    Args:
        cls: The class that is instantiated.
        named: Names of the parameters.

    Raises:
        ConfigurationError: Nothing in the class mentions one.
    """
    unknown = set(named) - keywords_of(cls).keys() - _OF_THE_FRAMEWORK
    if not unknown:
        return
    mentioned = {name for code in _codes(cls) for name in _words(code)}
    if not mentioned & _READS_ALL:
        remedy = "correct the name, or declare it in the class with its type"
        _refuse(cls, unknown - mentioned, (), remedy)


def _refuse(
    cls: type, unknown: Collection[str], missing: Collection[str], remedy: str | None
) -> None:
    if not unknown and not missing:
        return
    known = keywords_of(cls)
    faults = [f"no parameter {name!r}{did_you_mean(name, known)}" for name in sorted(unknown)]
    if missing:
        faults.append(f"{', '.join(map(repr, missing))} missing")
    listed = [f"{name} (required)" if k.is_required else name for name, k in known.items()]
    raise ConfigurationError(
        f"parameters of operation {cls.__name__!r}",
        problem="; ".join(faults),
        expected=", ".join(listed) or "none",
        remedy=remedy,
    )


def _missing(signature: Mapping[str, inspect.Parameter], named: Collection[str]) -> list[str]:
    return [
        name
        for name, parameter in signature.items()
        if parameter.kind not in _UNNAMED and parameter.default is REQUIRED and name not in named
    ]


def _signature(initializer: Callable[..., None]) -> dict[str, inspect.Parameter]:
    """Return the parameters of an `__init__` without the object itself."""
    parameters = inspect.signature(initializer).parameters
    return dict(list(parameters.items())[1:])


def _initializer(cls: type) -> Callable[..., None]:
    # Not of the class: where `__init__` is inherited, Python answers with `__new__`.
    initializer: Callable[..., None] = cls.__init__  # type: ignore[misc]  # of this very class
    return initializer


def _is_open(signature: Mapping[str, inspect.Parameter]) -> bool:
    return any(parameter.kind is _OPEN for parameter in signature.values())


def _keyword(cls: type, parameter: inspect.Parameter) -> Keyword:
    annotation = None if parameter.annotation is REQUIRED else parameter.annotation
    default = parameter.default
    for field in dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ():
        if field.name == parameter.name and field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
    return Keyword(annotation=annotation, default=default)


def _attributes(cls: type) -> dict[str, Keyword]:
    """Return the annotations and plain attributes of a class and its bases, public ones."""
    found: dict[str, Keyword] = {}
    for base in reversed(_own(cls)):
        annotations = vars(base).get("__annotations__", {})
        values = {name: value for name, value in vars(base).items() if _is_plain(value)}
        for name in (*annotations, *values):
            annotation = annotations.get(name)
            if not name.startswith("_") and "ClassVar" not in str(annotation):
                # without a default it may still be left out: nothing binds it
                found[name] = Keyword(annotation=annotation, default=values.get(name))
    return {name: keyword for name, keyword in found.items() if name not in _OF_THE_FRAMEWORK}


def _is_plain(value: object) -> bool:
    return not callable(value) and not hasattr(type(value), "__get__")


def _own(cls: type) -> list[type]:
    """Return a class and those of its bases that not every operation has."""
    shared = {"abc", "builtins", "ops.base", "typing"}
    return [base for base in cls.__mro__ if base.__module__ not in shared]


def _codes(cls: type) -> Iterator[CodeType]:
    """Yield the code of a class's functions, also behind properties, methods and decorators."""
    waiting = [value for base in _own(cls) for value in vars(base).values()]
    seen: list[object] = []
    while waiting:
        value = waiting.pop()
        if any(value is known for known in seen):
            continue
        seen.append(value)
        waiting += [inner for n in _WRAPPED if (inner := getattr(value, n, None)) is not None]
        if inspect.isfunction(value):
            yield value.__code__
            waiting += inspect.getclosurevars(value).nonlocals.values()


def _words(code: CodeType) -> Iterator[str]:
    """Yield the names and texts in a code, and in the functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _words(constant)
        else:  # names of arguments are in a tuple
            entries = constant if isinstance(constant, tuple) else (constant,)
            yield from (entry for entry in entries if isinstance(entry, str))

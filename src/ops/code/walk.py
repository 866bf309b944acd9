"""Collect everything that belongs to a class, a function or a value, as it runs now.

Of a module whose code is known, that is its code, all local modules it imports at any depth, and
name and version of the installed distributions. What runs but is not of the code that its module
has now (from before a reload, generated, replaced) counts by itself. A class or function of a
notebook has no module of that kind: it counts with everything its code refers to by name.
"""

from __future__ import annotations

import dis
import functools
import importlib.util
import pkgutil
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from ops.code import forms, imported
from ops.code.imported import Imported, Namespace
from ops.code.imports import Import
from ops.code.places import Place, distribution_of, place_of

_COMPARED: Final = (type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set)
_PLAINEST: Final = frozenset(
    {type(None), bool, int, float, str, bytes, tuple, list, dict, ModuleType}
)
_GLOBAL_NAMES: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})


class Walk:
    """What belongs to the code of something.

    Args:
        add_value: Adds a value to this walk, under a name for messages.
        own: Top-level packages of which everything counts by its code, installed or not.

    Attributes:
        parts: What has been found, in an order that depends on nothing but the code.
        distributions: Name and version of each installed distribution that is imported.
        obstacle: Why the code cannot be known; None if it is.
    """

    def __init__(
        self,
        add_value: Callable[[Walk, str, object], None],
        own: frozenset[str] = frozenset(),
    ) -> None:
        self._add_value = add_value
        self._own = own
        self._seen: dict[int, object] = {}
        self._names: set[str] = set()
        self._pending: deque[Callable[[], None]] = deque()
        self._is_lenient = False
        self.parts: list[str] = []
        self.distributions: set[str] = set()
        self.obstacle: str | None = None

    def add_class(self, class_: type) -> None:
        """Add a class, and all it inherits from."""
        for base in class_.__mro__:
            self._add_one_class(base)

    def add_function(self, function: FunctionType, *, is_live: bool = False) -> None:
        """Add a function.

        Args:
            function: The function.
            is_live: Whether it counts by itself although its module counts, since it was made
                while something ran: its defaults and the variables around it are no code.
        """
        namespace = function.__globals__
        if self.is_foreign(namespace):
            return
        self.add_namespace(namespace)
        code = imported.of_namespace(namespace)
        is_current = code is not None and function.__code__ in code
        if (is_current and not is_live) or self._was_seen(function):
            return
        self.parts.append(f"function {function.__qualname__}")
        self.parts.append(forms.code_digest(function.__code__))
        self._add_value(self, "a default", (function.__defaults__, function.__kwdefaults__))
        names = function.__code__.co_freevars
        for name, cell in zip(names, function.__closure__ or (), strict=True):
            try:
                self._add_value(self, repr(name), cell.cell_contents)
            except ValueError:
                self.parts.append("nothing yet")
        if code is None:
            self._add_globals(function.__code__, namespace)

    def add_namespace(self, namespace: Namespace) -> None:
        """Add a module by its global names, with what it imports."""
        if not (self.is_foreign(namespace) or self._was_seen(namespace)):
            self._pending.append(lambda: self._add_module(namespace))

    def finish(self) -> None:
        """Add what the modules import, one after the other: a chain of imports may be long."""
        while self._pending:
            self._pending.popleft()()

    def is_foreign(self, namespace: Mapping[str, Any]) -> bool:
        """Tell whether a module does not count by its code; note its distribution if it has one."""
        name = str(namespace.get("__name__"))
        place = place_of(name, namespace.get("__file__"))
        if place is not Place.INSTALLED:
            return place is not Place.LOCAL
        top = name.partition(".")[0]
        distribution = None if top in self._own else distribution_of(top)
        if distribution is not None:
            self.distributions.add(distribution)
        return distribution is not None

    def stop(self, obstacle: str) -> None:
        """Note that the code cannot be known."""
        if not self._is_lenient:
            self.obstacle = self.obstacle or obstacle

    def _add_module(self, namespace: Namespace) -> None:
        code = imported.of_namespace(namespace)
        if code is None:
            if namespace.get("__file__") is not None:
                self.stop(f"module {namespace['__name__']!r} may not be what its file says now")
            return
        self._add_code(code, namespace)
        with self._leniently():
            for name in sorted(namespace):
                if isinstance(namespace[name], type):
                    self._add_one_class(namespace[name])
                self._add_foreign_part(namespace[name], namespace, code)

    def _add_one_class(self, class_: type) -> None:
        namespace = _namespace_of(class_)
        if self.is_foreign(namespace) or self._was_seen(class_):
            return
        self.add_namespace(namespace)
        is_current = _is_same(class_, _lookup(namespace, class_.__qualname__))
        code = imported.of_namespace(namespace)
        if is_current and code is not None:
            with self._leniently():
                for _, value in sorted(vars(class_).items()):
                    self._add_foreign_part(value, namespace, code)
            return
        for name, value in sorted(vars(class_).items()):
            functions = list(functions_in(value))
            for function in functions:
                self.add_function(function, is_live=True)
            if not (functions or _is_made_by_python(name, value)):
                self.parts.append(name)
                self._add_value(self, repr(f"{class_.__qualname__}.{name}"), value)

    def _add_foreign_part(self, value: object, namespace: Namespace, code: Imported) -> None:
        """Add those functions in a member of a module that are not of the module's code."""
        for function in functions_in(value):
            if function.__globals__ is not namespace or function.__code__ not in code:
                self.add_function(function)

    def _add_code(self, code: Imported, namespace: Mapping[str, Any]) -> None:
        self.parts.append(code.digest)
        for one in code.imports:
            self._add_import(one, namespace)
        top = str(namespace.get("__name__")).partition(".")[0]
        if code.imports_by_name and top in sys.modules:
            for path in sorted(getattr(sys.modules[top], "__path__", ())):
                for name in sorted(_modules_below(path, top)):
                    self._add_named(name, is_certain=True)

    def _add_globals(self, code: CodeType, namespace: Namespace) -> None:
        """Add what the code of a notebook's function refers to."""
        for one in Imported(code, None, None).imports:
            self._add_import(one, namespace)
        names = {
            step.argval
            for part in forms.nested(code)
            for step in dis.get_instructions(part)
            if step.opname in _GLOBAL_NAMES
        }
        for name in sorted(names & namespace.keys()):
            self.parts.append(name)
            self._add_value(self, repr(name), namespace[name])

    def _add_import(self, one: Import, namespace: Mapping[str, Any]) -> None:
        name = one.name
        if one.level:
            package = namespace.get("__package__") or ""
            try:
                name = importlib.util.resolve_name("." * one.level + name, package)
            except ImportError:
                return
        words = name.split(".")
        for depth in range(1, len(words) + 1):
            if not self._add_named(".".join(words[:depth]), is_certain=one.is_certain):
                return
        names = one.names
        if "*" in names:
            names = tuple(getattr(sys.modules.get(name), "__all__", ()))
        for attribute in names:
            self._add_named(f"{name}.{attribute}", is_certain=False)

    def _add_named(self, name: str, *, is_certain: bool) -> bool:
        """Add a module by its name; return whether what it contains may be of interest."""
        module = sys.modules.get(name)
        if module is not None:
            self.add_namespace(vars(module))
            return not self.is_foreign(vars(module))
        spec = _found(name)
        if spec is None:
            if is_certain and name.partition(".")[0] not in sys.stdlib_module_names:
                self.parts.append(f"no module {name}")
            return False
        folders = spec.submodule_search_locations
        namespace = {
            "__name__": name,
            "__file__": spec.origin if spec.has_location else None,
            "__package__": name.rpartition(".")[0] if folders is None else name,
        }
        if self.is_foreign(namespace):
            return False
        if name not in self._names:
            self._names.add(name)
            code = imported.of_spec(spec)
            if code is not None:
                self._pending.append(lambda: self._add_code(code, namespace))
        return True

    def _was_seen(self, value: object) -> bool:
        was_seen = id(value) in self._seen
        self._seen[id(value)] = value
        return was_seen

    @contextmanager
    def _leniently(self) -> Iterator[None]:
        """Do not stop at values: the code of the module says how they are made."""
        before, self._is_lenient = self._is_lenient, True
        yield
        self._is_lenient = before


def functions_in(value: object) -> Iterator[FunctionType]:
    """Yield the functions that a member of a class or module consists of."""
    if type(value) in _PLAINEST:
        return
    match value:
        case FunctionType():
            yield value
        case staticmethod() | classmethod():
            yield from functions_in(value.__func__)
        case property():
            for part in (value.fget, value.fset, value.fdel):
                yield from functions_in(part)
        case functools.cached_property():
            yield from functions_in(value.func)
        case functools._lru_cache_wrapper():  # noqa: SLF001  # the class of cached functions
            yield from functions_in(value.__wrapped__)


def _namespace_of(class_: type) -> Namespace:
    """Return the global names of what defines a class; its module may be another by now."""
    for value in vars(class_).values():
        for function in functions_in(value):
            if function.__module__ == class_.__module__:
                return function.__globals__
    module = sys.modules.get(class_.__module__)
    return {"__name__": class_.__module__} if module is None else vars(module)


def _lookup(namespace: Mapping[str, Any], qualified_name: str) -> object:
    first, *rest = qualified_name.split(".")
    found = namespace.get(first)
    for name in rest:
        found = getattr(found, "__dict__", {}).get(name)
    return found


def _is_same(class_: type, other: object) -> bool:
    """Tell whether a class is another, or the same code has made both, as a reload does."""
    if class_ is other or not isinstance(other, type):
        return class_ is other
    return _told(class_) == _told(other)


def _told(class_: type) -> dict[str, object]:
    """Return what the code of a class says, in a form that can be compared."""
    return {
        name: [f.__code__ for f in functions_in(value)]
        or (type(value).__qualname__, repr(value) if isinstance(value, _COMPARED) else "")
        for name, value in vars(class_).items()
        if not _is_made_by_python(name, value)
    }


def _is_made_by_python(name: str, value: object) -> bool:
    is_special = name.startswith("__") and name.endswith("__")
    return is_special or name == "_abc_impl" or hasattr(value, "__objclass__")


def _modules_below(path: str, package: str) -> list[str]:
    found = []
    for info in pkgutil.iter_modules([path], f"{package}."):
        found.append(info.name)
        if info.ispkg:
            found += _modules_below(f"{path}/{info.name.rpartition('.')[2]}", info.name)
    return found


def _found(name: str) -> ModuleSpec | None:
    """Find a module without importing the packages it is in."""
    package, _, _ = name.rpartition(".")
    path = None
    if package:
        loaded = sys.modules.get(package)
        spec = None if loaded is not None else _found(package)
        path = getattr(loaded, "__path__", None) or getattr(
            spec, "submodule_search_locations", None
        )
        if path is None:
            return None
    for finder in sys.meta_path:
        found = finder.find_spec(name, path)
        if found is not None:
            return found
    return None

"""The code of modules as it was imported, which the files may no longer hold.

Python forgets the code of a module when it has run it, and a file can be edited at any time. So
local modules are imported through a loader that keeps their code, from the first import of this
module on, and after each reload the new code. A module that defines an operation tells its code
itself, in that moment. Of others, the file is taken if it was not touched since the process
began; otherwise their code is not known.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, cached_property
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, Final, TypeAlias

from ops.code import forms, places
from ops.code.imports import Import, imports_by_name, imports_in

Namespace: TypeAlias = dict[str, Any]
"""The global names of a module."""

_KEPT: Final = "__imported_code__"
"""The global name under which a module keeps its code, as it keeps `__warningregistry__`."""

_FOUND: Final = "__found_source__"
"""The attribute that keeps what the file of a module held when it was found."""

# A fork begins later than its modules were imported.
_PROCESS: Final = os.getpid()


class Imported:
    """The code of one module.

    Args:
        code: What was compiled; None for a module that is not written in Python.
        content: The file.
        spec: What Python knew of the module then; a reload replaces it.
        is_source: Whether the file is known to be the source of the code.
    """

    def __init__(
        self,
        code: CodeType | None,
        content: bytes | None,
        spec: object,
        *,
        is_source: bool = False,
    ) -> None:
        self._code = code
        self._content = content
        self._is_source = is_source
        self.spec = spec

    def is_of(self, code: CodeType) -> bool:
        """Tell whether this is that code."""
        return self._code is code

    @cached_property
    def digest(self) -> str:
        """The digest of the code."""
        if self._code is None:
            return hashlib.sha256(self._content or b"").hexdigest()
        return forms.code_digest(self._code)

    def __contains__(self, code: CodeType) -> bool:
        """Tell whether this defines what has that code."""
        return id(code) in self._ids or code in self._codes

    @cached_property
    def _ids(self) -> frozenset[int]:
        return frozenset(map(id, self._codes))

    @cached_property
    def _codes(self) -> frozenset[CodeType]:
        return frozenset() if self._code is None else frozenset(forms.nested(self._code))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """What it imports, in order."""
        return () if self._code is None else imports_in(self._code)

    @cached_property
    def imports_by_name(self) -> bool:
        """Whether it imports modules whose names it works out."""
        return self._code is not None and imports_by_name(self._code)

    @cached_property
    def source_sha256(self) -> str | None:
        """The digest of the source, with line ends as on Unix; None if it is not known."""
        if self._content is None or self._code is None:
            return None
        try:
            text = importlib.util.decode_source(self._content)
            is_source = self._is_source or self._code == _compiled(text, self._code.co_filename)
        except (SyntaxError, ValueError):
            return None
        return hashlib.sha256(text.encode()).hexdigest() if is_source else None


def of_namespace(namespace: Namespace) -> Imported | None:
    """Return the code of a module by its global names; None if it is not known."""
    spec = namespace.get("__spec__")
    if _KEPT in namespace:
        kept = namespace[_KEPT]
        if kept is None or kept.spec is spec:
            return kept  # type: ignore[no-any-return]  # what is kept here
    made = _of_file(namespace, spec)
    if made is not None:
        namespace[_KEPT] = made
    return made


def of_spec(spec: ModuleSpec) -> Imported | None:
    """Return the code of a module that is not imported yet; None if it is not known."""
    try:
        status = Path(spec.origin or "").stat()
    except OSError:
        return None
    stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size)
    known = _not_imported.get(spec.origin or "")
    if known is None or known[0] != stamp:
        known = _not_imported[spec.origin or ""] = (stamp, _read(spec, spec.loader, spec.origin))
    return known[1]


def keep_defining_code(class_: type, frame: FrameType | None) -> None:
    """Keep the code of the module that defines a class at this moment.

    Args:
        class_: The class.
        frame: Where it is being defined, or a call from there.
    """
    while frame is not None:
        namespace, code = frame.f_globals, frame.f_code
        if namespace.get("__name__") == class_.__module__ and code.co_name == "<module>":
            _keep_running_code(namespace, code)
            return
        frame = frame.f_back


def _keep_code_of_importers(frame: FrameType | None) -> None:
    """Keep the code of the modules that are being imported, and so have led here."""
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            _keep_running_code(frame.f_globals, frame.f_code)
        frame = frame.f_back


def _keep_running_code(namespace: Namespace, code: CodeType) -> None:
    file = namespace.get("__file__")
    if file is None or Path(file).name != Path(code.co_filename).name:
        return  # a cell of a notebook, or a text: only a part of the module
    place = places.place_of(str(namespace.get("__name__")), file)
    if place in {places.Place.STANDARD, places.Place.PRODUCT}:
        return
    if _KEPT in namespace and (namespace[_KEPT] is None or namespace[_KEPT].is_of(code)):
        return
    content = None
    with suppress(OSError):
        content = Path(file).read_bytes()
    is_source = content is not None and _is_untouched(Path(file))
    namespace[_KEPT] = Imported(code, content, namespace.get("__spec__"), is_source=is_source)


def _of_file(namespace: Namespace, spec: object) -> Imported | None:
    loader = getattr(spec, "loader", None) or namespace.get("__loader__")
    file = namespace.get("__file__")
    found = getattr(spec, _FOUND, None)
    if found is not None and file is not None:
        with suppress(SyntaxError, ValueError):
            code = _compiled(importlib.util.decode_source(found), file)
            return Imported(code, found, spec, is_source=True)
    if not isinstance(file, str) or not _is_untouched(Path(getattr(loader, "archive", file))):
        return None
    return _read(spec, loader, file, is_source=True)


def _read(
    spec: object, loader: object, file: str | None, *, is_source: bool = False
) -> Imported | None:
    """Return the code that a loader would import now."""
    name = getattr(loader, "name", None) or getattr(spec, "name", "")
    try:
        content = Path(file or "").read_bytes()
    except OSError:
        content = None  # it lies in an archive
    try:
        if isinstance(loader, importlib.machinery.ExtensionFileLoader):
            return Imported(None, content, spec)
        get_code = getattr(loader, "get_code", None)
        if get_code is not None:
            code = get_code(name)
        else:
            code = _compiled(importlib.util.decode_source(content or b""), file or "")
    except (ImportError, SyntaxError, ValueError, OSError):
        return Imported(None, content, spec) if content is not None else None
    return None if code is None else Imported(code, content, spec, is_source=is_source)


def _compiled(text: str, file: str) -> CodeType:
    return compile(text, file, "exec", dont_inherit=True)


def _is_untouched(path: Path) -> bool:
    """Tell whether a file is as it was when the process began."""
    try:
        status = path.stat()
    except OSError:
        return False
    # the time of the last change of the entry: unlike that of the content, nobody can set it
    return max(status.st_ctime, status.st_mtime) < _started_at()


@cache
def _started_at() -> float:
    from lineage.kernel import host  # noqa: PLC0415  # loads psutil, and is seldom needed

    process = host.this_process()
    return process.started_at if process.pid == _PROCESS else 0.0


class _KeepingLoader(SourceFileLoader):
    """Imports a module as Python does, and keeps its code with it."""

    _code: CodeType | None = None

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of the module."""
        self._code = super().get_code(fullname)
        return self._code

    def exec_module(self, module: ModuleType) -> None:
        """Import, or import again."""
        # if this fails half way, what is in the module is of no code that could be named
        vars(module)[_KEPT] = None
        super().exec_module(module)
        with suppress(OSError):
            content = self.get_data(self.path)
            vars(module)[_KEPT] = Imported(self._code, content, module.__spec__)


class _KeepingFinder(importlib.abc.MetaPathFinder):
    """Finds modules as the other finders do, and has the local ones keep their code."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return what another finder has found."""
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(fullname, path, target)
                if spec is not None:
                    return keeping(spec)
        return None


def keeping(spec: ModuleSpec) -> ModuleSpec:
    """Have a module keep its code if it is a local one; return what Python knows of it."""
    loader, file = spec.loader, spec.origin
    if file is None or not file.endswith(".py"):
        return spec
    if places.place_of(spec.name, file) is not places.Place.LOCAL:
        return spec
    if type(loader) is SourceFileLoader:
        spec.loader = _KeepingLoader(loader.name, loader.path)
    else:  # one that changes the code, as that of pytest: the source has to do
        with suppress(OSError):
            setattr(spec, _FOUND, Path(file).read_bytes())
    return spec


_not_imported: Final[dict[str, tuple[tuple[int, int, int], Imported | None]]] = {}

if not any(type(finder).__name__ == _KeepingFinder.__name__ for finder in sys.meta_path):
    sys.meta_path.insert(0, _KeepingFinder())
    _keep_code_of_importers(sys._getframe(1))  # noqa: SLF001  # the only way to it

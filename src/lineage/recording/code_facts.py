"""Say which code a run executes: a script, a cell of a notebook, a module, or what was typed."""

from __future__ import annotations

import hashlib
import linecache
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from lineage.events import CodeCaptured, CodeKind
from lineage.project import Project
from lineage.recording import repository
from ops.code import imported

_NOTEBOOK: Final = "JPY_SESSION_NAME"
"""The variable in which Jupyter tells a kernel the path of its notebook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePlace:
    """Where some code is.

    Attributes:
        namespace: The global names of its module.
        filename: The file that it was compiled from, as Python names it; None for the whole
            module.
    """

    namespace: dict[str, Any]
    filename: str | None

    def captured(self, project: Project) -> CodeCaptured:
        """Return the event that the code was noted."""
        found = self._cell(project) or self._file(project)
        if found is not None:
            return found
        return CodeCaptured(
            kind="interactive", path=None, sha256=None, git_commit=None, git_is_dirty=None
        )

    def _file(self, project: Project) -> CodeCaptured | None:
        file = self.namespace.get("__file__")
        # another name: a text that was executed there, of which the file says nothing
        if not file or (self.filename and Path(file).name != Path(self.filename).name):
            return None
        real = Path(os.path.realpath(file))
        code = imported.of_namespace(self.namespace)
        sha256 = None if code is None else code.source_sha256
        kind: CodeKind = "script" if self.namespace.get("__name__") == "__main__" else "module"
        return _captured(project, kind, real, sha256)

    def _cell(self, project: Project) -> CodeCaptured | None:
        shell = self._shell()
        if shell is None or self.filename is None:
            return None
        source = next(_typed(shell, self.filename), None)
        if source is None:
            return None
        sha256 = hashlib.sha256(source.encode()).hexdigest()
        if getattr(shell, "kernel", None) is None:
            return _captured(project, "interactive", None, sha256)
        name = self.namespace.get("__vsc_ipynb_file__") or os.environ.get(_NOTEBOOK)
        path = Path(os.path.realpath(name)) if name and Path(name).is_file() else None
        return _captured(project, "notebook", path, sha256)

    def _shell(self) -> Any:
        """Return the IPython that runs this code, without importing it; None if none does."""
        module = sys.modules.get("IPython")
        shell = None if module is None else module.get_ipython()
        return shell if getattr(shell, "user_global_ns", None) is self.namespace else None


def of_class(class_: type) -> CodePlace:
    """Return where a class is defined."""
    module = sys.modules.get(class_.__module__)
    codes = (getattr(value, "__code__", None) for value in vars(class_).values())
    code = next((c for c in codes if isinstance(c, CodeType)), None)
    namespace = {} if module is None else vars(module)
    if code is None or "__file__" in namespace:
        return CodePlace(namespace=namespace, filename=None)
    return CodePlace(namespace=namespace, filename=code.co_filename)


def of_frame(frame: FrameType) -> CodePlace:
    """Return where the code is that runs in a frame."""
    return CodePlace(namespace=frame.f_globals, filename=frame.f_code.co_filename)


def of_program() -> CodePlace:
    """Return where the program is that Python was started with."""
    return CodePlace(namespace=vars(sys.modules["__main__"]), filename=None)


def _captured(
    project: Project, kind: CodeKind, path: Path | None, sha256: str | None
) -> CodeCaptured:
    commit, is_dirty = (None, None) if path is None else repository.version_of(path)
    return CodeCaptured(
        kind=kind,
        path=None if path is None else project.display(path),
        sha256=sha256,
        git_commit=commit,
        git_is_dirty=is_dirty,
    )


def _typed(shell: Any, filename: str) -> Iterator[str]:
    """Yield the source of a cell: as it was typed, else as IPython has compiled it."""
    history = list(shell.history_manager.input_hist_raw)
    for number in range(len(history) - 1, -1, -1):
        raw = history[number]
        names = (shell.compile.get_code_name(text, text, number) for text in (raw, f"{raw}\n"))
        if filename in names:
            yield raw
    compiled = "".join(linecache.getlines(filename))
    if compiled:
        yield compiled.rstrip("\n")

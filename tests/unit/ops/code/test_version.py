"""Which code a digest is of: the one that runs, all of it, and nothing else."""

from __future__ import annotations

import importlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ops.base import BaseOperation, code_of
from ops.code import forms, version

OPERATION = """
from ops import BaseOperation, OperationResult
{imports}

class Work(BaseOperation):
    def execute(self, data_source, task_dir, progress_tracker=None):
        {body}
        return OperationResult()
"""
PRINTS = "import sys; sys.path.insert(0, sys.argv[1]); import work; print(work.Work.code_version())"


def operation(imports: str = "", body: str = "pass") -> str:
    """Return the text of a module with an operation."""
    return OPERATION.format(imports=imports, body=body)


class Folder:
    """Modules in a folder of their own, on the path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, **texts: str) -> None:
        """Write modules; "p_a" is the module p.a, and "p" the package if there is one."""
        for name, text in texts.items():
            file = self.path / f"{name.replace('_', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.parent != self.path:
                (file.parent / "__init__.py").touch()
            if file.with_suffix("").is_dir():
                file = file.with_suffix("") / "__init__.py"
            file.write_text(text)
        importlib.invalidate_caches()

    def version(self) -> str:
        """Return the code version of the operation in the module "work"."""
        return str(importlib.import_module("work").Work.code_version())

    def reload(self, name: str, text: str) -> None:
        """Give a module another text, and import it again."""
        self.write(**{name.replace(".", "_"): text})
        importlib.reload(importlib.import_module(name))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """An empty folder on the path, whose modules are forgotten afterwards."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)
    yield Folder(tmp_path)
    for name in set(sys.modules) - known:
        del sys.modules[name]


def printed(folder: Path, script: str = PRINTS) -> str:
    """Return what a new process prints that has a folder as its argument."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("texts", "changed", "text"),
    [
        ({"work": operation("LIMIT = 1")}, "work", operation("LIMIT = 2")),
        ({"work": operation(body="x = 1")}, "work", operation(body="x = 1.0")),
        ({"work": operation(body="x = [1]")}, "work", operation(body="x = {1}")),
        ({"work": operation("import a"), "a": "K = 1"}, "a", "K = 2"),
        ({"work": operation("import a"), "a": "import b", "b": "K = 1"}, "b", "K = 2"),
        ({"work": operation("from a import f"), "a": "def f(): return 1"}, "a", "def f(k=2): ..."),
        ({"work": operation("import p.a"), "p_a": "from . import b", "p_b": ""}, "p.b", "K = 2"),
        ({"work": operation("from p.a import b"), "p_a": "b = 1"}, "p", "K = 2"),
        ({"work": operation("from p import *"), "p_a": ""}, "p", "__all__ = ['a']"),
        ({"work": operation("import a"), "a": "import work"}, "a", "import work, os"),
    ],
)
def test_reload_of_changed_code_changes_the_digest_and_back(
    folder: Folder, texts: dict[str, str], changed: str, text: str
) -> None:
    """Whatever part of its code changes, another digest; the old text, the old digest."""
    folder.write(**texts)
    before = folder.version()

    folder.reload(changed, text)
    after = folder.version()

    assert version.has_digest(before)
    assert after != before
    if changed in texts:
        folder.reload(changed, texts[changed])
        assert folder.version() == before


@pytest.mark.parametrize("module", ["work", "a"])
def test_comments_and_lines_do_not_count(folder: Folder, module: str) -> None:
    """A reload of the same code with other comments and blank lines gives the same digest."""
    texts = {"work": operation("import a"), "a": "def f():\n    return 1\n"}
    folder.write(**texts)
    before = folder.version()

    folder.reload(module, f"# a comment\n\n\n{texts[module]}\n# more\n")

    assert folder.version() == before


@pytest.mark.parametrize("module", ["work", "a"])
def test_edit_without_reload_is_not_what_runs(folder: Folder, module: str) -> None:
    """The first look after an edit gives the digest of the code that was imported."""
    texts = {"work": operation("import a"), "a": "K = 1"}
    folder.write(**texts)
    expected = printed(folder.path)
    importlib.import_module("work")

    folder.write(**{module: texts[module] + "\nMORE = 2\n"})

    assert folder.version() == expected


def test_stale_bytecode_is_what_runs(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit that Python does not notice, of equal size and time, changes no digest."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder.write(work=operation("import a"), a="K = 1")
    os.utime(folder.path / "a.py", (1, 1))
    before = folder.version()
    folder.write(a="K = 2")
    os.utime(folder.path / "a.py", (1, 1))

    module = importlib.reload(importlib.import_module("a"))

    assert module.K == 1
    assert folder.version() == before


def test_module_that_is_imported_only_when_needed_counts(folder: Folder) -> None:
    """An import inside a function counts before it was executed, and not twice afterwards."""
    folder.write(work=operation(body="from p import a"), p_a="import b", b="K = 1", p_c="")
    before = folder.version()
    importlib.import_module("p.c")
    importlib.import_module("p.a")
    loaded = folder.version()

    folder.reload("b", "K = 2")

    assert loaded == before
    assert folder.version() != before


def test_module_that_nothing_imports_does_not_count(folder: Folder) -> None:
    """Another module of the package may change."""
    folder.write(work=operation("from p import a"), p_a="", p_b="K = 1")
    before = folder.version()

    folder.write(p_b="K = 2")

    assert folder.version() == before


@pytest.mark.parametrize("is_loaded", [True, False])
def test_long_chain_of_imports_counts_to_its_end(folder: Folder, is_loaded: bool) -> None:  # noqa: FBT001  # a case
    """However deep, also deeper than Python itself may call."""
    length = 400
    folder.write(**{f"m{n}": f"import m{n + 1}" for n in range(length)}, **{f"m{length}": "K = 1"})
    folder.write(work=operation(body="import m0"))
    if is_loaded:
        for n in reversed(range(length + 1)):
            importlib.import_module(f"m{n}")
    before = folder.version()

    folder.reload(f"m{length}", "K = 2")

    assert folder.version() != before


def test_package_that_imports_by_name_counts_as_a_whole(folder: Folder) -> None:
    """Which modules it works out is not known, so all count."""
    dynamic = "from importlib import import_module\ndef f(n): return import_module(n)"
    folder.write(work=operation("from p import a"), p_a=dynamic, p_b="K = 1")
    before = folder.version()

    folder.write(p_b="K = 22")

    assert folder.version() != before


def test_function_from_before_a_reload_counts(folder: Folder) -> None:
    """A name imported from a module is still the old function after the module's reload."""
    folder.write(work=operation("from a import f"), a="def f(): return 1")
    old = folder.version()
    folder.reload("a", "def f(): return 2")
    mixed = folder.version()

    importlib.reload(importlib.import_module("work"))

    assert len({old, mixed, folder.version()}) == 3


def test_class_from_before_a_reload_has_not_the_new_digest(folder: Folder) -> None:
    """The old class runs the old code, the new one the new."""
    folder.write(work=operation(body="return 1"))
    old_class = importlib.import_module("work").Work

    folder.reload("work", operation(body="return 2"))

    assert old_class.code_version() != folder.version()


def test_reload_that_fails_half_way_leaves_code_that_is_not_known(folder: Folder) -> None:
    """What is in the module then is of neither text."""
    folder.write(work=operation("import a"), a="K = 1")
    folder.version()

    with pytest.raises(ZeroDivisionError):
        folder.reload("a", "K = 2\n1 / 0")

    assert folder.version() == "1"
    known = version.of_class(importlib.import_module("work").Work)
    assert known.obstacle == "module 'a' may not be what its file says now"


def test_base_class_counts(folder: Folder) -> None:
    """A subclass without a method of its own runs the code of its base."""
    subclass = "from a import Base\nclass Work(Base): limit = 1\n"
    folder.write(work=subclass, a=operation(body="x = 1").replace("Work", "Base"))
    before = folder.version()
    folder.reload("a", operation(body="x = 2").replace("Work", "Base"))

    importlib.reload(importlib.import_module("work"))

    assert folder.version() != before


@pytest.mark.parametrize("place", ["elsewhere", "lib/site-packages"])
def test_digest_is_the_same_in_another_process_and_place(
    folder: Folder, tmp_path: Path, place: str
) -> None:
    """From a checkout or installed, with bytecode or without, twice in new processes."""
    texts = {
        "work": "from p.work import Work",
        "p_work": operation("from p import a\ndef f(x): return x in {'u', 'v', 'w'}"),
        "p_a": "from . import b\nK = 1",
        "p_b": "K = 1",
    }
    folder.write(**texts)
    other = Folder(tmp_path / place)
    other.write(**texts)
    time.sleep(1.1)  # installed modules are judged by their time, which has whole seconds

    seen = {folder.version(), printed(other.path), printed(other.path)}

    assert len(seen) == 1
    assert version.has_digest(seen.pop())


@pytest.mark.parametrize("module", ["imported", "needed later"])
def test_installed_distribution_counts_by_its_version(tmp_path: Path, module: str) -> None:
    """The same version is the same code, whatever its files say; another is other code."""
    seen = []
    text = operation("import lib") if module == "imported" else operation(body="import lib")
    for number, (release, content) in enumerate([("1.0", ""), ("1.0", "K = 1"), ("2.0", "")]):
        home = Folder(tmp_path / f"{number}/site-packages")
        home.write(lib=content)
        facts = home.path / f"lib-{release}.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: lib\nVersion: {release}\n")
        local = Folder(tmp_path / f"{number}/local")
        local.write(work=text)
        script = f"import sys; sys.path.insert(0, {str(home.path)!r})\n{PRINTS}"
        seen.append(printed(local.path, script))

    assert seen[0] == seen[1] != seen[2]


def test_module_imported_before_the_product_and_edited_is_not_known(folder: Folder) -> None:
    """Its file is no evidence any more, and nothing else has kept its code."""
    folder.write(work=operation("import a"), a="K = 1")
    script = f"""
import sys; sys.path.insert(0, sys.argv[1])
import a
open(a.__file__, "a").write("MORE = 2")
{PRINTS}"""

    assert printed(folder.path, script) == "1"


def test_spawned_process_computes_the_same(folder: Folder) -> None:
    """Of an operation of a script, too, which a spawned process imports in its own way."""
    script = folder.path / "script.py"
    script.write_text(
        operation("import a\nimport multiprocessing")
        + "\nif __name__ == '__main__':\n"
        + "    pool = multiprocessing.get_context('spawn').Pool(1)\n"
        + "    print(Work.code_version(), pool.apply(Work.code_version))\n"
    )
    folder.write(a="K = 1")

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)

    ours, theirs = done.stdout.split()
    assert ours == theirs
    assert version.has_digest(ours)


CELL = """
from ops import BaseOperation, OperationResult
class Work(BaseOperation):
    def execute(self, data_source, task_dir, progress_tracker=None):
        return helper(LIMIT)
"""


def in_notebook(*cells: str, **names: object) -> Any:
    """Execute cells as a notebook does, and return the class Work."""
    main: dict[str, Any] = {"__name__": "__main__", **names}
    for number, text in enumerate(cells):
        exec(compile(text, f"<cell {number}>", "exec"), main)  # noqa: S102  # what a notebook does
    return main["Work"]


def test_cells_of_a_notebook_count_as_they_are() -> None:
    """The cell, the functions and values it refers to, wherever they are; nothing else."""
    helper = "LIMIT = 1\ndef helper(x): return other(x)\n"
    other = "def other(x): return x\n"
    first = in_notebook(CELL, helper, other).code_version()

    assert version.has_digest(first)
    assert in_notebook(f"\n\n# as before\n{other}", helper, CELL, "x = 3").code_version() == first
    changes = [
        (CELL.replace("LIMIT", "LIMIT + 1"), helper, other),
        (CELL, helper.replace("1", "2"), other),
        (CELL, helper, other.replace("return x", "return -x")),
    ]
    assert len({first, *(in_notebook(*cells).code_version() for cells in changes)}) == 4


def test_value_of_a_notebook_without_a_form_of_its_own_is_not_known() -> None:
    """What could have changed unseen counts as changed."""
    known = version.of_class(in_notebook(CELL, "def helper(x): ...", LIMIT=itertools.count()))

    assert known.digest is None
    assert known.obstacle == "'LIMIT' is of type itertools.count"


def made(limit: object) -> type[BaseOperation]:
    """Return a class that works with a variable around it."""

    class Work(BaseOperation):
        def execute(self, *_: object, **__: object) -> Any:
            return limit

    return Work


def test_variables_around_a_class_count() -> None:
    """A class that a function made is not told by its text alone."""
    assert made(1).code_version() == made(1).code_version()
    assert made(1).code_version() != made(2).code_version()
    assert made(itertools.count()).code_version() == "1"


class Rule:
    """An object that does work for an operation."""

    def __init__(self, width: object) -> None:
        self.width = width


ENDLESS = itertools.count()


def version_with(rule: object) -> str:
    """Return the code version of an operation with a parameter."""
    return code_of(made(1)(), {"rule": rule}).version


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: x + 1, lambda x: x + 2),
        (lambda x, k=1: x + k, lambda x, k=2: x + k),
        ([lambda x: x + 1], [lambda x: x - 1]),
        ({"a": len}, {"a": repr}),
        (Rule(1).__init__, Rule(2).__init__),
        (Rule(10), Rule(20)),
        (Rule, dict),
    ],
)
def test_functions_and_objects_given_to_an_operation_count(one: object, other: object) -> None:
    """They are code that it runs, and their names do not tell them apart."""
    assert version_with(one) == version_with(one)
    assert version_with(one) != version_with(other)
    assert version.has_digest(version_with(one))


def test_variables_around_a_function_given_to_an_operation_count() -> None:
    """The same text with another value is another function."""

    def adding(k: int) -> Callable[[int], int]:
        return lambda x: x + k

    assert version_with(adding(1)) == version_with(adding(1))
    assert version_with(adding(1)) != version_with(adding(2))


@pytest.mark.parametrize("rule", [ENDLESS, Rule(ENDLESS), lambda x, k=ENDLESS: (x, k)])
def test_parameter_without_a_form_of_its_own_is_not_known(rule: object) -> None:
    """It may be something else next time, so nothing is reused."""
    code = code_of(made(1)(), {"rule": rule})

    assert code.version == "1"
    assert code.obstacle is not None
    assert code.obstacle.endswith("is of type itertools.count")


def test_data_given_to_an_operation_are_no_code() -> None:
    """They are on record as parameters."""
    plain = {"a": 1, "b": ["x", None], "c": Path("y")}

    assert code_of(made(1)(), plain).version == made(1).code_version()


def test_what_python_notes_in_a_class_does_not_count() -> None:
    """Newer versions note lines and attributes in the body of a class."""
    text = "class A:\n    __firstlineno__ = {}\n    x = {}\n    __static_attributes__ = {}\n"

    def digest(*values: object) -> str:
        return forms.code_digest(compile(text.format(*values), "", "exec"))

    assert digest(1, 7, ("a", "b")) == digest(900, 7, ("b", "a"))
    assert digest(1, 7, ()) != digest(1, 8, ())


def test_source_digest_is_of_what_was_imported(folder: Folder) -> None:
    """An edit changes it with the reload, not before."""
    folder.write(work=operation())
    module: ModuleType = importlib.import_module("work")
    before = version.source_sha256(module.Work)
    folder.write(work=operation(body="return 1"))
    edited = version.source_sha256(module.Work)

    importlib.reload(module)

    assert before == edited != version.source_sha256(module.Work)

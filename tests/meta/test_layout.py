"""The rules of the tree that no linter knows."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "projections").rglob("*.py")])
VAGUE_NAMES = frozenset({"common", "helpers", "misc", "utils"})
MAX_LINES = 400
MAX_MODULES = 20

PORTS = frozenset(f"src/lineage/kernel/{port}.py" for port in ("chance", "clock", "host", "ids"))
"""Where chance, time, ids and the machine may enter."""

PRINTERS = ("src/lineage/cli/", "src/lineage/seals/standalone/")
"""Where the product may print: the command line, and the script that is handed out."""

PORTS_ONLY = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "time.time",
        "time.time_ns",
        "uuid.uuid1",
        "uuid.uuid4",
    }
)
SEEDED = frozenset({"BitGenerator", "Generator", "PCG64", "Philox", "SeedSequence", "default_rng"})
"""What of numpy.random takes its seed from the caller."""


def _path(source: Path) -> str:
    return source.relative_to(ROOT).as_posix()


def _imported(tree: ast.AST) -> dict[str, str]:
    """Return local name to qualified name of everything a module imports."""
    names = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    whole = alias.name if alias.asname else alias.name.split(".")[0]
                    names[alias.asname or whole] = whole
            case ast.ImportFrom(level=0, module=str()):
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _used(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the qualified name and line of everything imported that a module mentions."""
    imported = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, _, rest = ast.unparse(node).partition(".")
            if first in imported:
                yield ".".join(filter(None, (imported[first], rest))), node.lineno


def _is_banned(name: str) -> bool:
    package, _, function = name.rpartition(".")
    is_unseeded = package == "numpy.random" and function not in SEEDED
    return name in PORTS_ONLY or name.partition(".")[0] == "random" or is_unseeded


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """The syntax trees of all modules by path."""
    return {_path(source): ast.parse(source.read_text("utf-8")) for source in SOURCES}


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "import time as t\nt.time()",
        "from time import time\nfield(default_factory=time)",
        "import datetime\ndatetime.datetime.now()",
        "import datetime as dt\ndt.date.today()",
        "from datetime import datetime\ndatetime.utcnow()",
        "from uuid import uuid4 as new\nnew()",
        "import random\nrandom.shuffle(x)",
        "import numpy as np\nnp.random.shuffle(x)",
    ],
)
def test_detector_sees_through_import_styles(text: str) -> None:
    """The check below recognizes a banned function however it was imported."""
    assert any(_is_banned(name) for name, _ in _used(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.monotonic()",
        "now = 1\nnow",
        "clock.now()",
        "import numpy as np\nnp.random.default_rng(seed)",
        "from datetime import datetime\ndatetime.fromisoformat(x)",
    ],
)
def test_detector_lets_the_rest_pass(text: str) -> None:
    """The check below does not refuse what only looks alike."""
    assert not any(_is_banned(name) for name, _ in _used(ast.parse(text)))


def test_time_ids_and_randomness_enter_through_the_kernel_only(
    trees: dict[str, ast.Module],
) -> None:
    """Nothing but the kernel's ports reads the clock, makes an id or draws without a seed."""
    uses = [
        f"{path}:{line} {name}"
        for path, tree in trees.items()
        if path not in PORTS
        for name, line in _used(tree)
        if _is_banned(name)
    ]

    assert uses == []


def _appends(call: ast.Call) -> bool:
    """Tell whether a call appends to a ledger; to append to a list takes no version."""
    has_version = any(keyword.arg == "expected_version" for keyword in call.keywords)
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return name == "append_all" or (name == "append" and has_version)


def test_only_the_ledger_appends_events(trees: dict[str, ast.Module]) -> None:
    """Whatever is recorded was decided: everybody else gives a command to a session."""
    uses = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        if not path.startswith("src/lineage/ledger/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _appends(node)
    ]

    assert uses == []


def test_only_the_command_line_prints(trees: dict[str, ast.Module]) -> None:
    """A library that prints breaks the JSON of whoever calls it."""
    uses = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        if not path.startswith(PRINTERS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "print"
    ]

    assert uses == []


def test_every_package_says_what_lives_in_it(trees: dict[str, ast.Module]) -> None:
    """The docstring of each package has two sentences or more."""
    silent = [
        path
        for path, tree in trees.items()
        if path.endswith("/__init__.py")
        and len(re.findall(r"[.:](?:\s|$)", ast.get_docstring(tree) or "")) < 2
    ]

    assert silent == []


def test_no_module_has_a_vague_name() -> None:
    """Every module and folder is named after what it is."""
    vague = [_path(s) for s in SOURCES if VAGUE_NAMES & set(s.with_suffix("").parts)]

    assert vague == []


def test_no_module_is_long() -> None:
    """A file that one cannot read in a sitting holds more than one noun."""
    lengths = {_path(s): len(s.read_text("utf-8").splitlines()) for s in SOURCES}

    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_folder_is_crowded() -> None:
    """A folder of many modules wants rooms."""
    modules = Counter(source.parent.relative_to(ROOT).as_posix() for source in SOURCES)

    assert {folder: n for folder, n in modules.items() if n > MAX_MODULES} == {}

"""Run the small version of every benchmark and print one table: before and after a change.

Usage: python benchmarks/all.py [--json FILE] [--against FILE] [SCRIPT ...]

Each figure stands beside a baseline of the same run, so compare ratios, not milliseconds.
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from table import Row, show

FOLDER = Path(__file__).parent


def scripts(names: list[str]) -> Iterator[ModuleType]:
    """Yield the modules of this folder that have a small version, or those of these names."""
    for path in sorted(FOLDER.glob("*.py")):
        if path.stem != Path(__file__).stem and (not names or path.stem in names):
            module = importlib.import_module(path.stem)
            if hasattr(module, "small"):
                yield module


def rows_of(modules: Iterator[ModuleType]) -> Iterator[Row]:
    """Yield the rows of all small versions, each named after its script, too."""
    for module in modules:
        for row in module.small():
            yield Row(**asdict(row) | {"script": module.__name__})


def load(path: Path) -> list[Row]:
    """Return the rows that an earlier run wrote."""
    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def write(path: Path, rows: list[Row]) -> None:
    """Write rows, to compare a later run with."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help="only these, without .py")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with such a file")
    arguments = parser.parse_args()
    before = load(arguments.against) if arguments.against else []
    rows = show(rows_of(scripts(arguments.scripts)), before)
    if arguments.json:
        write(arguments.json, rows)


if __name__ == "__main__":
    main()

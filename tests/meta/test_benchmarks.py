"""The table that all measurements share, and the command that fills it."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the table."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("table")


@pytest.fixture
def command(table: ModuleType) -> ModuleType:
    """The module of the command, which finds the table as a script does."""
    return importlib.import_module("all")


def row(table: ModuleType, **other: Any) -> Any:
    """A row of which ours takes twice as long as the baseline."""
    row = {"name": "work", "ours": 8.0, "beside": 4.0, "beside_name": "bare", "script": "one"}
    return table.Row(**row | other)


def test_ratio_is_ours_in_units_of_the_baseline(table: ModuleType) -> None:
    """What takes twice as long has the ratio two, whatever the machine."""
    assert row(table).ratio == 2.0
    assert row(table, ours=6_000.0, beside=3_000.0).ratio == 2.0


def test_median_is_taken_of_each_work_in_turn(table: ModuleType) -> None:
    """Each work is done as often as was asked, one after the other."""
    done: list[str] = []
    times = table.medians_ms(lambda: done.append("a"), lambda: done.append("b"), repeats=3)

    assert done == ["a", "b"] * 3
    assert len(times) == 2
    assert all(0 <= time < 1_000 for time in times)


def test_rows_are_shown_with_their_ratio(
    table: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an earlier run there is no change to tell."""
    assert table.show([row(table)]) == [row(table)]

    _, script, line = capsys.readouterr().out.splitlines()
    assert script == "one"
    assert line.split() == ["work", "8.0", "4.0", "ms", "2.00", "bare"]


def test_rows_are_compared_with_those_of_an_earlier_run(
    table: ModuleType, command: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ratio before stands beside the ratio of the same script, name and unit."""
    file = tmp_path / "before.json"
    command.write(file, [row(table), row(table, unit="MiB", ours=4.0), row(table, script="two")])
    before = command.load(file)
    assert before[0] == row(table)

    table.show([row(table, ours=5.0), row(table, name="other"), row(table, unit="MiB")], before)

    _, _, faster, new, larger = capsys.readouterr().out.splitlines()
    assert faster.split()[-4:] == ["1.25", "2.00", "-38%", "bare"]
    assert new.split()[-3:] == ["2.00", "new", "bare"]
    assert larger.split()[-4:] == ["2.00", "1.00", "+100%", "bare"]


def test_command_finds_the_scripts_with_a_small_version(command: ModuleType) -> None:
    """A new script only needs the function."""
    (found,) = command.scripts(["process_counters"])

    assert callable(found.small)
    assert not [*command.scripts(["table"])]

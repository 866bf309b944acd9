"""A short run of the races that `make test-crash` runs for minutes."""

from __future__ import annotations

from pathlib import Path

from crash.race import RESUMERS, Race


def test_one_of_six_processes_resumes_a_run(tmp_path: Path) -> None:
    """The others are refused with an error of the product."""
    race = Race(tmp_path)

    race.run()

    assert race.faults == []
    assert race.figures["refused"] == RESUMERS - 1

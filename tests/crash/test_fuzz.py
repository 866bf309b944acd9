"""A short run of the damage that `make test-crash` does for minutes."""

from __future__ import annotations

import pytest
from crash import fuzz

SEED = 20
SLOW = {*fuzz.DATA, ".lineage/catalog.duckdb"}
"""What is damaged for commands that take long."""


@pytest.fixture(scope="module")
def damage(tmp_path_factory: pytest.TempPathFactory) -> fuzz.Fuzz:
    """Projects to be damaged."""
    return fuzz.Fuzz(tmp_path_factory.mktemp("fuzz"), SEED)


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_damage_is_an_answer_or_one_clear_line(damage: fuzz.Fuzz, target: str) -> None:
    """No command on damaged bytes or odd arguments hangs, dies or shows a foreign error."""
    damage.meet(target, 1 if target in SLOW else 3)

    assert damage.faults == []

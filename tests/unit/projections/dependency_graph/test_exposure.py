"""The algebra of effects: what is left to see after many steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.events import DerivedColumn
from lineage.kernel.effects import Effect
from projections import Catalog
from projections.dependency_graph import column_search
from projections.dependency_graph.exposure import (
    EFFECTS,
    LEVELS,
    Attained,
    Exposure,
    Step,
    witness,
    witnesses,
)

COLUMNS = 6
CONNECTION = duckdb.connect(config={"threads": 1})

steps = st.lists(
    st.builds(
        Step,
        st.integers(0, COLUMNS - 1),
        st.integers(0, COLUMNS - 1),
        st.sampled_from(Exposure),
        st.booleans(),
    ),
    max_size=9,
)


def attained(found: Sequence[Step], start: int) -> Mapping[int, Attained]:
    """The levels that a search downstream in a catalog of these steps finds."""
    CONNECTION.execute(
        """
        create or replace table column_steps as
        select unnest($1::ubigint[]) as source_key, unnest($2::ubigint[]) as target_key,
          unnest($3::varchar[]) as effect, unnest($4::boolean[]) as is_direct,
          false as is_assumed, false as is_observed, unnest(range(len($4))) as position
        """,
        [
            [step.near for step in found],
            [step.far for step in found],
            [EFFECTS[step.level] for step in found],
            [step.is_direct for step in found],
        ],
    )
    catalog = Catalog(CONNECTION, 0, is_confined=True)
    return column_search.reach(catalog, [start], "downstream").exposures()


def paths(found: Sequence[Step], start: int) -> Iterator[list[int]]:
    """Every path from a column that takes no step twice, as the numbers of its steps."""
    waiting: list[list[int]] = [[]]
    while waiting:
        path = waiting.pop()
        yield path
        end = found[path[-1]][1] if path else start
        waiting += [
            [*path, number]
            for number, step in enumerate(found)
            if step[0] == end and number not in path
        ]


def shown_along(found: Sequence[Step], path: list[int]) -> tuple[Exposure, bool]:
    """What one path shows: the least level of its steps, and whether all are direct."""
    return (
        min((found[number][2] for number in path), default=Exposure.EXPOSED),
        all(found[number][3] for number in path),
    )


def by_brute_force(found: Sequence[Step], start: int, goal: int) -> Attained:
    """The levels of all paths, found by walking each of them."""
    shown = {
        shown_along(found, path)
        for path in paths(found, start)
        if (found[path[-1]][1] if path else start) == goal
    }
    direct, indirect = (
        tuple(sorted({level for level, is_direct in shown if is_direct is wanted}, reverse=True))
        for wanted in (True, False)
    )
    return Attained(direct=direct, indirect=indirect)


@given(found=steps, start=st.integers(0, COLUMNS - 1))
def test_levels_are_those_of_all_paths(found: Sequence[Step], start: int) -> None:
    """Handing on levels from column to column finds what walking every path finds."""
    onward = [Step(min(a, b), max(a, b), level, direct) for a, b, level, direct in found if a != b]
    columns = attained(onward, start)

    for goal in range(COLUMNS):
        assert columns.get(goal, Attained()) == by_brute_force(onward, start, goal)


@given(found=steps, start=st.integers(0, COLUMNS - 1))
def test_cycles_show_no_more(found: Sequence[Step], start: int) -> None:
    """Going round shows of a value what the path without the round shows."""
    columns = attained(found, start)

    for goal in range(COLUMNS):
        assert columns.get(goal, Attained()).exposure == by_brute_force(found, start, goal).exposure


@given(found=steps, start=st.integers(0, COLUMNS - 1), goal=st.integers(0, COLUMNS - 1))
def test_witness_is_a_shortest_path_that_shows_most(
    found: Sequence[Step], start: int, goal: int
) -> None:
    """It leads there, no direct path shows more, and no path that shows as much is shorter."""
    ending = [
        path for path in paths(found, start) if (found[path[-1]][1] if path else start) == goal
    ]
    way = witness(found, [start], [goal])

    assert witnesses(found, [start]).get(goal) == way
    assert (way is None) == (not ending)
    if way is not None:
        best = max((shown_along(found, path)[::-1] for path in ending), default=None)
        shortest = min(len(p) for p in ending if shown_along(found, p)[::-1] == best)
        assert list(way) in ending
        assert shown_along(found, list(way))[::-1] == best
        assert len(way) == shortest


def test_order_of_steps_on_a_path_does_not_matter() -> None:
    """Identity after masking is masked, and so is masking after identity."""
    levels = [Exposure.MASKED, Exposure.EXPOSED]
    for first, second in (levels, levels[::-1]):
        found = [Step(0, 1, first, True), Step(1, 2, second, True)]
        assert attained(found, 0)[2].exposure is Exposure.MASKED


def test_one_path_of_identities_among_masked_ones_exposes() -> None:
    """What one way hides another may show."""
    found = [
        Step(0, 1, Exposure.MASKED, True),
        Step(1, 3, Exposure.EXPOSED, True),
        Step(0, 2, Exposure.EXPOSED, True),
        Step(2, 3, Exposure.EXPOSED, True),
    ]
    shown = attained(found, 0)[3]

    assert shown.exposure is Exposure.EXPOSED
    assert shown.direct == (Exposure.EXPOSED, Exposure.MASKED)
    assert witness(found, [0], [3]) == (2, 3)


def test_indirect_step_makes_a_path_indirect() -> None:
    """A column that only chose rows is kept apart from those that gave values."""
    found = [Step(0, 1, Exposure.EXPOSED, False), Step(1, 2, Exposure.EXPOSED, True)]
    shown = attained(found, 0)[2]

    assert shown.exposure is None
    assert shown.indirect_exposure is Exposure.EXPOSED


def test_direct_witness_is_preferred_to_an_indirect_one_that_shows_more() -> None:
    """The values themselves come first, however well they are hidden."""
    found = [Step(0, 1, Exposure.EXPOSED, False), Step(0, 1, Exposure.SUPPRESSED, True)]

    assert witness(found, [0], [1]) == (1,)


def test_cost_follows_columns_not_paths() -> None:
    """Two hundred hops with three parents a column, 3 ** 200 paths, are done at once."""
    hops, wide = 200, 3
    ladder = [
        Step(hop * wide + parent, (hop + 1) * wide + child, Exposure.EXPOSED, True)
        for hop in range(hops)
        for child in range(wide)
        for parent in range(wide)
    ]
    last = (hops + 1) * wide - 1

    assert attained(ladder, 0)[last].exposure is Exposure.EXPOSED
    assert len(witness(ladder, [0], [last]) or ()) == hops


def test_every_effect_of_the_vocabulary_has_a_level() -> None:
    """An operation cannot state an effect that the algebra does not know."""
    schema = DerivedColumn.model_json_schema()["properties"]["effect"]

    assert set(LEVELS) == set(schema["enum"])
    assert sorted(LEVELS.values()) == list(Exposure)


@pytest.mark.parametrize("effect", sorted(LEVELS))
def test_only_identity_and_transformation_protect_nobody(effect: Effect) -> None:
    """All other effects were made to hide."""
    assert LEVELS[effect].protects is (effect not in {"identity", "transformation"})

"""The comparison of runs: only what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from asked_pages import Pages, pages_of
from hypothesis import given
from hypothesis import strategies as st
from small_tasks import begin_run, make_project

from lineage.events import MetricRecorded
from lineage.web.pages import run_table

MANY = 12


def runs_of(survey: Pages, task: str) -> list[str]:
    """The runs of a task, oldest first."""
    return [run["run_id"] for run in survey.json("runs", task=task)["runs"]][::-1]


def test_without_runs_the_page_says_where_to_choose_them(survey: Pages) -> None:
    """It leads to the page with the boxes, which are there."""
    text = survey.html("compare")

    assert "Choose two runs or more" in text
    assert 'href="runs"' in text
    assert '<input type="checkbox" name="run"' in survey.html("runs")


def test_one_run_is_compared_with_the_one_before_it(survey: Pages) -> None:
    """The page of a run needs no choice to say what is new in it."""
    first, second, _ = runs_of(survey, "t_count")

    document = survey.json("compare", run=second)

    assert (document["left"]["run_id"], document["right"]["run_id"]) == (first, second)
    assert [one["what"] for one in document["outcome"]] == ["status", "error_type", "message"]
    assert f"compare?run={second}" in survey.html("run", id=second)


def test_first_run_of_a_task_has_none_before_it(survey: Pages) -> None:
    """The page says so instead of comparing with another task."""
    assert "is the first of its task" in survey.html("compare", run=runs_of(survey, "t_count")[0])


def test_many_runs_are_compared_in_columns(survey: Pages) -> None:
    """What is the same in all of them is only named."""
    query = "&".join(f"run={run_id}" for run_id in runs_of(survey, "t_count"))
    answer = survey.ask(f"/compare?{query}")

    text = answer.body.decode()
    assert answer.status == 200
    assert "Compare 3 runs" in text
    assert "The same in all" in text
    assert text.count('name="run" value="') == 3  # kept when another moment is asked for


def test_unknown_run_is_not_found(survey: Pages) -> None:
    """The answer says which."""
    assert "nobody" in survey.html("compare", 404, run="nobody")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project with more runs of a task than fit beside each other."""
    root = tmp_path_factory.mktemp("many")
    with make_project(root) as project:
        for number in range(MANY):
            run = begin_run(project, "t_many", seed=number % 3)
            names = ("score", "<b>") if number % 2 else ("score",)
            run.observe(
                *(
                    MetricRecorded(operation=None, category=None, name=name, value=number)
                    for name in names
                )
            )
            run.succeed()
    with pages_of(root) as pages:
        yield pages


def test_more_runs_are_rows_with_columns_for_what_differs(many: Pages) -> None:
    """What is the same in all is no column; a name is text; the newest run comes first."""
    text = many.html("compare", task="t_many", latest=8)

    assert "Compare 8 runs" in text
    assert "They differ in 3 values, all shown." in text
    assert text.count('<tr><th scope="row"') == 8
    assert "metrics: &lt;b&gt;" in text
    assert "configuration:" not in text


def test_rows_are_sorted_by_several_columns(many: Pages) -> None:
    """The second decides where the first is alike; what is not known comes last."""
    address = "compare?task=t_many&column=seed: seed&column=metrics: score"
    text = many.ask(f"/{address}&sort=-seed: seed&sort=metrics: score".replace(" ", "+")).body
    cells = re.findall(r'<td data-label="(seed: seed|metrics: score)[^>]*>([\d,]+)', text.decode())
    pairs = [
        (int(seed), int(score))
        for (_, seed), (_, score) in zip(cells[::2], cells[1::2], strict=True)
    ]

    assert len(pairs) == MANY
    assert pairs == sorted(pairs, key=lambda one: (-one[0], one[1]))
    assert "Sorted by seed: seed, largest first, then metrics: score." in text.decode()
    assert "A click on a heading sorts by it" in many.html("compare", task="t_many")


def test_chosen_columns_stay_in_every_link(many: Pages) -> None:
    """Sorting keeps the columns, and the form that chooses them keeps runs and order."""
    text = many.html("compare", task="t_many", column="metrics: <b>", sort="seconds")
    links = [unescape(one) for one in re.findall(r'href="(compare\?[^"]*sort=[^"]*)"', text)]

    assert links
    assert all("column=metrics%3A+%3Cb%3E" in one or "usual" in one for one in links[1:])
    assert "1 of them shown" in text
    assert '<input type="hidden" name="task" value="t_many">' in text


def test_too_many_runs_are_refused(many: Pages) -> None:
    """The answer says how many there may be."""
    assert "at most 500" in many.html("compare", 400, task="t_many", latest=501)


VALUES = st.one_of(st.none(), st.integers(-3, 3), st.floats(-3, 3), st.text(max_size=2))


@given(
    st.lists(st.tuples(VALUES, VALUES), max_size=12),
    st.sampled_from(["a", "-a"]),
    st.sampled_from(["b", "-b"]),
)
def test_rows_alike_in_one_column_are_ordered_by_the_next(
    rows: list[tuple[object, object]], first: str, second: str
) -> None:
    """No row is lost, what is not known comes last, and equal rows keep the order of the second."""
    values = {"a": [one for one, _ in rows], "b": [other for _, other in rows]}
    order = run_table.order_of(values, [first, second], len(rows))
    by_second = run_table.order_of(values, [second], len(rows))
    unknown = [values["a"][number] is None for number in order]

    assert sorted(order) == [*range(len(rows))]
    assert unknown == sorted(unknown)
    for value in values["a"]:
        alike = {number for number, one in enumerate(values["a"]) if one == value}
        assert [n for n in order if n in alike] == [n for n in by_second if n in alike]

"""The comparison of runs: only what differs."""

from __future__ import annotations

from asked_pages import Pages


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

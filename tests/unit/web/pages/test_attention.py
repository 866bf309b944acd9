"""What wants attention stands on the overview, with where it is listed and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

from asked_pages import Pages, pages_of
from copies import copied
from release_project import OUT, Suppressing, after_one_run


def kinds(pages: Pages, **asked: object) -> dict[str, int]:
    """What wants attention, and how much of it."""
    return {one["kind"]: one["count"] for one in pages.json("overview", **asked)["attention"]}


def test_open_and_interrupted_runs_want_attention(survey: Pages) -> None:
    """Each kind in one sentence; of the past nobody says what is on disk or alive now."""
    text = survey.html("")

    assert {"silent runs", "failed runs", "seal"} <= kinds(survey).keys()
    assert "The latest run of t_count was interrupted." in text
    assert "<code>lineage resume RUN</code>" in text
    assert {"silent runs", "seal"}.isdisjoint(kinds(survey, at=70))


def test_changed_inputs_and_removed_files_want_attention(tmp_path: Path) -> None:
    """A result is stale once a run read another content, and missing once it was removed."""
    copied(after_one_run_without_names, tmp_path)
    with pages_of(tmp_path) as pages:
        assert {"stale results", "missing files"}.isdisjoint(kinds(pages))

        raw = tmp_path / "DATA/raw/people.csv"
        raw.write_text(raw.read_text() + "late,20,A\n")
        shutil.rmtree((tmp_path / OUT).parent)
        other = Suppressing(pages.project, "city")
        other.task_id = "t_other"
        assert other.run()

        assert kinds(pages)["stale results"] == 1
        assert kinds(pages)["missing files"] >= 1
        found = pages.json("attention")
        assert [one["uri"] for one in found["stale"]["found"]] == [OUT]
        assert OUT in found["missing"]
        assert "a file that its run read has changed" in pages.html("attention")


def after_one_run_without_names(root: Path) -> None:
    """Make the project of the pages."""
    after_one_run(root, "name")

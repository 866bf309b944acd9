"""The served page of a graph: what it starts from, how far it goes, and where its names lead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from copies import copied
from release_project import after_one_run

from lineage.kernel.errors import ConfigurationError, DatasetNotFoundError
from lineage.project import Project
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.lineage.graph import graph


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project after one run that dropped a column."""
    root = tmp_path_factory.mktemp("project")
    copied(_after_one_run, root)
    with Project(root) as opened:
        yield opened


def _after_one_run(root: Path) -> None:
    after_one_run(root, "name")


def page(project: Project, **parameters: str) -> Page:
    """What the page shows for an address with these parameters."""
    with project.catalog() as catalog:
        asked = Asked(
            project=project,
            catalog=catalog,
            moment=None,
            parameters=parameters,
            given=[*parameters.items()],
        )
        return graph(asked)


def boxes(shown: Page) -> dict[str, dict[str, object]]:
    """What the picture draws, by the names of its boxes."""
    text = re.search(r'<script type="application/json">(.*?)</script>', shown.values["component"])
    assert text is not None
    return {box["name"]: box for box in json.loads(text[1])["boxes"]}


def test_page_without_a_name_starts_from_the_newest_files(project: Project) -> None:
    """Without a release the files that were written last are in the middle."""
    shown = page(project)

    assert shown.lead == "What lies around the newest files."
    assert any(box["asked"] for box in boxes(shown).values())


def test_files_list_their_columns_with_class_and_what_was_done(project: Project) -> None:
    """The source shows a direct identifier that the result does not have."""
    shown = boxes(page(project))
    rows = {
        name: {row["name"]: row["words"] for row in box["rows"]}  # type: ignore[attr-defined]  # of JSON
        for name, box in shown.items()
        if box["kind"] == "file"
    }

    assert any(words.get("name") == "direct" for words in rows.values())
    assert any(words and "name" not in words for words in rows.values())


def test_document_beside_the_page_has_the_nodes_of_the_picture(project: Project) -> None:
    """A program gets the same answer as the picture and the tables."""
    shown = page(project, detail="runs")

    assert len(shown.document["nodes"]) == len(boxes(shown))


def test_names_in_the_picture_lead_to_pages(project: Project) -> None:
    """A file leads to its page, and to the graph around it."""
    files = [box for box in boxes(page(project)).values() if box["kind"] == "file"]

    assert all(
        list(box["links"]) == ["This file", "Start here"]  # type: ignore[call-overload]  # of JSON
        for box in files
    )


def test_directions_and_steps_bound_what_is_shown(project: Project) -> None:
    """No step at all leaves what was asked, and counts of what lies beyond it."""
    shown = boxes(page(project, up="0", down="0"))

    kinds = [box["kind"] for box in shown.values()]
    assert kinds.count("file") == sum(bool(box["asked"]) for box in shown.values())
    assert "stub" in kinds
    assert "step" not in kinds
    assert "step" in [box["kind"] for box in boxes(page(project, direction="upstream")).values()]


def test_unknown_name_is_refused_by_name(project: Project) -> None:
    """A file that the history does not know, and a column without a file, are errors."""
    with pytest.raises(DatasetNotFoundError, match=r"nothing\.csv"):
        page(project, file="nothing.csv")
    with pytest.raises(ConfigurationError, match="a column needs it"):
        page(project, column="age")


def test_column_is_asked_about_with_its_file(project: Project) -> None:
    """The picture of a column marks it, and says what is left of it elsewhere."""
    with project.catalog() as catalog:
        file = catalog.value("select uri from inputs limit 1")
    shown = boxes(page(project, file=file, column="name"))
    rows = [row for box in shown.values() for row in box["rows"]]  # type: ignore[attr-defined]  # of JSON

    assert [row["words"] for row in rows if row["asked"]] == ["direct, asked"]

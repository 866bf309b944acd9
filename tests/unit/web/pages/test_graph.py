"""The served page of a graph: what it starts from, how far it goes, and where its names lead."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from copies import copied
from in_process import InProcess
from release_project import OUT, after_one_run

from lineage.kernel.errors import ConfigurationError, DatasetNotFoundError
from lineage.project import Project
from lineage.web.asked import Asked
from lineage.web.page import Download, Page
from lineage.web.pages.lineage.files import as_csv, as_parquet
from lineage.web.pages.lineage.graph import graph
from projections import Catalog
from projections.graph_formats import rows


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
        return graph(asked_of(project, catalog, parameters))


def asked_of(project: Project, catalog: Catalog, parameters: Mapping[str, str]) -> Asked:
    """What an address with these parameters asks."""
    return Asked(
        project=project,
        catalog=catalog,
        moment=None,
        parameters=dict(parameters),
        given=[*parameters.items()],
    )


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


def tables(shown: Page) -> dict[str, list[list[str]]]:
    """The rows of the tables below the picture, by their captions."""
    found = {}
    for table in re.findall(r"<table>.*?</table>", shown.values["component"], re.DOTALL):
        name = re.search(r"<caption>(.*?)</caption>", table)
        assert name is not None
        body = re.search(r"<tbody>(.*)</tbody>", table, re.DOTALL)
        assert body is not None
        rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
        found[name[1].lower()] = [[re.sub("<[^>]*>", "", one) for one in row] for row in cells]
    return found


@pytest.mark.parametrize("asked", [{"class": "direct"}, {"detail": "folders", "up": "all"}])
def test_files_have_the_rows_of_the_tables(project: Project, asked: dict[str, str]) -> None:
    """CSV and Parquet hold what the page shows: as many rows as it says, of the same things."""
    shown = page(project, **asked)
    found = tables(shown)
    for what in rows.WHATS:
        names = [row[0] for row in found.get(what, [])]
        parquet = answer_of(project, as_parquet, rows=what, **asked)
        text = answer_of(project, as_csv, rows=what, **asked).content.decode()

        read = pq.read_table(io.BytesIO(parquet.content))
        assert read.column(0).to_pylist() == names
        assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == names
        noun = "row" if len(names) == 1 else "rows"
        assert f"{what} as Parquet ({len(names)} {noun})" in shown.values["component"]


def answer_of(
    project: Project, answerer: Callable[[Asked], Download], **parameters: str
) -> Download:
    """What an address of a file answers."""
    with project.catalog() as catalog:
        return answerer(asked_of(project, catalog, parameters))


def test_filter_hides_with_a_bridge_and_says_so(project: Project) -> None:
    """What is hidden between two files is counted; a filter that fits nothing has a sentence."""
    between = page(project, **{"class": "quasi"})
    nothing = page(project, file="DATA/raw/people.csv", state="undeclared")

    assert [box["kind"] for box in boxes(between).values()] == ["file", "file"]
    assert '"label":"1 hidden"' in between.values["component"]
    assert "1 step hidden: t_safe" in between.values["component"]
    assert between.values["nothing"] is None
    assert [box["kind"] for box in boxes(nothing).values()] == ["file", "stub"]
    assert nothing.values["nothing"]["text"].startswith("Nothing here matches state undeclared.")


def test_slice_shows_what_lies_between_and_says_if_nothing_does(project: Project) -> None:
    """From A to B has the step between them; the other way round there is none."""
    ends = {"from": "people.csv", "to": OUT}
    shown = page(project, **ends)
    back = page(project, **{"from": OUT, "to": "people.csv"})

    assert {box["kind"] for box in boxes(shown).values()} == {"file", "step"}
    assert back.values["component"] is None
    assert back.values["nothing"]["text"].startswith("No recorded path leads from file:")


def test_command_below_the_picture_answers_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the page says to type finds the versions and operations that its boxes hold."""
    lineage = InProcess(project.root, monkeypatch, capsys)
    for asked in (
        {"file": "DATA/raw/people.csv"},
        {"file": "DATA/raw/people.csv", "up": "0", "down": "1"},
        {"from": "people.csv", "to": OUT},
        {"name": OUT, "class": "quasi"},
    ):
        shown = page(project, detail="runs", closed="1", **asked)
        (command,) = shown.document["commands"]
        answer = lineage.json(*shlex.split(command)[1:])

        assert {node["id"] for node in answer["nodes"]} == {
            node["id"] for node in shown.document["nodes"]
        }


def test_colours_and_ways_of_a_class_are_in_the_address(project: Project) -> None:
    """A colour says what the legend and the box say in words; a way that is followed is marked."""
    shown = page(project, colour="class", follow="direct")
    source = boxes(shown)["people.csv"]

    assert source["look"] == "direct"
    assert ["exposed: direct, quasi", ""] in source["lines"]
    assert ["shows followed columns", "bad"] in source["lines"]
    assert "grey: no columns of people on record" in shown.values["component"]
    with pytest.raises(ConfigurationError, match="one of kind, status, exposure, class"):
        page(project, colour="red")


def test_edges_say_who_stated_them(project: Project) -> None:
    """Each edge of the table names its event, run and person, and leads to the first two."""
    shown = page(project, closed="1")
    rows_ = tables(shown)["edges"]

    assert rows_
    assert all(re.match(r"(dataset\.read|artifact\.written) \d+", row[4]) for row in rows_)
    assert all(row[5].startswith("t_safe, ") for row in rows_)
    assert 'href="event?position=' in shown.values["component"]

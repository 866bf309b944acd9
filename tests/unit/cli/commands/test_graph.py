"""The command that answers where data came from and where it went."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from in_process import InProcess
from small_tasks import CopyOperation, SmallTask, make_history, make_project

from ops import BaseOperation, DataSource, DataWriter, OperationResult

COPY = "DATA/processed/t_one/output/copy.csv"
RAW = "DATA/raw/people.csv"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with runs of every kind; tests must not change it."""
    folder = tmp_path_factory.mktemp("graph")
    make_history(folder)
    return folder


@pytest.fixture
def lineage(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in that project."""
    return InProcess(root, monkeypatch, capsys)


def ids(document: dict[str, list[dict[str, str]]]) -> set[str]:
    """The nodes of an answer, without the digests."""
    return {node["id"].partition("@")[0] for node in document["nodes"]}


@pytest.mark.parametrize("direction", ["--upstream", "--downstream"])
def test_graph_of_one_file_has_its_lineage(lineage: InProcess, direction: str) -> None:
    """Up- and downstream of a file lie its source and its copy."""
    file = COPY if direction == "--upstream" else "people.csv"

    assert {RAW, COPY} <= ids(lineage.json("graph", direction, file))


def test_file_is_found_by_its_path_on_disk(lineage: InProcess) -> None:
    """A path as the shell completes it means the file of the history, with a column or without."""
    by_path = lineage.json("graph", "--upstream", str(lineage.root / COPY))

    assert by_path == lineage.json("graph", "--upstream", COPY)
    assert by_path == lineage.json("graph", "--upstream", f"./{COPY}")
    assert lineage.json("graph", "-u", f"./{COPY}:age") == lineage.json(
        "graph", "-u", "copy.csv:age"
    )


@pytest.mark.parametrize(
    ("graph_format", "start"),
    [
        ("mermaid", "flowchart"),
        ("dot", "digraph"),
        ("json", "{"),
        ("svg", "<?xml"),
        ("html", "<!doctype html>"),
        ("graphml", "<?xml"),
    ],
)
def test_whole_graph_is_written_in_each_format(
    lineage: InProcess, graph_format: str, start: str
) -> None:
    """Without a question the whole graph is drawn."""
    text = lineage("graph", "--format", graph_format).out

    assert text.startswith(start)
    assert "people.csv" in text


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("g.png", b"\x89PNG"),
        ("g.SVG", b"<?xml"),
        ("g.html", b"<!doctype"),
        ("g.htm", b"<!doctype"),
        ("g.gv", b"digraph"),
        ("g.mmd", b"flowchart"),
        ("g.json", b"{"),
        ("g.graphml", b"<?xml"),
    ],
)
def test_file_has_the_format_of_its_suffix(
    lineage: InProcess, tmp_path: Path, name: str, start: bytes
) -> None:
    """A file that is given no format has the one its name says."""
    answer = lineage("graph", "--upstream", COPY, "--output", str(tmp_path / name))

    assert (tmp_path / name).read_bytes().startswith(start)
    assert answer.out == ""


def test_graphml_is_read_back_by_networkx(lineage: InProcess, tmp_path: Path) -> None:
    """Programs that work on graphs get nodes, edges and typed facts."""
    lineage("graph", "-o", str(tmp_path / "g.graphml"))

    graph = nx.read_graphml(tmp_path / "g.graphml")
    assert {"dataset", "operation"} <= {kind for _, kind in graph.nodes(data="kind")}
    assert all(isinstance(assumed, bool) for *_, assumed in graph.edges(data="is_assumed"))


def test_depth_ends_the_search(lineage: InProcess) -> None:
    """One step from a file lie the operations that used it."""
    document = lineage.json("graph", "-d", RAW, "--depth", "1")

    assert COPY not in ids(document)
    assert {node["kind"] for node in document["nodes"]} == {"dataset", "operation"}


def test_cut_answer_says_so(lineage: InProcess) -> None:
    """What a limit leaves out is counted, in the document and beside it."""
    answer = lineage("graph", "--upstream", COPY, "--limit", "2", "--json")
    document = json.loads(answer.out)

    assert (len(document["nodes"]), document["node_count"]) == (2, 3)
    assert document["is_truncated"]
    assert "Truncated: 2 of 3 nodes, 1 of 2 edges; --limit shows more" in answer.err


def test_path_of_files_goes_step_by_step(lineage: InProcess) -> None:
    """From the raw file to its copy lead one operation and two steps."""
    document = lineage.json("graph", "--path", RAW, COPY)

    assert (len(document["nodes"]), len(document["edges"])) == (3, 2)
    assert document["paths"] == "one"


def test_path_that_is_none_says_so(lineage: InProcess) -> None:
    """The answer is empty, and a remark says what was looked for."""
    answer = lineage("graph", "--path", COPY, RAW, "--json")

    assert json.loads(answer.out)["nodes"] == []
    assert f"no recorded path leads from '{COPY}' to '{RAW}'" in answer.err


def test_path_of_columns_says_what_is_shown(lineage: InProcess) -> None:
    """Which values pass, how much is left of them, and by which way."""
    answer = lineage("graph", "--path", "people.csv:age", "copy.csv:age", "--json")

    document = json.loads(answer.out)
    assert document["exposure"] == "exposed"
    assert [edge["kind"] for edge in document["edges"]] == ["identity"]
    assert answer.err.startswith(f"exposed: {RAW}@")


def test_between_holds_what_lies_on_any_way(lineage: InProcess) -> None:
    """Files, operations, and columns where they are asked for."""
    files = lineage.json("graph", "--between", RAW, COPY)
    columns = lineage.json("graph", "--between", RAW, COPY, "--columns")

    assert {RAW, COPY} <= ids(files)
    assert {node["column"] for node in columns["nodes"]} == {"age"}


def test_columns_of_everything_are_drawn(lineage: InProcess) -> None:
    """Without a question all steps of columns are there."""
    document = lineage.json("graph", "--columns")

    assert {node["kind"] for node in document["nodes"]} == {"column"}


def test_column_and_file_make_no_path(lineage: InProcess) -> None:
    """A path leads from column to column or from file to file."""
    line = lineage("graph", "--path", "people.csv:age", COPY, code=2).error_line

    assert "one is a column, the other is not" in line


def test_impact_lists_what_to_recall_and_redo(lineage: InProcess) -> None:
    """Files with their state on the disk, runs and tasks."""
    document = lineage.json("graph", "--impact", RAW)
    text = lineage("graph", "--impact", RAW).out

    assert [(file["uri"], file["on_disk"]) for file in document["files"]] == [(COPY, "present")]
    assert document["tasks"] == ["t_one"]
    assert text.startswith(f"file {RAW} affects 1 file, 1 operation, 1 run, 1 task\n")
    assert "to recall" in text
    assert "to redo" in text


def test_impact_of_the_last_file_is_none(lineage: InProcess) -> None:
    """A file that nobody used affects nothing, and there are no empty tables."""
    text = lineage("graph", "--impact", COPY).out

    assert text == f"file {COPY} affects 0 files, 0 operations, 0 runs, 0 tasks\n"


def test_impact_is_drawn_where_a_picture_is_asked_for(lineage: InProcess) -> None:
    """With a format of pictures it is the graph downstream."""
    assert lineage("graph", "--impact", RAW, "-f", "mermaid").out == lineage("graph", "-d", RAW).out


def test_replaced_and_vanished_files_are_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no longer what was recorded is told; a vanished file is drawn dashed."""
    with make_project(tmp_path) as project:
        for output in ("copy", "kept"):
            SmallTask(CopyOperation(output=output), project=project).run()
        head = str(project.ledger.head())
    (tmp_path / COPY).unlink()
    (tmp_path / COPY.replace("copy", "kept")).write_text("other")
    lineage = InProcess(tmp_path, monkeypatch, capsys)

    files = lineage.json("graph", "--impact", RAW)["files"]
    picture = ET.fromstring(lineage("graph", "-f", "svg").out)  # noqa: S314  # our own

    assert [file["on_disk"] for file in files] == ["missing", "replaced"]
    assert "not on disk" in "".join(picture.itertext())
    assert not any("is_missing" in node for node in lineage.json("graph", "--as-of", head)["nodes"])


@dataclass(kw_only=True)
class SilentOperation(BaseOperation):
    """Writes the names and a column of another type, and declares nothing."""

    def execute(self, data_source: DataSource, task_dir: Path, _: Any = None) -> OperationResult:
        """Read and write."""
        table = data_source.get_table("people")
        ages = table["age"].cast("string")
        table = table.set_column(table.column_names.index("age"), "age", ages)
        result = OperationResult()
        result.add_file(DataWriter(task_dir).write_dataframe(table, "silent", "parquet"))
        return result


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run of an operation that declares nothing; tests must not change it."""
    folder = tmp_path_factory.mktemp("silent")
    with make_project(folder) as project:
        assert SmallTask(SilentOperation(), project=project).run()
    return folder


@pytest.mark.parametrize(
    ("question", "answer", "code"),
    [
        (["--path", "people.csv:name", "silent.parquet:name"], "yes", 0),
        (["--path", "people.csv:age", "silent.parquet"], "unknown", 4),
        (["--between", "people.csv:age", "silent.parquet:age"], "unknown", 4),
        (["--path", "silent.parquet:age", "people.csv:age"], "no", 3),
        (["--upstream", "silent.parquet:age"], "unknown", 4),
        (["--upstream", "silent.parquet:name"], "yes", 0),
        (["--downstream", "people.csv:name"], "yes", 0),
        (["--impact", "people.csv:name"], "yes", 0),
        (["--impact", "silent.parquet:name"], "no", 3),
        (["--path", "people.csv", "silent.parquet"], "yes", 0),
        (["--path", "silent.parquet", "people.csv"], "no", 3),
    ],
)
def test_answer_has_its_exit_code(
    silent: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    question: list[str],
    answer: str,
    code: int,
) -> None:
    """Yes, no and unknown are told apart by programs; no has a code of its own if asked for."""
    lineage = InProcess(silent, monkeypatch, capsys)
    columns = ["--columns"] if any(":" in name for name in question) else []

    told = lineage("graph", *columns, *question, "--exit-code", "--json", code=code)
    lineage("graph", *columns, *question, code=0 if answer == "no" else code)

    assert json.loads(told.out)["answer"] == answer
    if answer == "unknown":
        assert "silent.parquet" in told.err


@pytest.mark.parametrize("graph_format", ["json", "mermaid", "dot", "svg", "html", "graphml"])
def test_unknown_and_assumed_are_in_every_format(
    silent: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    graph_format: str,
) -> None:
    """Whoever gets the picture alone sees what is not known."""
    lineage = InProcess(silent, monkeypatch, capsys)
    asked = ["graph", "--columns", "-f", graph_format, "--upstream"]

    unknown = lineage(*asked, "silent.parquet:age", code=4).out
    assumed = lineage(*asked, "silent.parquet:name").out

    told = ('"unknown"', ">unknown<") if graph_format in {"json", "graphml"} else ("Unknown: no ",)
    assert any(text in unknown for text in told)
    assert "identity (assumed)" in assumed


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-u", "a", "-d", "b"], "not both"),
        (["--path", "a", "b", "--impact", "c"], "not both"),
        (["--depth", "0", "-u", RAW], "--depth"),
        (["--depth", "-3", "-u", RAW], "--depth"),
        (["--depth", "2"], "needs --upstream, --downstream or --around"),
        (["--depth", "2", "--impact", RAW], "needs --upstream, --downstream or --around"),
        (["--limit", "0"], "--limit"),
        (["--format", "png"], "png needs --output FILE"),
        (["--format", "gif"], "gif"),
        (["--output", "g.txt"], "implies no format"),
        (["--path", RAW], "--path"),
        (["--as-of", "never"], "neither a position nor"),
    ],
)
def test_wrong_usage_is_refused_in_one_line(
    lineage: InProcess, arguments: Sequence[str], text: str
) -> None:
    """What makes no question ends with exit code 2 and says why."""
    assert text in lineage("graph", *arguments, code=2).error_line


@pytest.mark.parametrize(
    "name",
    ["nothing.csv", "x" * 300, "", "../../etc/passwd", "a\nb", "\u202egnp.exe", "file:", "#", ":"],
)
@pytest.mark.parametrize("option", ["--upstream", "--impact"])
def test_unknown_name_is_refused_in_one_line(lineage: InProcess, option: str, name: str) -> None:
    """A name that the history does not know gives one line."""
    answer = lineage("graph", option, name, code=2)

    assert len(answer.error_line) > 20
    assert "\u202e" not in answer.err


def test_misspelt_name_suggests_the_nearest(lineage: InProcess) -> None:
    """The answer to a slip of the pen is the file that was meant."""
    line = lineage("graph", "--upstream", "poeple.csv", code=2).error_line

    assert f"did you mean '{RAW}'?" in line


@pytest.mark.parametrize("columns", [[], ["--columns"]])
def test_graph_as_of_the_past_is_empty_before_the_first_event(
    lineage: InProcess, columns: list[str]
) -> None:
    """Before the first event there is no lineage, and a remark says so."""
    answer = lineage("graph", "--as-of", "0", "--json", *columns)

    assert json.loads(answer.out)["nodes"] == []
    assert "no lineage" in answer.err


@pytest.mark.parametrize("graph_format", ["mermaid", "svg", "html", "dot", "graphml", "png"])
def test_project_without_runs_can_be_drawn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    graph_format: str,
) -> None:
    """An empty history is an empty picture, not an error."""
    make_project(tmp_path).close()
    target = tmp_path / "graph"

    InProcess(tmp_path, monkeypatch, capsys)("graph", "-f", graph_format, "-o", str(target))

    assert target.stat().st_size

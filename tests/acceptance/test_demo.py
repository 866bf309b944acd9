"""The demo project, as a person sees it on the first day."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest
from command_line import Lineage
from report_keys import REPORT_KEYS
from screen_laws import broken_words, wide_lines
from screens import WIDTHS, Terminal

from lineage.cli.screen import demo_summary
from lineage.demo import template
from lineage.project import Project

RELEASED = "DATA/processed/t_1A/output/people_anonymized.parquet"
QUASI_IDENTIFIERS = [
    "age",
    "sex",
    "race",
    "education",
    "marital-status",
    "workclass",
    "native-country",
]
LOG_KEYS = {"tasks", "executions", "timestamp", "version", "last_modified"}
EXECUTION_KEYS = {
    "task_id",
    "task_type",
    "task_run_id",
    "timestamp",
    "success",
    "execution_time",
    "report_path",
    "input_files",
    "output_files",
    "hostname",
}


def test_demo_ends_well_with_three_successful_runs(finished_demo: Lineage) -> None:
    """`lineage demo` runs three tasks, each of which succeeds."""
    rows = finished_demo.json("runs")["runs"]

    assert [(row["task_id"], row["status"]) for row in rows] == [
        ("t_1A", "succeeded"),
        ("t_1P", "succeeded"),
        ("t_1I", "succeeded"),
    ]


def test_demo_screen_says_what_is_made_up(finished_demo: Lineage) -> None:
    """The screen says that the direct identifiers are synthetic, and so does the history."""
    screen = (finished_demo.root.parent / "screen.txt").read_text()
    rows = finished_demo.json(
        "query", "select metadata from artifacts where uri like '%/people.parquet'"
    )

    assert "generates names" in screen
    assert rows[0]["metadata"]["synthetic_columns"] == ["full_name", "email", "ssn"]


@pytest.mark.slow
def test_second_demo_adds_three_runs(demo: Lineage) -> None:
    """Running the demo again adds three runs to the history and loses none."""
    before = [row["run_id"] for row in demo.json("runs")["runs"]]

    demo("demo")

    after = [row["run_id"] for row in demo.json("runs")["runs"]]
    assert after[3:] == before
    assert len(after) == 6


def test_every_number_of_the_risk_table_is_found_by_query(finished_demo: Lineage) -> None:
    """Each number before and after under "Risk and utility" is a metric in the catalog."""
    screen = (finished_demo.root.parent / "screen.txt").read_text()
    table = screen.split("Risk and utility")[1].split("Warnings")[0].splitlines()[2:]
    rows = [re.split(r" {2,}", line) for line in table]
    texts = [text for row in rows if len(row) == 4 for text in row[1:3]]
    texts = [text for text in texts if text != "not measured"]

    numbers = finished_demo.json(
        "query", "select distinct number from metric_values where number is not null"
    )

    recorded = {f"{row['number']:,.4g}" for row in numbers}
    recorded |= {f"{row['number']:,.0f}" for row in numbers if row["number"] == int(row["number"])}
    recorded |= {f"{row['number']:.1%}".replace(".0%", "%") for row in numbers}
    assert len(texts) > 20
    assert set(texts) <= recorded


def test_every_file_on_the_screen_is_found_by_query(finished_demo: Lineage) -> None:
    """Each file under "Files" on the screen is a recorded dataset version."""
    screen = (finished_demo.root.parent / "screen.txt").read_text()
    shown = set(re.findall(r"DATA/\S+\.\S+", screen.split("Files")[1].split("Risk")[0]))

    recorded = {row["uri"] for row in finished_demo.json("query", "select uri from datasets")}

    assert len(shown) >= 6
    assert shown <= recorded


def test_report_has_every_documented_key(finished_demo: Lineage) -> None:
    """`lineage report t_1A --json` has every key of the documented report structure."""
    report = finished_demo.json("report", "t_1A")

    assert report.keys() >= REPORT_KEYS
    assert report["system_info"].keys() >= {
        "os",
        "python_version",
        "user",
        "machine",
        "cpu_count",
        "pamola_version",
    }
    assert report["operations"][0].keys() >= {"operation", "timestamp", "status", "details"}
    assert report["artifacts"][0].keys() >= {
        "type",
        "path",
        "filename",
        "description",
        "category",
        "tags",
        "size_bytes",
        "timestamp",
        "metadata",
    }


def test_log_has_every_documented_key(finished_demo: Lineage) -> None:
    """`lineage log --json` has every key of the documented log structure."""
    log = finished_demo.json("log")

    assert log.keys() >= LOG_KEYS
    assert log["executions"][0].keys() >= EXECUTION_KEYS
    assert log["tasks"]["t_1A"].keys() >= {
        "task_type",
        "last_execution",
        "last_status",
        "last_report_path",
        "last_task_run_id",
    }
    assert log["executions"][0]["input_files"][0].keys() == {"name", "path"}


def test_exported_files_are_what_the_commands_print(finished_demo: Lineage) -> None:
    """The exported report and log equal what the ledger tells."""
    root = finished_demo.root

    assert json.loads((root / "DATA/reports/t_1A_report.json").read_text()) == finished_demo.json(
        "report", "t_1A"
    )
    assert json.loads((root / "configs/execution_log.json").read_text()) == finished_demo.json(
        "log"
    )


def test_rebuild_brings_every_byte_back(demo: Lineage) -> None:
    """After deleting catalog, log and reports, rebuild --files writes the same bytes."""
    exported = sorted((demo.root / "DATA/reports").glob("*.json"))
    exported.append(demo.root / "configs/execution_log.json")
    before = {path: path.read_bytes() for path in exported}
    tables = _all_tables(demo)
    for path in [*exported, demo.root / ".lineage/catalog.duckdb"]:
        path.unlink()

    demo("rebuild", "--files")

    assert {path: path.read_bytes() for path in exported} == before
    assert len(before) == 4
    assert _all_tables(demo) == tables


def test_released_file_is_5_anonymous_by_an_independent_count(finished_demo: Lineage) -> None:
    """Counting the classes of the released file by hand finds none under 5 people."""
    released = pd.read_parquet(finished_demo.root / RELEASED)
    classes = Counter(
        tuple("missing" if pd.isna(v) else str(v) for v in row)
        for row in released[QUASI_IDENTIFIERS].itertuples(index=False)
    )

    after = _metric(finished_demo, "after.risk.k")

    assert min(classes.values()) >= 5
    assert after == min(classes.values())
    assert _metric(finished_demo, "after.risk.classes") == len(classes)
    assert len(released) == 48_842
    assert not {"full_name", "email", "ssn"} & set(released.columns)


def test_upstream_of_the_release_names_the_raw_digest(finished_demo: Lineage) -> None:
    """The upstream graph of the released file reaches the raw file's digest."""
    raw = finished_demo.json("query", "select sha256 from inputs where uri like '%adult.csv.gz'")

    graph = finished_demo.json("graph", "--upstream", RELEASED)

    ids = {node["id"] for node in graph["nodes"]}
    assert f"DATA/raw/adult.csv.gz@{raw[0]['sha256']}" in ids


@pytest.mark.slow
def test_edited_raw_file_gives_two_versions_with_their_own_downstream(demo: Lineage) -> None:
    """After editing the raw file and running again both versions appear, each with its own."""
    raw = demo.root / "DATA/raw/adult.csv.gz"
    lines = gzip.decompress(raw.read_bytes()).splitlines(keepends=True)
    raw.write_bytes(gzip.compress(b"".join(lines[:-1])))
    demo("demo")
    versions = demo.json(
        "query", "select dataset_id from datasets where uri like '%adult.csv.gz' order by 1"
    )

    downstream = [
        {
            node["id"]
            for node in demo.json("graph", "--downstream", row["dataset_id"])["nodes"]
            if node["id"].startswith(RELEASED)
        }
        for row in versions
    ]

    assert len(versions) == 2
    assert [len(files) for files in downstream] == [1, 1]
    assert downstream[0] != downstream[1]


@pytest.mark.parametrize("text_format", ["mermaid", "dot", "json"])
def test_graph_is_drawn_in_each_format(finished_demo: Lineage, text_format: str) -> None:
    """The graph names the released file in every text format."""
    assert "people_anonymized.parquet" in finished_demo("graph", "--format", text_format)


def test_doctor_finds_the_demo_healthy(finished_demo: Lineage) -> None:
    """`lineage doctor` finds nothing wrong after a demo."""
    assert all(finding["is_ok"] for finding in finished_demo.json("doctor"))


def test_task_refuses_while_its_dependency_failed(demo: Lineage) -> None:
    """t_1A refuses while t_1P's latest run failed, names it, and the refusal is on record."""
    demo("run", "t_1P", "--set", "k=nonsense", code=2)

    message = demo.refuses("run", "t_1A")

    newest = demo.json("runs")["runs"][0]
    assert "t_1P" in message
    assert (newest["task_id"], newest["status"]) == ("t_1A", "refused")


def test_nothing_the_demo_writes_beside_the_data_shows_a_person(finished_demo: Lineage) -> None:
    """No name, address or number of anybody is in a profile, chart, report, log or the ledger."""
    root = finished_demo.root
    people = pd.read_parquet(root / "DATA/processed/t_1I/output/people.parquet")
    written = [
        path
        for path in root.rglob("*")
        if path.is_file() and path.suffix not in {".parquet", ".gz", ".duckdb"}
    ]
    texts = [path.read_bytes().decode("utf-8", "replace") for path in written]
    names = set(people["full_name"])
    for text in texts:
        words = re.findall(r"[A-Z][a-z]+ [A-Z][a-z]+", text)
        assert not names & set(words)
        assert not re.search(r"\w+@example\.com|\b9\d\d-\d\d-\d{4}\b", text)
    assert len(written) > 10


def test_profile_says_why_it_shows_no_values(finished_demo: Lineage) -> None:
    """The demo declares who is identified; the profile gives their counts and the reason."""
    path = finished_demo.root / "DATA/processed/t_1P/dictionaries/people_profile.json"
    columns = {c["name"]: c for c in json.loads(path.read_text())["columns"]}
    withheld = {name: c["withheld"] for name, c in columns.items() if c["withheld"]}
    assert withheld == dict.fromkeys(["full_name", "email", "ssn"], "declared an identifier")
    assert columns["full_name"]["distinct"] > 5_000


def test_release_says_what_it_leaves_open(finished_demo: Lineage) -> None:
    """The release names its unchanged columns, and warns in words of l = 1 and of a large t."""
    report = finished_demo.json("report", "t_1A")
    assert report["artifacts"][0]["description"].endswith(
        "; 2 columns unchanged: occupation, salary-class"
    )
    messages = " ".join(json.dumps(operation) for operation in report["operations"])
    messages += json.dumps(report)
    assert "occupation (l = 1): in " in messages


def test_text_where_a_list_belongs_is_refused_by_name(demo: Lineage) -> None:
    """`--set quasi_identifiers=age` would have been the columns a, g and e."""
    message = demo.refuses("run", "t_1A", "--set", "quasi_identifiers=age")
    assert "quasi_identifiers of KAnonymizeOperation: found 'age', expected a list" in message


def test_columns_derive_from_synthetic_identifiers_only_where_kept(finished_demo: Lineage) -> None:
    """No column of the released file derives from a direct identifier."""
    rows = finished_demo.json(
        "query",
        "select distinct source_column from column_edges where uri like '%people_anonymized%'",
    )

    assert not {"full_name", "email", "ssn"} & {row["source_column"] for row in rows}
    assert {row["source_column"] for row in rows} >= set(QUASI_IDENTIFIERS)


def _all_tables(lineage: Lineage) -> dict[str, list[str]]:
    with Project(lineage.root) as project, project.catalog() as catalog:
        return {
            row["name"]: sorted(map(str, catalog.rows(f'select * from "{row["name"]}"')))
            for row in catalog.rows("show tables")
        }


def _metric(lineage: Lineage, metric: str) -> float:
    rows = lineage.json(
        "query",
        f"select number from metric_values where metric = '{metric}' and task_id = 't_1A'",
    )
    return rows[-1]["number"]


def test_release_is_written_again_byte_by_byte(demo: Lineage) -> None:
    """`lineage rerun` of the release says equal, and changes no file and no other history."""
    before = (demo.root / RELEASED).stat().st_mtime_ns
    found = demo.json("rerun", "t_1A")

    assert [(o["uri"], o["outcome"]) for o in found["outputs"]] == [(RELEASED, "equal")]
    assert (found["outcome"], found["notes"]) == ("equal", [])
    assert (demo.root / RELEASED).stat().st_mtime_ns == before
    assert len(demo.json("runs")["runs"]) == 3
    assert demo("doctor")


def _summary_on(screen: io.StringIO, root: Path, width: int) -> str:
    """Return what the demo says before and after its runs, on a screen of a width."""
    environment = {"COLUMNS": str(width), "LINES": "40", "TERM": "dumb"}
    with (
        patch.dict(os.environ, environment),
        patch("sys.stdout", screen),
        patch("sys.stderr", screen),
        Project(root) as project,
    ):
        demo_summary.print_introduction(project)
        demo_summary.print_summary(project, template.TASK_IDS)
    return screen.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
def test_screen_of_the_demo_keeps_words_whole(finished_demo: Lineage, width: int) -> None:
    """No line is wider than the screen, and no word, date, path or id is broken."""
    whole = _summary_on(io.StringIO(), finished_demo.root, width)

    shown = _summary_on(Terminal(), finished_demo.root, width)

    assert wide_lines(shown, width) == []
    assert broken_words(shown, whole) == []


def test_demo_ends_with_a_release_that_a_policy_judged(finished_demo: Lineage) -> None:
    """Released with k = 5 and no direct identifier, sealed, and audited on one page."""
    [release] = finished_demo.json("releases")
    [flow] = finished_demo.json("privacy", "flow")["files"]
    screen = (finished_demo.root.parent / "screen.txt").read_text("utf-8")

    assert (release["then"], release["now"]) == ("released", "holds")
    assert {one["outcome"] for one in release["evaluated"]} == {"passed"}
    assert flow["verdict"] == "no direct identifier"
    assert "k = 5" in flow["sentence"]
    for word in ("Released", "Protected", "Remains", "Check it"):
        assert f"\n{word} " in screen
    [page] = (finished_demo.root / "DATA/audits").glob("*.html")
    assert "equal" in finished_demo("audit", "--verify", str(page))


def test_file_with_names_is_caught_before_it_is_released(demo: Lineage) -> None:
    """The data before anonymization is refused by every policy that it breaks."""
    leaky = "DATA/processed/t_1I/output/people.parquet"
    told = ("--purpose", "research", "--recipient", "readers of the demo")

    answer = json.loads(demo("release", leaky, *told, "--json", code=1))

    assert answer["violations"] == ["no direct identifier leaves", "five alike"]
    assert "ssn" in answer["evaluated"][0]["reason"]
    assert len(list((demo.root / "DATA/releases").rglob("*.parquet"))) == 1


def test_record_of_the_demo_verifies(finished_demo: Lineage) -> None:
    """What was signed is what is there."""
    assert finished_demo.json("verify")["problems"] == []

"""The cookbook's questions, asked of the demo project whose names they use."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from command_line import Lineage

from projections.examples.cookbook import examples

RELEASED = "DATA/processed/t_1A/output/people_anonymized.parquet"


@pytest.fixture(scope="module")
def answers(finished_demo: Lineage) -> dict[str, list[dict[str, Any]]]:
    """Question to rows, all asked in one shell."""
    commands = "".join(f".examples {example.number}\n" for example in examples())
    done = subprocess.run(
        [sys.executable, "-m", "lineage", "sql", "--json"],
        cwd=finished_demo.root,
        input=commands,
        capture_output=True,
        text=True,
        check=True,
    )
    decoder, rows, at = json.JSONDecoder(), [], 0
    while at < len(done.stdout.rstrip()):
        answer, end = decoder.raw_decode(done.stdout, at)
        rows.append(answer)
        at = end + 1
    return dict(zip((example.question for example in examples()), rows, strict=True))


def test_demo_says_who_made_the_release(answers: dict[str, list[dict[str, Any]]]) -> None:
    """The last task made it, from the table with the people."""
    (maker,) = answers["Who made this file?"]
    sources = [row["uri"] for row in answers["What was this file made from?"]]

    assert (maker["uri"], maker["task_id"]) == (RELEASED, "t_1A")
    assert sources[0] == "DATA/raw/adult.csv.gz"
    assert sources[-1] == "DATA/processed/t_1I/output/people.parquet"


def test_release_of_the_demo_holds_no_identifier(answers: dict[str, list[dict[str, Any]]]) -> None:
    """No released column derives from the made-up ssn, and what was dropped is listed."""
    assert answers["Which released columns still derive from ssn, and by which path?"] == []
    dropped = answers["Which columns of the sources did not make it into a release?"]

    assert {"ssn", "email", "full_name"} <= {row["column_name"] for row in dropped}


def test_disk_of_the_demo_is_as_recorded(answers: dict[str, list[dict[str, Any]]]) -> None:
    """Nothing lies in the data folder that no run knows, and nothing has changed."""
    assert answers["Which files on disk are unknown to the history?"] == []
    assert answers["Which recorded files have since changed or vanished?"] == []
    assert answers["Which files came from outside?"][0]["uri"] == "DATA/raw/adult.csv.gz"

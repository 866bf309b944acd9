"""Every question of the cookbook, with the answer that is right in a known history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from cookbook_history import COPY, PEOPLE, PROFILE, RAW, RAW_SHA256, RELEASE, cookbook_catalog
from hand_clock import START
from projection_scenarios import digest, folded, of_run, operation, read, started, wrote

from lineage.events import AssumedColumn, ColumnsAssumed
from projections import Catalog
from projections.examples.cookbook import Example, examples


def first(minute: int) -> datetime:
    """A minute of the first week."""
    return START + timedelta(minutes=minute)


def second(minute: int) -> datetime:
    """A minute of the second week."""
    return first(minute) + timedelta(weeks=1)


COARSE = ("violated", "too coarse")
"""How the history's policy ends where k is 10, and why."""

ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "Who made this file?": [
        (RELEASE, digest("release a3"), "t_1A", "a3", "ada@host", second(13)),
        (RELEASE, digest("release a2"), "t_1A", "a2", "ada@host", second(4)),
        (RELEASE, digest("release a1"), "t_1A", "a1", "ada@host", first(2)),
    ],
    "What did the latest run of this task read and write?": [
        ("read", PEOPLE, digest("people"), 10, 77),
        ("read", COPY, digest("people"), 10, 78),
        ("wrote", RELEASE, digest("release a3"), 10, 79),
    ],
    "What was this file made from?": [
        (RAW, RAW_SHA256, None),
        (PEOPLE, digest("people"), "t_1I"),
        (COPY, digest("people"), "t_copy"),
    ],
    "What is downstream of this raw file?": [
        (PEOPLE, digest("people"), "t_1I"),
        (PROFILE, digest("profile p1"), "t_1P"),
        (RELEASE, digest("release a1"), "t_1A"),
        (RELEASE, digest("release a2"), "t_1A"),
        (PROFILE, digest("profile p2"), "t_1P"),
        (COPY, digest("people"), "t_copy"),
        (RELEASE, digest("release a3"), "t_1A"),
    ],
    "Which runs used a dataset version that was later found bad?": [
        ("t_1I", "i1", "succeeded", first(0), True),
        ("t_1P", "p1", "succeeded", first(1), False),
        ("t_1A", "a1", "succeeded", first(2), False),
        ("t_1A", "a2", "succeeded", second(4), False),
        ("t_1P", "p2", "succeeded", second(7), False),
        ("t_copy", "c1", "succeeded", second(12), False),
        ("t_1A", "a3", "succeeded", second(13), False),
    ],
    "Which versions did this file have, and how long was each the newest?": [
        (digest("release a1"), 205, 10, "t_1A", "a1", first(2), second(4)),
        (digest("release a2"), 210, 10, "t_1A", "a2", second(4), second(13)),
        (digest("release a3"), 210, 10, "t_1A", "a3", second(13), None),
    ],
    "Which files came from outside?": [
        (RAW, RAW_SHA256, 600, ["t_1I"]),
    ],
    "Which files are read by several tasks?": [
        (PEOPLE, 3, ["t_1A", "t_1P", "t_copy"]),
    ],
    "Which artifacts take the most space?": [
        (PEOPLE, "parquet", "output", 1300, "t_1I"),
        (COPY, "parquet", "output", 1300, "t_copy"),
        (RELEASE, "parquet", "output", 210, "t_1A"),
        (RELEASE, "parquet", "output", 210, "t_1A"),
        (RELEASE, "parquet", "output", 205, "t_1A"),
        (PROFILE, "json", "output", 20, "t_1P"),
        (PROFILE, "json", "output", 20, "t_1P"),
    ],
    "Which files have the same content?": [
        (digest("people"), [PEOPLE, COPY], 1300),
    ],
    "Which files on disk are unknown to the history?": [
        ("DATA/raw/stray.csv", 7, first(0)),
    ],
    "Which recorded files have since changed or vanished?": [
        (PEOPLE, "changed", digest("people"), digest("somebody edited it")),
        (COPY, "vanished", digest("people"), None),
    ],
    "Which released columns still derive from ssn, and by which path?": [
        (
            "person",
            [
                "people.parquet:ssn",
                "people_copy.parquet:person",
                "people_anonymized.parquet:person",
            ],
            ["identity", "masking"],
            True,
            RELEASE,
            digest("release a3"),
            "declared",
        ),
        (
            "token",
            ["people.parquet:ssn", "people_anonymized.parquet:token"],
            ["pseudonymization"],
            True,
            RELEASE,
            digest("release a3"),
            "declared",
        ),
        (
            "token",
            ["people.parquet:ssn", "people_anonymized.parquet:token"],
            ["pseudonymization"],
            True,
            RELEASE,
            digest("release a2"),
            "declared",
        ),
        (
            "token",
            ["people.parquet:ssn", "people_anonymized.parquet:token"],
            ["pseudonymization"],
            True,
            RELEASE,
            digest("release a1"),
            "declared",
        ),
    ],
    "What produced each column of a release, and with what effect?": [
        ("age", ["age"], ["generalization"], ["zip"], "KAnonymizeOperation"),
        ("occupation", ["occupation"], ["identity"], None, "KAnonymizeOperation"),
        ("person", ["person"], ["masking"], None, "KAnonymizeOperation"),
        ("token", ["ssn"], ["pseudonymization"], None, "KAnonymizeOperation"),
    ],
    "Which columns were released unchanged?": [
        (RELEASE, digest("release a1"), "occupation", PEOPLE, "occupation", "declared"),
        (RELEASE, digest("release a2"), "occupation", PEOPLE, "occupation", "declared"),
        (RELEASE, digest("release a3"), "occupation", PEOPLE, "occupation", "declared"),
    ],
    "Which columns of the sources did not make it into a release?": [
        (PEOPLE, "zip", "declared"),
    ],
    "Who ran what, and when?": [
        (second(13), "ada@host", "t_1A", "succeeded", 11.0, "a3"),
        (second(12), "ada@host", "t_copy", "succeeded", 1.0, "c1"),
        (second(11), "ada@host", "t_stop", "succeeded", 0.25, "s3"),
        (second(9), "ada@host", "t_stop", "interrupted", None, "s2"),
        (second(8), "ada@host", "t_stop", "interrupted", None, "s1"),
        (second(7), "ada@host", "t_1P", "succeeded", 1.5, "p2"),
        (second(6), "ada@host", "t_late", "refused", None, "l1"),
        (second(5), "ada@host", "t_never", "failed", 2.0, "f2"),
        (second(4), "ada@host", "t_1A", "succeeded", 11.0, "a2"),
        (first(3), "ada@host", "t_never", "failed", 2.0, "f1"),
        (first(2), "ada@host", "t_1A", "succeeded", 6.0, "a1"),
        (first(1), "ada@host", "t_1P", "succeeded", 1.5, "p1"),
        (first(0), "ada@host", "t_1I", "succeeded", 3.5, "i1"),
    ],
    "How did the latest run of each task end?": [
        ("t_1A", "succeeded", second(13), 3),
        ("t_1I", "succeeded", first(0), 1),
        ("t_1P", "succeeded", second(7), 2),
        ("t_copy", "succeeded", second(12), 1),
        ("t_late", "refused", second(6), 1),
        ("t_never", "failed", second(5), 2),
        ("t_stop", "succeeded", second(11), 3),
    ],
    "Which tasks have never succeeded?": [
        ("t_late", 1, "refused", "t_never has not succeeded"),
        ("t_never", 2, "failed", "disk on fire"),
    ],
    "What share of the runs fails, by task and week?": [
        ("t_1A", date(2025, 12, 29), 1, 0, 0.0),
        ("t_1I", date(2025, 12, 29), 1, 0, 0.0),
        ("t_1P", date(2025, 12, 29), 1, 0, 0.0),
        ("t_never", date(2025, 12, 29), 1, 1, 100.0),
        ("t_1A", date(2026, 1, 5), 2, 0, 0.0),
        ("t_1P", date(2026, 1, 5), 1, 0, 0.0),
        ("t_copy", date(2026, 1, 5), 1, 0, 0.0),
        ("t_never", date(2026, 1, 5), 1, 1, 100.0),
        ("t_stop", date(2026, 1, 5), 3, 0, 0.0),
    ],
    "Which runs were refused, and why?": [
        (second(6), "t_late", "t_never", "t_never has not succeeded", "l1"),
    ],
    "Which interrupted runs have not been resumed?": [
        ("t_stop", "s1", second(8), "process 4711 is gone", "after s1"),
    ],
    "What changed between the last two runs of this task?": [
        ("code", "KAnonymizeOperation", "1", "2"),
        ("input", COPY, None, digest("people")),
        ("output", RELEASE, digest("release a2"), digest("release a3")),
    ],
    "Which runs did the same on the same inputs, with a different result?": [
        ("t_1P", PROFILE, 2, ["p1", "p2"]),
    ],
    "Which records were changed afterwards, and which runs were hidden?": [
        (second(14), "f2", "annotated", {"note": "disk replaced"}, None),
        (second(15), "f1", "archived", None, "a test of the alarm"),
    ],
    "How much happens on each day?": [
        (date(2026, 1, 1), 28, 4),
        (date(2026, 1, 8), 67, 10),
    ],
    "Which operations were slowest, by week?": [
        (date(2025, 12, 29), "t_1A", "KAnonymizeOperation", 5.0, "a1"),
        (date(2025, 12, 29), "t_1I", "IngestOperation", 3.0, "i1"),
        (date(2025, 12, 29), "t_1P", "ProfileOperation", 1.0, "p1"),
        (date(2026, 1, 5), "t_1A", "KAnonymizeOperation", 10.0, "a2"),
        (date(2026, 1, 5), "t_1A", "KAnonymizeOperation", 10.0, "a3"),
        (date(2026, 1, 5), "t_1P", "ProfileOperation", 3.0, "p2"),
    ],
    "Which operations were retried?": [
        ("t_1P", "ProfileOperation", "p2", 2, 6.0, "success", "slow disk"),
    ],
    "Which operations reused an earlier result?": [
        ("t_stop", "s3", "FirstOperation", "reused: same key and artifacts", "s2", 1),
    ],
    "How did the parameters of an operation change over time?": [
        (second(4), "a2", "k", "5", "10"),
    ],
    "Which errors and warnings are most frequent?": [
        ("error", "disk on fire", 2, 2, second(5)),
        ("warning", "1 column looks like an id", 2, 2, second(7)),
        ("warning", "attempt 1 failed, the next after 2.0 s: slow disk", 1, 1, second(7)),
        ("warning", "attempt 2 failed, the next after 4.0 s: slow disk", 1, 1, second(7)),
    ],
    "Which runs needed the most memory?": [
        ("t_1A", "a2", 1000.0, 11.0),
        ("t_1A", "a3", 1000.0, 11.0),
        ("t_1A", "a1", 500.0, 6.0),
        ("t_1I", "i1", 300.0, 3.5),
        ("t_copy", "c1", 75.0, 1.0),
        ("t_stop", "s3", 50.0, 0.25),
    ],
    "Which stages fail most often?": [
        ("harvard", "collect", 40, 10, 25.0, "404"),
    ],
    "How did a metric change from run to run?": [
        ("risk.k", first(2), "a1", 5.0, None),
        ("risk.k", second(4), "a2", 10.0, 5.0),
        ("risk.k", second(13), "a3", 10.0, 0.0),
    ],
    "Which policies failed, and on which file?": [
        (second(13), "t_1A", "k-anonymity", *COARSE, RELEASE, digest("release a3"), None),
        (second(4), "t_1A", "k-anonymity", *COARSE, RELEASE, digest("release a2"), None),
    ],
    "Which versions of Python and its packages made a release?": [
        (RELEASE, "a1", "3.11.9", "0.1.0", "numpy", "2.1.0"),
        (RELEASE, "a1", "3.11.9", "0.1.0", "pandas", "2.3.1"),
        (RELEASE, "a2", "3.11.9", "0.1.0", "numpy", "2.1.0"),
        (RELEASE, "a2", "3.11.9", "0.1.0", "pandas", "3.0.0"),
        (RELEASE, "a3", "3.11.9", "0.1.0", "numpy", "2.1.0"),
        (RELEASE, "a3", "3.11.9", "0.1.0", "pandas", "3.0.0"),
    ],
    "Which releases were made with other package versions than the one before?": [
        (second(4), "a2", "pandas", "2.3.1", "3.0.0"),
    ],
    "How much of the history is sealed?": [
        (60, 95, 35, second(22)),
    ],
    "Which keys are in use or destroyed, and in which version?": [
        ("k1", "payloads", "active", 2, second(16), None),
        ("k2", "payloads", "active", 1, second(17), None),
        ("k3", "seals", "destroyed", 1, second(19), second(20)),
    ],
}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The catalog of the cookbook's history."""
    with cookbook_catalog(tmp_path_factory.mktemp("cookbook")) as opened:
        yield opened


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.question)
def test_question_is_answered(catalog: Catalog, example: Example) -> None:
    """The SQL of the cookbook gives exactly the rows that the history implies."""
    assert catalog.sql(example.sql).fetchall() == ANSWERS[example.question]


@pytest.mark.parametrize(
    ("question", "known"),
    [
        ("Which released columns still derive", {"ssn": "assumed", "note": "unknown"}),
        ("What produced each column", {"ssn": ["identity (assumed)"], "note": ["undeclared"]}),
        ("Which columns were released unchanged", {"ssn": "assumed", "note": "unknown"}),
        ("Which columns of the sources did not", {"age": "unknown"}),
    ],
)
def test_release_that_declared_nothing_is_told_as_unknown(question: str, known: Any) -> None:
    """A column is never left out of an answer because nobody said where it came from."""
    (example,) = (e for e in examples() if e.question.startswith(question))
    same = AssumedColumn(column="ssn", source_uri=PEOPLE, source_sha256=digest("people"))
    with folded(
        of_run(
            started(),
            operation(),
            read(PEOPLE, "people", columns=("ssn", "age")),
            wrote(RELEASE, "release", columns=("ssn", "note")),
            ColumnsAssumed(operation=1, uri=RELEASE, sha256=digest("release"), columns=(same,)),
        )
    ) as history:
        rows = history.catalog.rows(example.sql.rstrip(";"))

    assert {row["column_name"]: row.get("known") or row["effects"] for row in rows} == known


def test_every_answer_belongs_to_a_question() -> None:
    """No answer is left of a question that was renamed or removed, and none is empty."""
    assert set(ANSWERS) == {example.question for example in examples()}
    assert all(ANSWERS.values())


def test_questions_are_numbered_and_told_apart() -> None:
    """Each has its number, its own words, a topic, and one statement."""
    listed = examples()

    assert [example.number for example in listed] == list(range(1, len(listed) + 1))
    assert len({example.question for example in listed}) == len(listed)
    assert all(example.topic and example.question.endswith("?") for example in listed)
    assert all(example.sql.endswith(";") and example.sql.count(";") == 1 for example in listed)


def test_only_questions_about_the_disk_need_its_files() -> None:
    """What a question needs beside the catalog is what its SQL names."""
    assert [e.question for e in examples() if e.needs] == [
        e.question for e in examples() if "disk_files" in e.sql
    ]

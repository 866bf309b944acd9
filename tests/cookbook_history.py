"""A history in which every question of the cookbook has an answer that could be wrong.

Two weeks of a small project: raw data is ingested (i1), profiled (p1, p2), anonymized three times
(a1, a2, a3), copied (c1); one task never succeeds (f1, f2), one is refused because of it (l1), one
is interrupted (s1, s2) and taken up again once (s3).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from hand_clock import START, HandClock
from projection_scenarios import (
    Step,
    append,
    broken,
    checkpoint,
    digest,
    done,
    environment,
    error,
    failed,
    metric,
    of,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import (
    ColumnsDerived,
    KeyCreated,
    KeyDestroyed,
    KeyRotated,
    OperationRetryScheduled,
    OperationSkipped,
    PolicyEvaluated,
    ProcessCounted,
    ProcessErrorRecorded,
    ProcessStarted,
    RunAnnotated,
    RunArchived,
    RunInterrupted,
    RunRefused,
    RunResumed,
    SealSigned,
    WarningRaised,
    streams,
)
from lineage.events.data import DerivedColumn
from lineage.ledger import Ledger
from lineage.upkeep.disk import SCHEMA
from projections import Catalog, Projector

DAY_S = 24 * 60 * 60
RAW = "DATA/raw/adult.csv.gz"
RAW_SHA256 = "2e7e3fb9" + 56 * "0"
PEOPLE = "DATA/processed/t_1I/output/people.parquet"
PROFILE = "DATA/processed/t_1P/dictionaries/people_profile.json"
RELEASE = "DATA/processed/t_1A/output/people_anonymized.parquet"
COPY = "DATA/processed/t_copy/output/people_copy.parquet"
COLUMNS = ("ssn", "age", "zip", "occupation")
CONFIGURATION = digest("k = 10")


def column(
    name: str, source: tuple[str, str | None, str], effect: Any, *, is_direct: bool = True
) -> DerivedColumn:
    """One step from a source column."""
    uri, sha256, source_column = source
    return DerivedColumn(
        column=name,
        source_uri=uri,
        source_sha256=sha256,
        source_column=source_column,
        effect=effect,
        is_direct=is_direct,
    )


def ingestion() -> Step:
    """Run i1: raw data becomes people."""
    copied = (column(name, (RAW, RAW_SHA256, name), "identity") for name in COLUMNS)
    return of_run(
        started(report_path="DATA/reports/t_1I_report.json"),
        operation(name="IngestOperation"),
        read(RAW, sha256=RAW_SHA256, size_bytes=600, columns=COLUMNS),
        wrote(PEOPLE, "people", artifact_type="parquet", size_bytes=1300, columns=COLUMNS),
        ColumnsDerived(operation=1, uri=PEOPLE, sha256=digest("people"), columns=tuple(copied)),
        done(duration_s=3.0),
        succeeded(duration_s=3.5, peak_memory_mb=300.0),
        run="i1",
        task="t_1I",
    )


def profiling(run: str, *, retries: int) -> Step:
    """Runs p1 and p2: a profile, at the first or a later attempt."""
    tried = (
        OperationRetryScheduled(operation=1, attempt=n, wait_s=2.0**n, error=error("slow disk"))
        for n in range(1, retries + 1)
    )
    return of_run(
        started(report_path="DATA/reports/t_1P_report.json"),
        operation(name="ProfileOperation"),
        *tried,
        read(PEOPLE, "people", columns=COLUMNS),
        wrote(PROFILE, f"profile {run}", artifact_type="json", size_bytes=20),
        WarningRaised(operation=1, name="ProfileOperation", message="1 column looks like an id"),
        done(duration_s=1.0 + retries),
        succeeded(duration_s=1.5, peak_memory_mb=None),
        run=run,
        task="t_1P",
    )


def anonymization(
    run: str,
    k: int,
    *,
    pandas: str,
    code: str,
    config: str | None = None,
    more: tuple[DerivedColumn, ...] = (),
) -> Step:
    """Runs a1, a2, a3: a release each, the last one with a column from the copy."""
    people = (PEOPLE, digest("people"))
    release = digest(f"release {run}")
    derived = (
        column("token", (*people, "ssn"), "pseudonymization"),
        column("age", (*people, "age"), "generalization"),
        column("age", (*people, "zip"), "generalization", is_direct=False),
        column("occupation", (*people, "occupation"), "identity"),
        *more,
    )
    return of_run(
        started(report_path="DATA/reports/t_1A_report.json", config_sha256=config),
        environment().model_copy(update={"packages": {"numpy": "2.1.0", "pandas": pandas}}),
        operation(name="KAnonymizeOperation", parameters={"k": k, "columns": ["age"]}).model_copy(
            update={"code_version": code}
        ),
        read(PEOPLE, "people", columns=COLUMNS),
        *(read(COPY, "people", columns=("person",)) for _ in more),
        wrote(
            RELEASE,
            f"release {run}",
            artifact_type="parquet",
            size_bytes=200 + k,
            columns=("token", "age", "occupation"),
            rows=10,
        ),
        ColumnsDerived(operation=1, uri=RELEASE, sha256=release, columns=derived),
        metric("risk", {"k": k}, by=1),
        PolicyEvaluated(
            policy="k-anonymity",
            kind="k_at_least",
            severity="block",
            uri=RELEASE,
            sha256=release,
            outcome="passed" if k < 10 else "violated",
            required={"k": 5},
            measured={"k": k},
            reason="" if k < 10 else "too coarse",
            waiver=None,
        ),
        done(duration_s=float(k)),
        succeeded(duration_s=k + 1.0, peak_memory_mb=100.0 * k),
        run=run,
        task="t_1A",
    )


def failure(run: str) -> Step:
    """Runs f1 and f2: a task that never succeeds."""
    return of_run(
        started(report_path="DATA/reports/t_never_report.json"),
        operation(name="BreakOperation"),
        broken(message="disk on fire"),
        failed(message="disk on fire"),
        run=run,
        task="t_never",
    )


def interrupted(run: str) -> Step:
    """Runs s1 and s2: stopped after their first operation."""
    return of_run(
        started(report_path="DATA/reports/t_stop_report.json"),
        operation(name="FirstOperation"),
        done(duration_s=0.5),
        checkpoint(f"after {run}", state={}),
        RunInterrupted(reason="process_gone", detail="process 4711 is gone"),
        run=run,
        task="t_stop",
    )


FIRST_WEEK = (
    ingestion(),
    profiling("p1", retries=0),
    anonymization("a1", 5, pandas="2.3.1", code="1"),
    failure("f1"),
)
REFUSED = RunRefused(
    task_type="profiling",
    description="",
    report_path="DATA/reports/t_late_report.json",
    reason="dependency",
    message="t_never has not succeeded",
    depends_on="t_never",
    depends_on_run="f1",
)
SECOND_WEEK = (
    anonymization("a2", 10, pandas="3.0.0", code="1", config=CONFIGURATION),
    failure("f2"),
    of_run(REFUSED, run="l1", task="t_late"),
    profiling("p2", retries=2),
    interrupted("s1"),
    interrupted("s2"),
    of_run(RunResumed(resumed_by="s3"), run="s2", task="t_stop"),
    of_run(
        started(report_path="DATA/reports/t_stop_report.json", resumes="s2"),
        OperationSkipped(
            operation=1,
            name="FirstOperation",
            reason="reused: same key and artifacts",
            reused_run="s2",
            reused_operation=1,
        ),
        succeeded(duration_s=0.25, peak_memory_mb=50.0),
        run="s3",
        task="t_stop",
    ),
    of_run(
        started(report_path="DATA/reports/t_copy_report.json"),
        operation(name="CopyOperation"),
        read(PEOPLE, "people", columns=COLUMNS),
        wrote(COPY, "people", artifact_type="parquet", size_bytes=1300, columns=("person",)),
        ColumnsDerived(
            operation=1,
            uri=COPY,
            sha256=digest("people"),
            columns=(column("person", (PEOPLE, digest("people"), "ssn"), "identity"),),
        ),
        done(duration_s=0.75),
        succeeded(duration_s=1.0, peak_memory_mb=75.0),
        run="c1",
        task="t_copy",
    ),
    anonymization(
        "a3",
        10,
        pandas="3.0.0",
        code="2",
        config=CONFIGURATION,
        more=(column("person", (COPY, digest("people"), "person"), "masking"),),
    ),
    of_run(RunAnnotated(changes={"note": "disk replaced"}), run="f2", task="t_never"),
    of_run(RunArchived(reason="a test of the alarm"), run="f1", task="t_never"),
    of("key:k1", KeyCreated(key_id="k1", purpose="payloads", algorithm="AES-256-GCM")),
    of("key:k2", KeyCreated(key_id="k2", purpose="payloads", algorithm="AES-256-GCM")),
    of("key:k1", KeyRotated(key_id="k1", key_version=2, data_keys=5, old_forgotten=False)),
    of("key:k3", KeyCreated(key_id="k3", purpose="seals", algorithm="Ed25519")),
    of("key:k3", KeyDestroyed(key_id="k3", reason="lost")),
    of(
        "process:h",
        ProcessStarted(run_name="harvard", process_name="collect", session_id=1, occurred_at=START),
        ProcessCounted(
            processed=40, successful=30, failed=10, retried=1, bytes_processed=9, worked_us=5
        ),
        ProcessErrorRecorded(error_type="http", count=10, message="404", occurred_at=START),
    ),
    of(
        streams.SEALS,
        SealSigned(
            tree_size=60,
            root_sha256=digest("tree"),
            frontier=(digest("left"),),
            verifier_key="demo+00000000+AQID",
            note="demo\n60\n",
        ),
    ),
)


@contextmanager
def cookbook_catalog(folder: Path) -> Iterator[Catalog]:
    """The catalog of this history, with a listing of a disk on which something happened since."""
    clock = HandClock()
    with Ledger("memory://", clock=clock, actor="ada@host") as ledger:
        for week in (FIRST_WEEK, SECOND_WEEK):
            for step in week:
                append(ledger, step)
                clock.move(60)
            clock.move(7 * DAY_S)
        with Projector(ledger, folder / "unused.duckdb").as_of(ledger.head()) as catalog:
            yield catalog.register("disk_files", disk())


def disk() -> pa.Table:
    """The raw file as it was, people changed, releases and copy gone, and a stray file."""
    found = {
        RAW: RAW_SHA256,
        PEOPLE: digest("somebody edited it"),
        PROFILE: digest("profile p2"),
        RELEASE: digest("release a3"),
        "DATA/raw/stray.csv": digest("stray"),
        "DATA/reports/t_1A_report.json": digest("report"),
    }
    rows = [
        {"uri": uri, "sha256": sha256, "size_bytes": 7, "modified_at": START}
        for uri, sha256 in found.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)

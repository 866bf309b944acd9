"""Logs written elsewhere are taken over whole; what cannot be is named and kept."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from small_tasks import recorded

from lineage.events import RunImported, streams
from lineage.execution_log import functions as log
from lineage.execution_log import interchange
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.settings import STATE_FOLDER

RUN_I = "f8a7d3e1-2b56-4c9a-8f7e-3d1a2b3c4d5e"
RUN_P = "a1b2c3d4-e5f6-7a8b-9c0d-1e2f3a4b5c6d"
DOCUMENTED: dict[str, Any] = {
    "tasks": {
        "t_1I": {
            "task_type": "ingestion",
            "last_execution": 1714502400,
            "last_status": "success",
            "last_report_path": "DATA/reports/t_1I_report.json",
            "last_task_run_id": RUN_I,
        },
        "t_1P": {
            "task_type": "profiling",
            "last_execution": 1714505000,
            "last_status": "success",
            "last_report_path": "DATA/reports/t_1P_report.json",
            "last_task_run_id": RUN_P,
        },
    },
    "executions": [
        {
            "task_id": "t_1I",
            "task_type": "ingestion",
            "task_run_id": RUN_I,
            "timestamp": "2025-05-01T12:00:00",
            "success": True,
            "execution_time": 45.2,
            "report_path": "DATA/reports/t_1I_report.json",
            "input_files": [{"name": "customers", "path": "DATA/raw/customers.csv"}],
            "output_files": [
                {
                    "path": "DATA/processed/t_1I/output/processed_customers.csv",
                    "type": "csv",
                    "description": "Processed customer data",
                }
            ],
            "hostname": "analysis-server",
        },
        {
            "task_id": "t_1P",
            "task_type": "profiling",
            "task_run_id": RUN_P,
            "timestamp": "2025-05-01T13:00:00",
            "success": True,
            "execution_time": 120.5,
            "report_path": "DATA/reports/t_1P_report.json",
            "input_files": [
                {
                    "name": "customers",
                    "path": "DATA/processed/t_1I/output/processed_customers.csv",
                }
            ],
            "output_files": [
                {
                    "path": "DATA/processed/t_1P/output/customer_profile.json",
                    "type": "json",
                    "description": "Customer data profile",
                },
                {
                    "path": "DATA/processed/t_1P/output/profile_chart.png",
                    "type": "png",
                    "description": "Profile visualization",
                },
            ],
            "hostname": "analysis-server",
        },
    ],
    "timestamp": "2025-05-01T13:10:00",
    "version": "1.0.0",
    "last_modified": "2025-05-01T13:10:00",
}
"""The log that the contract shows."""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without events in the current folder."""
    folder = tmp_path / "project"
    (folder / STATE_FOLDER).mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("LINEAGE_PROJECT", raising=False)
    monkeypatch.delenv("LINEAGE_LEDGER", raising=False)
    return folder


@pytest.fixture
def documented() -> dict[str, Any]:
    """The log that the contract shows, to be changed."""
    return copy.deepcopy(DOCUMENTED)


def take(document: object, *, merge: bool = False) -> None:
    """Write a document to a file and import it."""
    path = Path("imported.json")
    path.write_text(json.dumps(document))
    assert log.import_execution_log(path, merge) is True


def record(task: str = "t_1I", **options: Any) -> str:
    """Record a run here."""
    return log.record_task_execution(task, "ingestion", True, 1.0, Path("r.json"), **options)


def executions() -> list[Any]:
    """Return the executions of the exported log."""
    exported: list[Any] = json.loads(log.export_execution_log().read_text())["executions"]
    return exported


def tasks() -> dict[str, Any]:
    """Return the tasks of the exported log."""
    exported: dict[str, Any] = json.loads(log.export_execution_log().read_text())["tasks"]
    return exported


def ids() -> list[str]:
    """Return the run ids of the exported log, in order."""
    return [entry["task_run_id"] for entry in executions()]


def position(root: Path) -> int:
    """Return how many events the history has."""
    with Project(root) as project:
        return project.ledger.head()


# Taking over whole


@pytest.mark.parametrize("merge", [False, True])
def test_the_documented_log_is_exported_as_it_was(merge: bool) -> None:  # noqa: FBT001  # a parameter
    """Every key of every execution and of every task comes back."""
    take(DOCUMENTED, merge=merge)
    assert executions() == DOCUMENTED["executions"]
    assert tasks() == DOCUMENTED["tasks"]
    assert log.validate_execution_log() == (True, [])


def test_imported_runs_answer_like_recorded_ones() -> None:
    """History, latest and producer know them."""
    take(DOCUMENTED)
    assert [r["task_run_id"] for r in log.get_task_execution_history()] == [RUN_P, RUN_I]
    latest = log.find_latest_execution("t_1I")
    assert latest == DOCUMENTED["executions"][0]
    producer = log.find_task_by_output("DATA/processed/t_1I/output/processed_customers.csv")
    assert producer == DOCUMENTED["executions"][0]


def test_the_producer_is_found_however_the_import_spells_the_path(
    root: Path, documented: dict[str, Any]
) -> None:
    """A log with absolute paths, or with ./ before them, is no dead end."""
    absolute = str(root / "out" / "x.csv")
    documented["executions"][0]["output_files"] = [{"path": absolute}]
    take(documented)
    for asked in ("out/x.csv", absolute, Path("out/../out/x.csv")):
        producer = log.find_task_by_output(asked)
        assert producer is not None
        assert producer["task_run_id"] == RUN_I


def test_importing_twice_adds_nothing(root: Path, documented: dict[str, Any]) -> None:
    """Behaviour 18: neither merge nor replace records again what is known, faults included."""
    documented["executions"].append({"task_id": "t_1I"})
    take(documented)
    before = position(root)
    take(documented, merge=True)
    take(documented, merge=False)
    assert position(root) == before


def test_export_into_an_empty_project_is_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behaviour 18: recorded, imported and changed runs survive the way through a file."""
    take(DOCUMENTED)
    run = record(input_datasets={"a": "R&D.csv", "evil": "/etc/passwd"}, output_artifacts=["b"])
    log.update_execution_record(run, {"notes": [1, None, {"ü": "ß"}]})
    log.update_execution_record(RUN_P, {"hostname": "other"})
    exported = json.loads(log.export_execution_log(tmp_path / "backup.json").read_text())
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    log.import_execution_log(tmp_path / "backup.json")
    assert executions() == exported["executions"]
    assert tasks() == exported["tasks"]


def test_unknown_keys_and_nulls_of_a_record_are_kept(documented: dict[str, Any]) -> None:
    """What we know nothing of comes back as it was."""
    documented["executions"][0] |= {
        "git": {"sha": "abc", "dirty": None},
        "=key": [],
        "hostname": None,
    }
    del documented["executions"][1]["execution_time"]
    take(documented)
    assert executions() == documented["executions"]


def test_times_with_and_without_offset_stand_in_order(documented: dict[str, Any]) -> None:
    """A time without offset counts as UTC; the text stays as it was."""
    documented["executions"][0]["timestamp"] = "2025-05-01T16:00:00+02:00"
    documented["executions"][1]["timestamp"] = "2025-05-01T13:30:00"
    take(documented)
    assert ids() == [RUN_P, RUN_I]
    assert executions()[1]["timestamp"] == "2025-05-01T16:00:00+02:00"


def test_an_old_import_stands_before_the_runs_recorded_here() -> None:
    """Runs of last year do not become the latest ones by being imported today."""
    run = record()
    take(DOCUMENTED, merge=True)
    assert ids() == [RUN_I, RUN_P, run]
    latest = log.find_latest_execution("t_1I")
    assert latest is not None
    assert latest["task_run_id"] == run


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    """Editors on Windows put one at the beginning."""
    path = Path("imported.json")
    path.write_text(json.dumps(DOCUMENTED), encoding="utf-8-sig")
    assert log.import_execution_log(path)
    assert len(executions()) == 2


def test_saving_a_loaded_log_changes_nothing(root: Path) -> None:
    """The two inner functions of the contract are each other's inverse."""
    take(DOCUMENTED)
    before = position(root)
    log._save_execution_log(log._load_execution_log())
    assert position(root) == before


def test_run_ids_that_differ_in_case_are_one_run(root: Path, documented: dict[str, Any]) -> None:
    """RFC 9562: an id in capitals, as Windows tools write it, is the run known by small letters."""
    documented["executions"][0]["task_run_id"] = RUN_I.upper()
    documented["tasks"]["t_1I"]["last_task_run_id"] = RUN_I.upper()
    take(documented)
    before = position(root)
    take(DOCUMENTED)
    take(documented, merge=True)
    assert ids() == [RUN_I, RUN_P]
    assert tasks() == DOCUMENTED["tasks"]
    assert position(root) == before


def test_run_id_twice_in_another_case_is_set_aside(documented: dict[str, Any]) -> None:
    """Two entries of one log cannot be one run."""
    documented["executions"].append(documented["executions"][1] | {"task_run_id": RUN_P.upper()})
    take(documented)
    assert ids() == [RUN_I, RUN_P]
    _, faults = log.validate_execution_log()
    assert faults == [f"imported.json: execution 3: run id {RUN_P!r} occurs more than once"]


def test_run_imported_in_capitals_by_an_earlier_release_stays_one_run(root: Path) -> None:
    """The history may have the id in capitals; importing it in small letters adds nothing."""
    entry = DOCUMENTED["executions"][0] | {"task_run_id": RUN_I.upper()}
    with Project(root) as project:
        interchange._take_over_runs(project, [entry], "old.json")
    before = position(root)
    take({"executions": DOCUMENTED["executions"][:1]})
    assert (ids(), position(root)) == ([RUN_I.upper()], before)
    assert log.remove_execution_record(RUN_I.upper())
    assert ids() == []


def test_record_is_changed_by_its_id_in_capitals() -> None:
    """Whoever copies an id from another tool need not know how we write it."""
    run = record()
    assert log.update_execution_record(run.upper(), {"hostname": "other"})
    assert executions()[0]["hostname"] == "other"


def test_negative_duration_is_no_change_of_a_record() -> None:
    """What an import refuses cannot enter by a change."""
    run = record()
    with pytest.raises(log.ExecutionLogError, match="execution_time is negative"):
        log.update_execution_record(run, {"execution_time": -5})


# Merge and replace


def test_merge_keeps_the_runs_that_are_not_in_the_file() -> None:
    """With merge=True the import only adds."""
    run = record("t_9")
    take(DOCUMENTED, merge=True)
    assert set(ids()) == {run, RUN_I, RUN_P}


def test_replace_hides_the_runs_that_are_not_in_the_file(root: Path) -> None:
    """By default the log is what the file says; the ledger still has the others."""
    run = record("t_9")
    take(DOCUMENTED)
    assert ids() == [RUN_I, RUN_P]
    assert tasks() == DOCUMENTED["tasks"]
    with Project(root) as project:
        assert project.ledger.read_stream(streams.run(run))


def test_replace_leaves_a_run_in_progress_in_the_log(root: Path) -> None:
    """Nobody's run disappears while it is at work."""
    with Project(root) as project:
        recorder = RunRecorder(project, "t_9")
        recorder.begin(run_started(task_type="x", description="", report_path="r.json"))
        take(DOCUMENTED)
        assert ids() == [RUN_I, RUN_P, recorder.run_id]


def test_replace_keeps_a_run_whose_entry_is_broken(documented: dict[str, Any]) -> None:
    """A broken entry is no reason to hide the run it is about."""
    take(DOCUMENTED)
    del documented["executions"][0]["success"]
    take(documented)
    assert ids() == [RUN_I, RUN_P]


def test_a_removed_run_is_shown_again_when_it_is_imported() -> None:
    """Removing and importing is the way to a restored record."""
    take(DOCUMENTED)
    log.remove_execution_record(RUN_I)
    assert ids() == [RUN_P]
    take(DOCUMENTED, merge=True)
    assert ids() == [RUN_I, RUN_P]


def test_replace_takes_back_what_was_changed_since_the_backup() -> None:
    """Importing a backup gives the log of the backup; merging it leaves the changes."""
    run = record()
    backup = log.export_execution_log(Path("backup.json"))
    saved = executions()
    log.update_execution_record(run, {"hostname": "wrong", "success": False})
    log.import_execution_log(backup, merge=True)
    assert executions()[0]["hostname"] == "wrong"
    log.import_execution_log(backup)
    assert executions() == saved


def test_a_backup_made_while_a_run_was_at_work_does_not_undo_its_end(root: Path) -> None:
    """What was recorded stays; only what was changed afterwards can be taken back."""
    with Project(root) as project:
        recorder = RunRecorder(project, "t_9")
        recorder.begin(run_started(task_type="x", description="", report_path="r.json"))
        backup = log.export_execution_log(Path("backup.json"))
        recorder.succeed()
    log.import_execution_log(backup)
    assert executions()[0]["success"] is True


def test_an_older_summary_replaces_neither_a_newer_one_nor_a_run(
    documented: dict[str, Any],
) -> None:
    """Behaviour 18: an old backup that is merged changes nothing of what came after it."""
    newer = copy.deepcopy(documented)
    newer["tasks"]["t_only"] = {"last_execution": 200, "last_task_run_id": "gone"}
    newer["executions"][0] |= {"task_run_id": str(UUID(int=7)), "timestamp": "2025-06-01T12:00:00"}
    newer["tasks"]["t_1I"] |= {"last_task_run_id": str(UUID(int=7)), "last_execution": 1748779200}
    documented["tasks"]["t_only"] = {"last_execution": 100, "last_task_run_id": "older"}
    take(newer)
    take(documented, merge=True)
    assert tasks() == newer["tasks"]
    run = record("t_1P")
    take(documented, merge=True)
    assert tasks()["t_1P"]["last_task_run_id"] == run


def test_files_can_be_tracked_for_an_imported_run() -> None:
    """The latest run of a task may be one that was imported."""
    take(DOCUMENTED)
    assert log.track_output_files("t_1P", ["DATA/more.csv"])
    latest = log.find_latest_execution("t_1P")
    assert latest is not None
    assert [f["path"] for f in latest["output_files"]][2:] == ["DATA/more.csv"]
    assert latest["output_files"][0] == DOCUMENTED["executions"][1]["output_files"][0]


def test_cleanup_knows_the_age_of_imported_runs() -> None:
    """Runs go by the time their record says, not by that of the import."""
    take(DOCUMENTED)
    assert log.cleanup_old_executions(dry_run=True) == (2, [RUN_I, RUN_P])


# Broken files and entries


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1, 2]",
        "5",
        "{}",
        '{"executions": {}}',
        '{"runs": []}',
        "\udc80",
        "[" * 100_000,
        '{"executions": [], "executions": []}',
        '{"executions": [{"success": true, "success": false}]}',
        '{"executions": [{"execution_time": ' + "9" * 5_000 + "}]}",
        '{"executions": []}\0',
    ],
)
def test_a_file_that_is_no_log_is_refused_and_nothing_recorded(content: str, root: Path) -> None:
    """Not JSON, no object, or no list of executions: an error, and the history is as it was."""
    run = record()
    path = Path("imported.json")
    path.write_bytes(content.encode(errors="surrogateescape"))
    before = position(root)
    with pytest.raises(log.ExecutionLogError, match=r"execution log .*imported\.json"):
        log.import_execution_log(path)
    assert (position(root), ids()) == (before, [run])


def test_a_file_that_is_not_there_is_an_error() -> None:
    """It is named in the message."""
    with pytest.raises(log.ExecutionLogError, match=r"missing\.json.*No such file"):
        log.import_execution_log(Path("missing.json"))


def without(key: str) -> Callable[[dict[str, Any]], object]:
    """Take a key out of a record."""
    return lambda record: record.pop(key)


def having(**values: object) -> Callable[[dict[str, Any]], object]:
    """Give a record other values."""
    return lambda record: record.update(values)


BROKEN: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (without("task_id"), "task_id is missing"),
    (without("task_run_id"), "task_run_id is missing"),
    (without("timestamp"), "timestamp is missing"),
    (without("success"), "success is missing"),
    (having(success="true"), "success is of the wrong kind"),
    (having(success=None), "success is of the wrong kind"),
    (having(success=1), "success is of the wrong kind"),
    (having(task_id=5), "task_id is of the wrong kind"),
    (having(task_id=" "), "task_id is empty or contains control characters"),
    (having(task_id="a\x00b"), "task_id is empty or contains control characters"),
    (having(task_run_id="run-1"), "task_run_id is not a UUID"),
    (having(timestamp=1714502400), "timestamp is of the wrong kind"),
    (having(timestamp="yesterday"), "timestamp is not an ISO 8601 time"),
    (having(timestamp="0001-01-01T00:00:00+14:00"), "timestamp is not an ISO 8601 time"),
    (having(execution_time="45"), "execution_time is of the wrong kind"),
    (having(execution_time=True), "execution_time is of the wrong kind"),
    (having(execution_time=float("nan")), "execution_time is of the wrong kind"),
    (having(input_files="a.csv"), "input_files is of the wrong kind"),
    (having(input_files=["a.csv"]), "input_files is of the wrong kind"),
    (having(output_files=[{"type": "csv"}]), "output_files is of the wrong kind"),
    (having(task_type=[]), "task_type is of the wrong kind"),
    (having(hostname={}), "hostname is of the wrong kind"),
    (
        having(execution_time=-5),
        "execution_time is negative: the run would have ended before it began",
    ),
    (having(timestamp="2099-01-01T00:00:00Z"), "timestamp is in the future"),
    (having(timestamp="2099-01-01"), "timestamp is in the future"),
    (having(timestamp="0001-01-01T00:00:00Z"), "timestamp is before 1970"),
    (having(task_run_id=f"{{{RUN_I}}}"), "task_run_id is not a UUID"),
    (having(task_run_id=f"urn:uuid:{RUN_I}"), "task_run_id is not a UUID"),
    (having(task_run_id=f" {RUN_I}"), "task_run_id is not a UUID"),
    (having(task_run_id=RUN_I.replace("-", "")), "task_run_id is not a UUID"),
]


@pytest.mark.parametrize(("break_it", "fault"), BROKEN)
def test_a_broken_entry_is_set_aside_and_named(
    break_it: Callable[[dict[str, Any]], object],
    fault: str,
    documented: dict[str, Any],
    root: Path,
) -> None:
    """Behaviour 17: the fault is named, the entry kept, and the others taken over."""
    break_it(documented["executions"][0])
    take(documented)
    assert ids() == [RUN_P]
    assert log.validate_execution_log() == (False, [f"imported.json: execution 1: {fault}"])
    with Project(root) as project, project.catalog() as catalog:
        kept = catalog.value("select record from set_aside_records")
    expected = json.loads(json.dumps(documented["executions"][0]).replace("NaN", '"NaN"'))
    assert kept == expected


def test_every_fault_of_an_entry_is_named(documented: dict[str, Any]) -> None:
    """Behaviour 17: entries that are no objects or repeat an id are set aside too."""
    documented["executions"][0] |= {"success": 1, "timestamp": "?"}
    documented["executions"] += [None, dict(documented["executions"][1], hostname="b")]
    take(documented)
    two_faults = ["success is of the wrong kind", "timestamp is not an ISO 8601 time"]
    assert ids() == [RUN_P]
    assert log.validate_execution_log() == (
        False,
        [
            f"imported.json: execution 1: {'; '.join(two_faults)}",
            "imported.json: execution 3: is not an object but of type NoneType",
            f"imported.json: execution 4: run id {RUN_P!r} occurs more than once",
        ],
    )


@pytest.mark.parametrize("merge", [True, False], ids=["merged", "replaced"])
def test_an_entry_that_is_put_right_is_named_no_longer(
    documented: dict[str, Any], *, merge: bool
) -> None:
    """After a corrected import nothing is wrong; the broken one again is named again."""
    right = copy.deepcopy(documented)
    documented["executions"][0]["success"] = "true"
    documented["tasks"]["t_odd"] = "done"
    right["tasks"]["t_odd"] = {}
    take(documented, merge=merge)
    assert len(log.validate_execution_log()[1]) == 2

    take(right, merge=merge)
    assert log.validate_execution_log() == (True, [])
    assert sorted(ids()) == sorted([RUN_I, RUN_P])

    take(documented, merge=merge)
    assert len(log.validate_execution_log()[1]) == 2


def test_an_import_that_says_nothing_of_an_entry_leaves_it_named(
    documented: dict[str, Any],
) -> None:
    """Another log that is merged corrects nothing; one that replaces leaves nothing to correct."""
    other = copy.deepcopy(documented)
    del documented["executions"][0]["success"]
    documented["executions"] += [None, None]
    documented["owner"] = "me"
    del other["executions"][0]
    take(documented, merge=True)
    assert len(log.validate_execution_log()[1]) == 4

    take(other, merge=True)
    assert len(log.validate_execution_log()[1]) == 4

    take(other, merge=False)
    assert log.validate_execution_log() == (True, [])


def test_a_run_id_that_is_taken_by_another_task_is_set_aside(documented: dict[str, Any]) -> None:
    """An entry cannot slip under the id of another run."""
    run = record("t_9")
    documented["executions"][0]["task_run_id"] = run
    take(documented, merge=True)
    _, faults = log.validate_execution_log()
    assert faults == [f"imported.json: execution 1: run id {run!r} belongs to another task"]


def test_what_else_a_log_holds_is_set_aside(documented: dict[str, Any]) -> None:
    """Summaries that are none, and keys of the log we do not know, are named and kept."""
    documented["tasks"] |= {"t_odd": "done", "": {}}
    documented["owner"] = "me"
    take(documented)
    _, faults = log.validate_execution_log()
    assert [fault.removeprefix("imported.json: ") for fault in faults] == [
        "task 't_odd': not an object, or not a usable name",
        "task '': not an object, or not a usable name",
        "unknown key 'owner'",
    ]
    assert tasks() == DOCUMENTED["tasks"]


def test_tasks_that_are_no_object_are_set_aside(documented: dict[str, Any]) -> None:
    """The executions are taken over all the same."""
    documented["tasks"] = [1]
    take(documented)
    assert log.validate_execution_log() == (False, ["imported.json: tasks is not an object"])
    assert ids() == [RUN_I, RUN_P]


def test_faults_of_a_document_are_named_in_order(documented: dict[str, Any]) -> None:
    """Behaviour 17: one message a fault, and one for each id that occurs more than once."""
    documented["executions"] += [documented["executions"][0], 5]
    del documented["executions"][1]["success"]
    assert interchange.faults(documented) == [
        "execution 2: success is missing",
        "execution 4: is not an object but of type int",
        f"run id {RUN_I!r} occurs 2 times",
    ]
    assert interchange.faults({"executions": 5}) == ["the log has no list 'executions'"]


def test_a_long_log_with_keys_of_its_own_is_taken_over_whole() -> None:
    """Every field of 100 runs is kept, and the export is equal."""
    take(long_log(100))
    assert executions() == long_log(100)["executions"]


def test_a_run_that_is_recorded_meanwhile_does_not_stop_the_others(
    root: Path, documented: dict[str, Any]
) -> None:
    """A run that another import adds between look and append is kept once, and so are the rest."""
    records = documented["executions"]
    with Project(root) as project:
        interchange._take_over_runs(project, records[:1], "rival.json")
        interchange._take_over_runs(project, records, "imported.json")

        imported = recorded(project, RunImported.TOPIC)
    assert [event.source for event in imported] == ["rival.json", "imported.json"]
    assert [event.record["task_run_id"] for event in imported] == [RUN_I, RUN_P]


def test_an_import_that_was_killed_is_completed_by_the_next(root: Path) -> None:
    """What was taken over before kill -9 stays, and importing again adds the rest once."""
    document = long_log(interchange.BATCH + 500)
    Path("imported.json").write_text(json.dumps(document))
    code = (
        "from pathlib import Path; from lineage.execution_log import functions as log; "
        "print('begin', flush=True); log.import_execution_log(Path('imported.json'))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as importer:
        assert importer.stdout is not None
        importer.stdout.readline()
        while position(root) < 20:
            assert importer.poll() is None
            time.sleep(0.01)
        importer.kill()
    assert log.import_execution_log(Path("imported.json"))
    assert executions() == document["executions"]


@pytest.mark.slow
def test_a_log_of_5_000_runs_is_taken_over_whole() -> None:
    """The size of an old project's log: every field kept, export equal, twice adds nothing."""
    document = long_log(5_000)
    take(document)
    assert executions() == document["executions"]
    assert tasks() == document["tasks"]
    assert log.validate_execution_log() == (True, [])


def long_log(runs: int) -> dict[str, Any]:
    """Return a log of many runs with keys that nobody documented."""
    entries = [
        {
            "task_id": f"t_{i % 40}",
            "task_type": "profiling",
            "task_run_id": str(UUID(int=i + 1)),
            "timestamp": f"2025-01-{1 + i // 1_440:02}T{i // 60 % 24:02}:{i % 60:02}:00.{i:06}",
            "success": i % 7 != 0,
            "execution_time": i / 10,
            "report_path": f"DATA/reports/t_{i % 40}_report.json",
            "input_files": [{"name": "raw", "path": "DATA/raw/x.csv", "rows": i}],
            "output_files": [{"path": f"DATA/{i}.csv", "type": "csv", "description": "Ünï"}],
            "hostname": "analysis-server",
            "git_commit": f"{i:040x}",
            "metrics": {"rows": i, "nested": {"list": [1.5, None, "x"]}},
        }
        for i in range(runs)
    ]
    summaries = {
        str(entry["task_id"]): {
            "task_type": entry["task_type"],
            "last_execution": i,
            "last_status": "success",
            "last_report_path": entry["report_path"],
            "last_task_run_id": entry["task_run_id"],
            "owner": "us",
        }
        for i, entry in enumerate(entries)
    }
    return {"tasks": summaries, "executions": entries, "version": "1.0.0"}

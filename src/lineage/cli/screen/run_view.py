"""Show one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from lineage.cli.options import SHORT
from lineage.cli.screen.console import (
    STATUS_STYLES,
    note,
    plain,
    print_styled,
    print_table,
    shown,
    shown_time,
)
from lineage.cli.screen.effect_view import print_effect
from lineage.project import Project
from lineage.upkeep import liveness
from projections import Catalog
from projections.catalog.file_states import file_state
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.findings.run_configuration import build_run_configuration
from projections.documents.older_outputs import build_older_outputs
from projections.documents.run_details import build_run_details

LESS_IMPORTANT = ("sha256", "size", "rows")
"""What a list of files leaves out on a narrow terminal, in this order."""

STANDARD_KEYS: Final = frozenset(
    {
        "allow_external",
        "allowed_external_paths",
        "auxiliary_datasets",
        "continue_on_error",
        "datasets",
        "dependencies",
        "description",
        "encryption_key_id",
        "encryption_key_path",
        "encryption_mode",
        "input_datasets",
        "operation_limits",
        "parallel_processes",
        "read_options",
        "scope",
        "seed",
        "task_id",
        "task_type",
        "use_encryption",
        "use_vectorization",
    }
)
"""Keys that any configuration has (`TaskValues`, which takes a tenth of a second to import)."""

_IN_MB = 1_000_000
_MOST_METRICS: Final = 20
_MOST_LETTERS: Final = 60
"""Letters of a parameter that are shown."""


def print_run(run: Mapping[str, Any]) -> None:
    """Print a run as `projections.documents.run_details` describes it."""
    _print_heading(run)
    if run["inputs"]:
        print_table(
            ("read", "rows", "size", "sha256"),
            [(i["uri"], i["row_count"], size(i["size_bytes"]), digest(i)) for i in run["inputs"]],
            drop=LESS_IMPORTANT,
        )
    if run["imports"]:
        print_table(
            ("imported", "from", "size", "sha256"),
            [(i["uri"], i["source_uri"], size(i["size_bytes"]), digest(i)) for i in run["imports"]],
            drop=LESS_IMPORTANT,
        )
    if run["operations"]:
        print_table(
            ("operation", "status", "seconds", "note"),
            [(o["name"], status_now(o, run), o["duration_s"], _note(o)) for o in run["operations"]],
        )
    if run["artifacts"]:
        print_table(
            ("wrote", "rows", "size", "sha256"),
            [
                (a["uri"], a["row_count"], size(a["size_bytes"]), digest(a))
                for a in run["artifacts"]
            ],
            drop=LESS_IMPORTANT,
        )
    print_effect(run.get("privacy_effect", []))
    _print_metrics(run)
    _print_messages(run)
    for file in run.get("older_outputs", []):
        if (line := _older(file)) is not None:
            print_styled((plain(line), STATUS_STYLES["warning"]))


def details_of(
    project: Project, catalog: Catalog, run_id: str, *, is_past: bool = False
) -> dict[str, Any]:
    """Return a run with its parts, configuration, privacy_effect and older_outputs.

    See `projections.documents` for each of these.

    Its liveness (`lineage.upkeep.liveness`) is what is seen of it now; None if it has ended.

    Args:
        project: The project.
        catalog: Its whole history.
        run_id: Id of the run.
        is_past: Whether the catalog is as of an earlier moment, so that the disk says nothing;
            otherwise older outputs have on_disk, see `projections.dependency_graph.file_state`.
    """
    older = build_older_outputs(catalog, run_id)
    for file in older if not is_past else ():
        file["on_disk"] = file_state(project.storage, file)
    run = build_run_details(catalog, run_id)
    seen = None if is_past else liveness.of_run(project, run)
    return run | {
        "liveness": None if seen is None else asdict(seen),
        "configuration": build_run_configuration(catalog, run_id),
        "privacy_effect": build_privacy_effect(catalog, run_id),
        "older_outputs": older,
    }


def status_now(step: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """Return how a step of a run ended; if neither did, what is seen of the run now."""
    is_open = step["status"] == "running"
    return str(((run.get("liveness") if is_open else None) or step)["status"])


def size(size_bytes: int | None) -> str | None:
    """Return a size in bytes formatted for a reader."""
    if size_bytes is None:
        return None
    return f"{size_bytes / _IN_MB:,.2f} MB" if size_bytes >= _IN_MB else f"{size_bytes:,} B"


def digest(version: Mapping[str, Any]) -> str:
    """Return the first characters of a file's digest."""
    return (version["sha256"] or "unknown")[:SHORT]


def _print_metrics(run: Mapping[str, Any]) -> None:
    """Print the first metrics; those of a group have a dot in their names and are left out."""
    plain_ones = [metric for metric in run["metrics"] if "." not in metric["metric"]]
    shown_ones = sorted(plain_ones, key=lambda m: (m["position"], m["metric"]))[:_MOST_METRICS]
    if shown_ones:
        print_table(("metric", "value"), [_metric(metric) for metric in shown_ones])
    more = len(run["metrics"]) - len(shown_ones)
    if more:
        note(f"more metrics: {more:,}; `lineage report {run['run_id'][:SHORT]}` shows all")


def _metric(metric: Mapping[str, Any]) -> tuple[object, object]:
    return metric["metric"], metric["text"] if metric["number"] is None else metric["number"]


def _print_messages(run: Mapping[str, Any]) -> None:
    """Print warnings and errors, but for what the note of an operation says."""
    said = {(o["name"], o["message"]) for o in run["operations"]}
    for message in run["messages"]:
        if (message["name"], message["message"]) in said:
            continue
        style = STATUS_STYLES[message["level"]]
        text = plain(f"{message['level']}: {message['name']}: {message['message']}")
        print_styled((text, style))


def _older(file: Mapping[str, Any]) -> str | None:
    run = f"run {file['run_id'][:SHORT]} ({file['run_status']})"
    match file.get("on_disk"):
        case None:
            return f"{file['uri']} was still the file of {run}"
        case "present":
            return f"{file['uri']} still holds the file of {run}, not of this one"
        case "missing":
            return None
    return f"{file['uri']} holds what this run did not write; the last on record is of {run}"


def _note(operation: Mapping[str, Any]) -> str | None:
    """Return why an operation failed, was reused or was executed again."""
    note: str | None = operation["message"] or operation["reason"]
    if operation["reused_run"] is None:
        return note
    return f"from run {operation['reused_run'][:SHORT]}: {note}"


def _print_heading(run: Mapping[str, Any]) -> None:
    status = status_now(run, run)
    message = run["message"] or (run.get("liveness") or {}).get("detail")
    print_styled(
        "run ",
        (run["run_id"], "bold"),
        f"  task {plain(run['task_id'])}  ",
        (status, STATUS_STYLES.get(status, "")),
        "" if run["duration_s"] is None else f"  {shown(run['duration_s'])} s",
        f"  started {shown_time(run['started_at'])}",
        "  imported" if run["is_imported"] else "",
    )
    if message and message not in {o["message"] for o in run["operations"]}:
        print_styled((plain(message), STATUS_STYLES.get(status, "")))
    if parameters := _parameters(run):
        print_styled(f"parameters: {parameters}")
    if code := _code(run):
        print_styled(f"code: {code}")
    if encryption := _encryption(run):
        print_styled(f"encrypted: {encryption}")
    for key in ("note", "tags"):
        if said := run["annotations"].get(key):
            text = ", ".join(map(str, said)) if isinstance(said, list) else said
            print_styled(plain(f"{key}: {text}"))


def _parameters(run: Mapping[str, Any]) -> str:
    """Return the task's own values of the configuration; long ones are cut off."""
    own = {k: v for k, v in run.get("configuration", {}).items() if k not in STANDARD_KEYS}
    texts = (
        f"{key}={value if isinstance(value, str) else shown(value)}" for key, value in own.items()
    )
    return ", ".join(
        plain(t if len(t) <= _MOST_LETTERS else f"{t[:_MOST_LETTERS]}…") for t in texts
    )


def _encryption(run: Mapping[str, Any]) -> str:
    """Return how the run's files are encrypted, and with which key; "" if they are not."""
    name = "encryption."
    facts = {
        metric["metric"].removeprefix(name): metric["text"]
        for metric in run["metrics"]
        if metric["metric"].startswith(name) and metric["text"] is not None
    }
    said = [facts.get("mode"), f"key {facts['key_id']}" if "key_id" in facts else None]
    source = f"from {facts['key_source']}" if "key_source" in facts else None
    return plain(", ".join(filter(None, [*said, source])))


def _code(run: Mapping[str, Any]) -> str:
    """Return which code was executed, and how it is related to the commit; "" if unknown."""
    if run["code_kind"] is None:
        return ""
    digest_of = run["code_sha256"] and run["code_sha256"][:SHORT]
    said = " ".join(filter(None, (run["code_kind"], run["code_path"], digest_of)))
    if run["git_commit"] is None:
        return plain(said)
    dirty = {True: ", with changes", False: "", None: ", changes unknown"}[run["git_is_dirty"]]
    return plain(f"{said}; commit {run['git_commit'][:SHORT]}{dirty}")

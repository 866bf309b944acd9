"""How a run worked: operations, columns, metrics, code, and how to verify all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from projections.documents.changes import leaves
from projections.documents.rows import flat_metrics
from projections.pages.cells import Code, Name, Status, Table, file_name, first, more_than
from projections.pages.section import MOST, MOST_TABLES, Facts, Section, counted, value_text

_KNOWN_BY: Final = (
    ("declared", "the operation said so"),
    ("observed", "the content is equal to that of the source"),
    ("assumed", "nothing was said; the source has the same name and type"),
    ("generated", "made from nothing that was read"),
    ("unknown", "nobody said, and nothing was concluded"),
)


def workings(facts: Facts) -> Iterator[Section]:
    """Yield the sections that a reviewer reads."""
    yield operations(facts)
    yield columns(facts)
    yield configuration(facts)
    yield environment(facts)
    yield verification(facts)
    yield metrics(facts)


def operations(facts: Facts) -> Section:
    """Return its operations with their parameters."""
    operations = facts.run["operations"]
    rows, more = first(operations, MOST, _operation, all_by=facts.show)
    headings = ("", "operation", "status", "seconds", "retries", "code", "note")
    tables = [Table(headings=headings, rows=rows, more=more)]
    for one in operations[:MOST_TABLES]:
        given = one["parameters"] if isinstance(one["parameters"], dict) else {}
        parameters, more = first(
            [*given.items()],
            MOST,
            lambda item: (Code(item[0]), value_text(item[1])),
            all_by=facts.show,
        )
        caption = f"Parameters of {one['operation'] or ''} {one['name']}"
        tables.append(
            Table(caption=caption, headings=("name", "value"), rows=parameters, more=more)
        )
    texts = () if operations else ("The run recorded no operation.",)
    return Section(title="Operations", texts=texts, tables=tables)


def _operation(operation: Mapping[str, Any]) -> tuple[object, ...]:
    note = operation["message"] or operation["reason"]
    if operation["reused_run"] is not None:
        note = f"from run {operation['reused_run'][:8]}: {note}"
    return (
        operation["operation"],
        operation["name"],
        Status(operation["status"]),
        operation["duration_s"],
        operation["retries"] or None,
        Code(operation["code_version"]) if operation["code_version"] else None,
        note,
    )


def columns(facts: Facts) -> Section:
    """Return where the columns of its files came from."""
    files = facts.origins["files"]
    tables = []
    for file in files:
        more = more_than(
            len(file["columns"]),
            file["column_count"],
            f"lineage graph --columns --upstream {file['uri']}",
        )
        headings = ("column", "came from", "how", "known")
        rows = [_column(file["uri"], column) for column in file["columns"]]
        tables.append(Table(caption=file["uri"], headings=headings, rows=rows, more=more))
    met = {column["known_by"] for file in files for column in file["columns"]}
    notes: list[object] = [f"{word}: {text}." for word, text in _KNOWN_BY if word in met]
    more = more_than(len(files), facts.origins["file_count"], facts.show)
    texts = () if files else ("No file that it wrote has columns on record.",)
    return Section(
        title="Where the columns came from",
        texts=texts,
        tables=tables,
        notes=[*([more] if more else []), *notes],
    )


def _column(uri: str, column: Mapping[str, Any]) -> tuple[object, ...]:
    sources = column["sources"]
    direct = [source for source in sources if source["is_direct"]]
    names = [f"{source['column']} of {source['uri'].rpartition('/')[2]}" for source in direct]
    others = column["source_count"] - len(direct)
    if others:
        names.append(f"{'values chosen by' if direct else 'chosen by'} {counted(others, 'column')}")
    effects = dict.fromkeys(source["effect"] for source in (direct or sources))
    name = Name(Code(column["column"]), "column", (uri, column["column"]))
    return name, "; ".join(names), ", ".join(effects), column["known_by"]


def metrics(facts: Facts) -> Section:
    """Return everything it measured."""
    metrics = [*flat_metrics(facts.report["metrics"])]
    rows, more = first(metrics, MOST, _metric, all_by=facts.show)
    texts = () if metrics else ("None were recorded.",)
    table = Table(headings=("metric", "value"), rows=rows, more=more)
    return Section(title="All metrics", texts=texts, tables=[table])


def _metric(item: tuple[str, Any]) -> tuple[object, ...]:
    name, value = item
    return name, value if isinstance(value, int | float) else value_text(value)


def configuration(facts: Facts) -> Section:
    """Return the values it worked under."""
    given = {key: value for key, value in facts.configuration.items() if value not in _UNSET}
    values = [*leaves(given)]
    rows, more = first(
        values, MOST, lambda item: (Code(item[0]), value_text(item[1])), all_by=facts.show
    )
    texts = () if facts.configuration else ("No configuration is on record.",)
    table = Table(headings=("parameter", "value"), rows=rows, more=more)
    empty = [key for key, value in facts.configuration.items() if value in _UNSET]
    notes = [f"Without a value: {', '.join(empty)}."] if empty else []
    if facts.configuration:
        notes.append(
            "Which file, variable or command line each value came from is not recorded. "
            f"`lineage config {facts.run['task_id']}` says it of the values of today."
        )
    return Section(title="Configuration", texts=texts, tables=[table], notes=notes)


_UNSET: Final[Sequence[object]] = (None, "", [], {}, {"fields": [], "datasets": []})
"""Values that say nothing."""


def environment(facts: Facts) -> Section:
    """Return the code, and where it ran."""
    run, system = facts.run, facts.report["system_info"]
    dirty = {True: "yes", False: "no", None: None}[run.get("git_is_dirty")]
    rows: list[tuple[str, object]] = [
        ("Program", _code(run.get("code_path") or run["script_path"])),
        ("Kind of program", run.get("code_kind")),
        ("SHA-256 of the program", _code(run.get("code_sha256"))),
        ("Git commit", _code(run.get("git_commit"))),
        ("Changed since that commit", dirty),
        ("SHA-256 of the configuration", _code(run["config_sha256"])),
        ("Seed", run["seed"] if run["seed"] is None else str(run["seed"])),
        ("privacy-lineage", run["product_version"]),
        ("Python", system.get("python_version")),
        ("Operating system", system.get("os")),
        ("Machine", system.get("machine")),
        ("Processors", system.get("cpu_count")),
        ("Peak memory", f"{run['peak_memory_mb']:,.0f} MiB" if run["peak_memory_mb"] else None),
    ]
    known = [row for row in rows if row[1] is not None]
    packages, more = first(
        sorted((system.get("packages") or {}).items()), MOST, lambda item: item, all_by=facts.show
    )
    return Section(
        title="Environment and code",
        texts=() if system else ("The environment is not on record.",),
        tables=[
            Table(headings=("fact", "value"), rows=known),
            Table(caption="Packages", headings=("package", "version"), rows=packages, more=more),
        ],
    )


def verification(facts: Facts) -> Section:
    """Return how somebody else checks all this."""
    report, name = facts.run["report_path"], facts.name
    versions = {(f["uri"], f["sha256"]): f for f in [*facts.run["inputs"], *facts.run["artifacts"]]}
    known = [version for version in versions if version[1] is not None]
    digests, more = first(
        known,
        MOST,
        lambda version: (file_name(version[0]), Code(version[1] or "")),
        all_by=facts.show,
    )
    commands: list[tuple[object, object]] = [
        (
            Code(f"lineage report {name} --verify {report}"),
            "compares the saved report with the ledger",
        ),
        (Code(f"lineage show {name}"), "shows the run on the terminal"),
        (Code(f"lineage replay {name}"), "shows the run event by event"),
        (Code(f"lineage rerun {name}"), "executes the run again and compares every file"),
        (Code("sha256sum FILE"), "gives the digest of a file, to compare with those below"),
    ]
    position = facts.report["ledger_position"]
    last = "none" if position is None else f"{position:,}"
    return Section(
        title="How to verify this page",
        texts=[
            f"Position of the last event of this run in the ledger: {last}.",
            (
                "Everything here is computed from the ledger. The same ledger gives the same page, "
                "byte for byte."
            ),
        ],
        tables=[
            Table(headings=("command", "what it does"), rows=commands),
            Table(caption="Whole digests", headings=("file", "SHA-256"), rows=digests, more=more),
        ],
    )


def _code(text: str | None) -> Code | None:
    return Code(text) if text else None

"""Write the reference and the cookbook from the source, so that they cannot say anything else.

Usage: python docs/generate.py [--check]

`--check` writes nothing and fails if a file is missing, differs, or is left over.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from reference_pages import command_line, configuration, operations, python_api
from reference_pages.markdown import NOTE, cell

from lineage.events import VOCABULARY, Event
from lineage.upkeep import disk
from ops import docstring
from projections.catalog import folds
from projections.examples import cookbook

DOCS: Final = Path(__file__).parent

EVENTS_INTRODUCTION: Final = """\
The vocabulary of this release: {count} events. The type word is stored with each event, the
class name is not. A type word never changes its meaning; a change of the fields raises the
version and adds a step from the one before.

Who, when, which run, which task and which position are in the envelope of the ledger, not in the
payload.
"""

CATALOG_INTRODUCTION: Final = """\
The read models of a project in one DuckDB file, `.lineage/catalog.duckdb`: folded from the ledger's
events, rebuilt at any time. Ask them with `lineage query`, in the shell `lineage sql`, from Python
with `projections.open`, or with any client of DuckDB 1.4 or newer, also while runs are writing. The
[cookbook](../how-to/cookbook.md) has questions with their SQL.

Tables, views, columns and types keep their names and meanings from release to release; what changes
is in the [changelog](../../CHANGELOG.md). Times are UTC, digests are SHA-256 in hexadecimal,
`position` is the place of an event in the ledger and orders everything. A run is named by its
`run_id`, an operation by `run_id` and `operation`, a dataset version by `uri` and `sha256`.
"""

CATALOG_BEHIND: Final = """\
The fact tables that the views above are made of, and smaller views. They are as stable as those.
"""

CATALOG_DISK: Final = """\
Not in the file: `lineage query --disk` and `.disk` in `lineage sql` add it for the time of the
question, from every file that lies in the data folder now. From Python,
`catalog.register("disk_files", lineage.upkeep.disk.list_files(project))` does the same.
"""

_RELATIONS: Final = """
select table_name as name, 'table' as kind, comment from duckdb_tables() where not internal
union all
select view_name, 'view', comment from duckdb_views() where not internal
order by name
"""
_COLUMNS: Final = """
select table_name, column_name, data_type, comment
from duckdb_columns()
where not internal
order by table_name, column_index
"""
_DUCKDB_TYPES: Final = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
}

PUBLIC: Final = (
    "events", "tasks", "runs", "operations", "datasets", "artifacts", "artifact_groups", "inputs",
    "metrics", "messages", "checkpoints", "process_stages", "edges", "column_edges", "policies",
    "keys", "seals", "execution_log",
)  # fmt: skip
"""The tables and views that most questions need."""

COOKBOOK_INTRODUCTION: Final = """\
{count} questions to the [catalog](../reference/catalog.md) with their SQL. The names in them are
those of the demo project; put your own in their place. The tests run every one on a history whose
answers are known.

On the command line, give the SQL to `lineage query`, or ask in the shell: `lineage sql` lists the
questions with `.examples` and answers the third one with `.examples 3`.

```sh
lineage demo people
cd people
lineage query "from runs select task_id, status, duration_s"
echo ".examples 1" | lineage sql
```

A query reads, and does nothing else. It is stopped after 60 seconds or at 2 GiB of memory;
`--timeout` and `--memory` say otherwise. A table shows 1,000 rows and says how many there are;
`--limit` says otherwise. `--format json`, `csv` or `parquet` with `--output FILE` write any number
of rows in little memory. `--as-of` asks the past.

From Python, `projections.open` gives a catalog with the same limits. An answer is asked when its
rows are: `.df()` gives pandas, `.pl()` Polars, `.arrow()` Arrow, `.rows()` dictionaries.

```python
import projections
from lineage.project import Project

with Project.open() as project, projections.open(project) as catalog:
    failed = catalog.sql("from runs select task_id, message where status = ?", ["failed"])
    assert failed.df().empty
    assert catalog.sql("select count(*) as runs from runs").rows() == [{{"runs": 3}}]
```

With the path of a project in place of the project, the catalog is the one that was last published,
and `catalog.position` says up to where. A plain DuckDB client opens the same file:

```python
import duckdb

with duckdb.connect(".lineage/catalog.duckdb", read_only=True) as connection:
    assert connection.sql("select count(*) from runs").fetchall() == [(3,)]
```
"""

Pages = Mapping[str, str]
"""Path below docs, with forward slashes, to the file's text."""


class Relation(NamedTuple):
    """A table or view of the catalog.

    Attributes:
        name: Its name.
        kind: "table" or "view".
        meaning: What a row is.
        columns: Name, type and meaning of each column.
    """

    name: str
    kind: str
    meaning: str
    columns: tuple[tuple[str, str, str], ...]


def event_pages() -> Pages:
    """Return the JSON Schema of every event's payload, and a page about all of them."""
    schemas = {f"reference/events/{cls.TOPIC}.json": _json(event_schema(cls)) for cls in VOCABULARY}
    return {"reference/events/README.md": _event_page(), **schemas}


def catalog_pages() -> Pages:
    """Return the page about all tables and views of the catalog."""
    return {"reference/catalog.md": _catalog_page()}


def cookbook_pages() -> Pages:
    """Return the page of questions with their SQL."""
    return {"how-to/cookbook.md": _cookbook_page()}


PRODUCERS: Final[tuple[tuple[str, Callable[[], Pages]], ...]] = (
    ("reference/events/*", event_pages),
    ("reference/catalog.md", catalog_pages),
    ("how-to/cookbook.md", cookbook_pages),
    ("reference/operations.md", operations.pages),
    ("reference/configuration.md", configuration.pages),
    ("reference/command-line.md", command_line.pages),
    ("reference/python-api/*", python_api.pages),
)
"""A pattern of files below docs, and the function that gives all of them."""


def relations() -> list[Relation]:
    """Return every table and view of the catalog with its documentation, sorted by name."""
    with folds.connect() as connection:
        folds.create(connection)
        folds.document(connection)
        rows = connection.execute(_RELATIONS).fetchall()
        columns = connection.execute(_COLUMNS).fetchall()
    return [
        Relation(
            name=name,
            kind=kind,
            meaning=meaning or "",
            columns=tuple((c, t, m or "") for r, c, t, m in columns if r == name),
        )
        for name, kind, meaning in rows
    ]


def event_schema(cls: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema of an event's payload as it is stored."""
    schema = cls.model_json_schema(mode="serialization")
    definitions = schema.get("$defs", {})
    for model in {cls, *_models_in(cls)}:
        _describe(definitions.get(model.__name__, schema), model)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:privacy-lineage:event:{cls.TOPIC}:{cls.SCHEMA_VERSION}",
        **schema,
        "title": f"{cls.TOPIC}, version {cls.SCHEMA_VERSION}",
    }


def stale_files(docs: Path, pattern: str, pages: Pages) -> list[str]:
    """Return what is wrong with the files of a pattern, one line a file; nothing if fresh."""
    present = _files(docs, pattern)
    wrong = dict.fromkeys(present - pages.keys(), "is left over")
    wrong |= dict.fromkeys(pages.keys() - present, "is missing")
    for name in present & pages.keys():
        if (docs / name).read_text(encoding="utf-8") != pages[name]:
            wrong[name] = "differs from the source"
    return [f"{name} {fault}" for name, fault in sorted(wrong.items())]


def write(docs: Path, pattern: str, pages: Pages) -> None:
    """Make these pages, and nothing else, the files of a pattern."""
    for name in _files(docs, pattern) - pages.keys():
        (docs / name).unlink()
    for name, text in pages.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    """Write or check all files; return 1 if a check found something."""
    parser = argparse.ArgumentParser(description="Write reference and cookbook.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    is_check = parser.parse_args().check
    faults: list[str] = []
    for pattern, producer in PRODUCERS:
        if is_check:
            faults += stale_files(DOCS, pattern, producer())
        else:
            write(DOCS, pattern, producer())
    for fault in faults:
        print(f"docs/{fault}; run `make docs`", file=sys.stderr)
    return 1 if faults else 0


def _files(docs: Path, pattern: str) -> set[str]:
    paths = docs.glob(pattern)
    return {path.relative_to(docs).as_posix() for path in paths if path.is_file()}


def _catalog_page() -> str:
    known = {relation.name: relation for relation in relations()}
    public = [known.pop(name) for name in PUBLIC]
    behind = list(known.values())
    return "\n".join(
        [
            NOTE,
            "",
            "# Catalog",
            "",
            CATALOG_INTRODUCTION,
            "## Tables and views",
            "",
            *_relation_overview(public),
            *(line for relation in public for line in _relation_section(relation)),
            "## Behind them",
            "",
            CATALOG_BEHIND,
            *_relation_overview(behind),
            *(line for relation in behind for line in _relation_section(relation)),
            "## Files on disk",
            "",
            CATALOG_DISK,
            *_relation_section(_disk_relation()),
        ]
    )


def _cookbook_page() -> str:
    topics = groupby(cookbook.examples(), key=lambda example: example.topic)
    count = len(cookbook.examples())
    head = [NOTE, "", "# Cookbook", "", COOKBOOK_INTRODUCTION.format(count=count)]
    return "\n".join(
        [*head, *(line for topic, listed in topics for line in _topic_section(topic, list(listed)))]
    )


def _topic_section(topic: str, listed: list[cookbook.Example]) -> list[str]:
    return [f"## {topic}", "", *(line for example in listed for line in _question(example))]


def _question(example: cookbook.Example) -> list[str]:
    note = [textwrap.fill(example.note, 100), ""] if example.note else []
    needs = [f'Needs `{example.needs}`: `lineage query --disk "..."`.', ""]
    return [
        f"### {example.number}. {example.question}",
        "",
        *note,
        *(needs if example.needs else []),
        "```sql",
        example.sql,
        "```",
        "",
    ]


def _disk_relation() -> Relation:
    meanings = docstring.read(disk.list_files).entries("Columns")
    return Relation(
        name="disk_files",
        kind="table",
        meaning="One row per file below the data folder.",
        columns=tuple(
            (field.name, _DUCKDB_TYPES[str(field.type)], meanings[field.name])
            for field in disk.SCHEMA
        ),
    )


def _relation_overview(listed: list[Relation]) -> list[str]:
    rows = (f"| [`{r.name}`](#{r.name}) | {r.kind} | {cell(r.meaning)} |" for r in listed)
    return ["| name | kind | what it holds |", "| --- | --- | --- |", *rows, ""]


def _relation_section(relation: Relation) -> list[str]:
    rows = (
        f"| `{name}` | {cell(kind)} | {cell(meaning)} |" for name, kind, meaning in relation.columns
    )
    head = [f"### {relation.name}", "", relation.meaning, ""]
    return [*head, "| column | type | meaning |", "| --- | --- | --- |", *rows, ""]


def _event_page() -> str:
    nouns = groupby(VOCABULARY, key=lambda cls: cls.TOPIC.split(".")[0])
    return "\n".join(
        [
            NOTE,
            "",
            "# Events",
            "",
            EVENTS_INTRODUCTION.format(count=len(VOCABULARY)),
            *_overview(),
            *(line for noun, classes in nouns for line in _noun_section(noun, list(classes))),
        ]
    )


def _overview() -> list[str]:
    rows = (
        f"| [`{cls.TOPIC}`](#{cls.TOPIC.replace('.', '')}) | {cls.SCHEMA_VERSION} | "
        f"{docstring.read(cls).summary} | [{cls.TOPIC}.json]({cls.TOPIC}.json) |"
        for cls in VOCABULARY
    )
    return ["| type | version | what it says | schema |", "| --- | --- | --- | --- |", *rows, ""]


def _noun_section(noun: str, classes: list[type[Event]]) -> list[str]:
    return [f"## {noun}", "", *(line for cls in classes for line in _event_section(cls))]


def _event_section(cls: type[Event]) -> list[str]:
    properties = event_schema(cls)["properties"]
    meanings = docstring.read(cls).entries("Attributes")
    rows = (
        f"| `{name}` | {cell(_type_word(field))} | {cell(meanings.get(name, ''))} |"
        for name, field in properties.items()
    )
    head = [f"### {cls.TOPIC}", "", f"`{cls.__name__}`: {docstring.read(cls).summary}", ""]
    return [*head, "| field | JSON type | meaning |", "| --- | --- | --- |", *rows, ""]


def _type_word(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type_word(choice) for choice in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return " or ".join(f'"{word}"' for word in field["enum"])
    if "const" in field:
        return f'"{field["const"]}"'
    if field.get("type") == "array":
        return f"array of {_type_word(field.get('items', {}))}"
    return str(field.get("format") or field.get("type") or "any")


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    schema["description"] = docstring.read(model).summary
    meanings = docstring.read(model).entries("Attributes")
    for name, field in schema["properties"].items():
        field.pop("title", None)
        field["description"] = meanings.get(name, "")


def _models_in(cls: type[BaseModel]) -> set[type[BaseModel]]:
    """Return the models that fields of a model hold, directly or in a container."""
    found: set[type[BaseModel]] = set()
    waiting = [field.annotation for field in cls.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        waiting.extend(getattr(annotation, "__args__", ()))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.add(annotation)
    return found


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())

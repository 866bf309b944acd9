"""No operation leaves a cell or a secret anywhere but in the columns that it publishes.

Every built-in operation runs with the parameters of `operation_examples`: on good
data, where it succeeds, and on data that make it fail. An operation without an entry fails here.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
import warm
from command_line import Lineage
from copies import shared
from crash import traces
from operation_examples import EXAMPLES, FRAMES, PEOPLE, WIDE
from small_tasks import make_project

from lineage.kernel.secrets.redaction import is_secret
from lineage.project import Project
from lineage.tasks import BaseTask
from ops import BaseOperation, OperationStatus, registry

CELLS = {
    "town": "Zaphod-Town-7731",
    "illness": "Trillian-Illness-4242",
    "note": "Marvin-Note-1066",
    "contact": "ford.prefect-5150@betelgeuse.example",
    "age": "Eddie-Age-2718",
}
"""What is planted in one row of each of these columns, of the last in bad data only."""

SECRETS = {
    "environment": "Arthur-Environment-9001",
    "parameter": "Slarti-Parameter-8088",
    "URL": "Tricia-Url-6174",
}
PUBLISHING = ("identity", "transformation", "generalization", "suppression", "synthesis")
"""Effects by which an output column may hold what the source column has."""

BAD: Mapping[str, str] = {
    "long": "person,town,contact\n1,Ulm,x\n2,{town},{contact},{note}\n",
    "mixed": "person,age,town,illness,note,contact\nx,{age},{town},{illness},?,{contact}\n",
    "narrow": "note,contact\n{note},{contact}\n",
    "empty": "person,age,town,illness,note\n",
    "bytes": "person,age,town\n1,2,{town}\udcff\n",
}
"""Data on which operations fail, or not, while they meet planted cells."""


@dataclass(frozen=True)
class Done:
    """A project in which every operation met every planted value; tests must not change it.

    Attributes:
        root: Its folder; nobody opens it, since others search its files at the same time.
        screen: All that was printed.
        records: The events and the tables.
        statuses: Kind of data and name of an operation to how it ended each time.
        published: Column to the output columns that hold it by design: file and name.
    """

    root: Path
    screen: str
    records: str
    statuses: Mapping[str, Mapping[str, list[OperationStatus]]]
    published: Mapping[str, set[tuple[str, str]]]


class EveryOperation(BaseTask):
    """Executes all built-in operations on datasets in one folder."""

    def __init__(self, task_id: str, operations: list[BaseOperation], **given: Any) -> None:
        super().__init__(task_id, "test", "every operation", **given)
        self.given = operations

    def configure_operations(self) -> None:
        """Add them all."""
        for operation in self.given:
            self.add_operation(operation)


def _operations() -> list[BaseOperation]:
    """Return the examples of all operations."""
    return [registry.resolve(name)(**p) for name, given in EXAMPLES.items() for p in given]


def _people() -> pd.DataFrame:
    frame = PEOPLE.assign(contact=[f"ada{n}@host.example" for n in range(len(PEOPLE))])
    for row, (column, cell) in enumerate([*CELLS.items()][:-1]):
        frame.loc[row, column] = cell
    return frame


def _datasets(root: Path, kind: str) -> dict[str, str]:
    """Write what the operations read: all of it good, or all of it bad in one way."""
    people = _people()
    towns = pd.DataFrame({"town": people["town"].unique(), "any": "*"})
    changed = {"people": people, "guests": people, "towns": towns, "wide": WIDE.iloc[:, :9]}
    frames = FRAMES | changed
    uses = [use for operation in _operations() if (use := operation.data_use()) is not None]
    names = {*frames}.union(*(use.reads for use in uses))
    folder = root / "DATA/raw" / kind
    folder.mkdir()
    for name in names:
        if kind in BAD:
            text = BAD[kind].format(**CELLS)
            (folder / f"{name}.csv").write_text(text, "utf-8", errors="surrogateescape")
        else:
            frames.get(name, frames["people"]).to_csv(folder / f"{name}.csv", index=False)
    return {name: f"DATA/raw/{kind}/{name}.csv" for name in sorted(names)}


def _run_all(project: Project) -> dict[str, dict[str, list[OperationStatus]]]:
    """Run each operation alone on good data, as outputs have one name, and all on bad."""
    datasets = _datasets(project.root, "good")
    good: dict[str, list[OperationStatus]] = {}
    for number, operation in enumerate(_operations()):
        found = _run(project, f"t_good_{number}", datasets, [operation])
        good.setdefault(operation.name, []).extend(found[operation.name])
    bad = {
        kind: _run(project, f"t_{kind}", _datasets(project.root, kind), _operations())
        for kind in BAD
    }
    return {"good": good, **bad}


def _run(
    project: Project, task_id: str, datasets: Mapping[str, str], operations: list[BaseOperation]
) -> dict[str, list[OperationStatus]]:
    task = EveryOperation(task_id, operations, input_datasets=datasets, project=project)
    url = f"postgresql://ada:{SECRETS['URL']}@host/db"
    secrets = {"db_password": SECRETS["parameter"], "database": url}
    task.run({"continue_on_error": True, **secrets})
    found: dict[str, list[OperationStatus]] = {}
    for operation, result in zip(operations, task.results, strict=True):
        found.setdefault(operation.name, []).append(result.status)
    return found


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Every operation on every kind of data, run by one process of the tests for all of them."""
    folder = shared(tmp_path_factory, "secrets", _make)
    found: Done = pickle.loads((folder / "done.pickle").read_bytes())  # noqa: S301  # our own
    return found


def _make(folder: Path) -> None:
    """Run every operation on every kind of data, with all temporary files in the project."""
    warm.command()  # its own files are not those of an operation
    root = folder / "project"
    temporary = root / "temporary"
    temporary.mkdir(parents=True)
    shown = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(shown),
    ):
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", None)
        patch.setenv("LINEAGE_API_KEY", SECRETS["environment"])
        patch.setenv("LINEAGE_T_MIXED_PASSPHRASE", SECRETS["environment"])
        patch.chdir(root)
        make_project(root, execution_log="auto").close()
        with Project(root) as project:
            statuses = _run_all(project)
        for question in ("report t_mixed", "show t_mixed", "log", "config t_mixed", "doctor"):
            shown.write(Lineage(root).process(*question.split()).stdout)
        assert (root / "configs/execution_log.json").is_file()
        found = Done(
            root=root,
            screen=shown.getvalue(),
            records=_records(root),
            statuses=statuses,
            published={column: _published(root, column) for column in CELLS},
        )
    (folder / "done.pickle").write_bytes(pickle.dumps(found))


def _records(root: Path) -> str:
    """Return every event of the ledger and every row that SQL can ask for."""
    connection = sqlite3.connect(root / ".lineage/ledger.db")
    events = [str(row) for row in connection.execute("select * from events")]
    connection.close()
    assert len(events) > len(EXAMPLES)
    with Project(root) as project, project.catalog() as catalog:
        tables = [row["name"] for row in catalog.rows("show tables")]
        return "\n".join([*events, *(str(catalog.rows(f'select * from "{t}"')) for t in tables)])


def _planted() -> list[str]:
    """Return all that is searched for: cells, secrets, and secret parameters of the examples."""
    given = [item for examples in EXAMPLES.values() for p in examples for item in p.items()]
    keys = [value for name, value in given if is_secret(name) and isinstance(value, str)]
    assert [key for key in keys if len(key) < 8] == [], "too short to be searched for"
    return [*CELLS.values(), *SECRETS.values(), *keys]


def _published(root: Path, column: str) -> set[tuple[str, str]]:
    """Return the output columns that hold a source column by design: file and name."""
    with Project(root) as project, project.catalog() as catalog:
        rows = catalog.rows(
            "select uri, column_name, effect from column_edges where source_column = ? "
            "and is_direct and not is_assumed and not is_observed",
            [column],
        )
    return {(r["uri"], r["column_name"]) for r in rows if r["effect"] in PUBLISHING}


def test_every_operation_is_tried() -> None:
    """An operation needs a line in EXAMPLES of tests/operation_examples.py."""
    missing = sorted(registry.built_in().keys() - EXAMPLES.keys())
    assert missing == [], f"no example of {missing} in tests/operation_examples.py"


def test_every_operation_succeeds_and_fails(done: Done) -> None:
    """The searches below have something to find: each met the planted values in both ways."""
    good = {status for found in done.statuses["good"].values() for status in found}
    assert OperationStatus.ERROR not in good, done.statuses["good"]
    never = [
        name
        for name in EXAMPLES
        if not any(OperationStatus.ERROR in done.statuses[kind][name] for kind in BAD)
    ]
    assert never == []


@pytest.mark.parametrize("marker", _planted())
def test_no_file_but_the_data_holds_it(done: Done, marker: str) -> None:
    """Log, report, ledger, catalog, temporary file, chart and document are searched bytewise."""
    column = next((name for name, cell in CELLS.items() if cell == marker), "")
    published = {uri for uri, _ in done.published.get(column, ())}
    found = traces.files_with(done.root, marker)
    left = [f for f in found if not f.startswith("DATA/raw/") and not _is_in(f, published)]
    assert left == []


def _is_in(file: str, published: set[str]) -> bool:
    return any(file == uri or file.startswith(f"{uri}/") for uri in published)


@pytest.mark.parametrize("column", CELLS)
def test_only_published_columns_hold_a_cell(done: Done, column: str) -> None:
    """In Parquet files, which are compressed, each column is read and searched."""
    published = done.published[column]
    held = set()
    for path in done.root.glob("DATA/processed/**/*.parquet"):
        for name, values in pq.read_table(path).to_pydict().items():
            if any(CELLS[column] in str(value) for value in values):
                held.add((path.relative_to(done.root).as_posix(), name))
    assert {pair for pair in held if not _is_published(pair, published)} == set()


def _is_published(held: tuple[str, str], published: set[tuple[str, str]]) -> bool:
    return any(_is_in(held[0], {uri}) and held[1] == name for uri, name in published)


@pytest.mark.parametrize("marker", _planted())
def test_no_event_and_no_screen_holds_it(done: Done, marker: str) -> None:
    """Neither the events of the ledger, the catalog, nor what commands and errors printed."""
    assert marker not in done.records
    assert marker not in done.screen


def test_no_temporary_file_is_left(done: Done) -> None:
    """Whether operations succeed or fail, they clean up."""
    assert [p for p in (done.root / "temporary").rglob("*") if p.is_file()] == []
    assert list((done.root / "DATA/processed").rglob("*.tmp*")) == []

"""How fast lineage is answered, through the ledger and the catalog, beside networkx.

The history is the layered job graph of many pipelines: every job reads three files of the layer
above and writes one. A second one is a ladder of columns, each made from three of the file before.
Beside a closure stands the bare recursion in DuckDB over the same keys, which finds the nodes but
no distances, counts or names; beside the rest networkx, which gets the same edges ready made.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import networkx as nx
from table import Row, medians_ms, show

from lineage.events import ArtifactWritten, ColumnsDerived, DatasetRead, DerivedColumn, Event
from lineage.kernel.digest import sha256_bytes
from lineage.ledger import Ledger
from projections import Catalog, Projector
from projections.dependency_graph import Selection, column_path, dependency_graph, find, ids, search
from projections.dependency_graph.columns import column_graph

EDGES_OF_A_JOB = 4
LAYERS = 20
JOBS_OF_A_RUN = 500
PARENTS = 3
HOPS = 200
WIDE = 3
CHAIN = 10_000
SMALL = 25_000
REPEATS = 5
MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)
RECURSION = """
with recursive steps as materialized (select source_key, target_key from {view}),
reached(key) as (
  select unnest($starts::ubigint[])
  union
  select s.source_key from reached r join steps s on s.target_key = r.key
)
select count(*) from reached
"""


def job_events(first: int, jobs: int, wide: int) -> Iterator[Event]:
    """Yield what some jobs record; each is an operation that reads three files and writes one."""
    for job in range(first, first + jobs):
        number = job - first + 1
        layer = job // wide
        if layer:
            for parent in range(PARENTS):
                source = (layer - 1) * wide + (job * 7 + parent * 13) % wide
                yield DatasetRead(
                    operation=number,
                    name="table",
                    uri=uri_of(source),
                    sha256=digest(f"job {source}"),
                    size_bytes=1_048_576,
                    format="parquet",
                    rows=10_000,
                )
        yield ArtifactWritten(
            operation=number,
            artifact_type="parquet",
            uri=uri_of(job),
            sha256=digest(f"job {job}"),
            size_bytes=524_288,
            modified_at=MODIFIED,
            rows=10_000,
        )


def uri_of(job: int) -> str:
    """Return the file a job writes."""
    return f"DATA/processed/t_{job % 400}/output/table_{job}.parquet"


def ladder_events() -> Iterator[Event]:
    """Yield the derivations of columns, hop by hop."""
    for hop in range(HOPS):
        columns = tuple(
            DerivedColumn(
                column=f"c{column}",
                source_uri=f"ladder/{hop}.parquet",
                source_sha256=digest(f"ladder {hop}"),
                source_column=f"c{parent}",
                effect="generalization" if (hop, column) == (HOPS // 2, 0) else "identity",
                is_direct=True,
            )
            for column in range(WIDE)
            for parent in range(PARENTS)
        )
        yield ColumnsDerived(
            operation=None,
            uri=f"ladder/{hop + 1}.parquet",
            sha256=digest(f"ladder {hop + 1}"),
            columns=columns,
        )


def digest(text: str) -> str:
    """Return a digest."""
    return sha256_bytes(text.encode())


def column_of(hop: int, column: int) -> str:
    """Return the id of a column of the ladder."""
    return f"ladder/{hop}.parquet@{digest(f'ladder {hop}')}:c{column}"


def append(folder: Path, jobs: int) -> None:
    """Append the history through the ledger, many jobs at once."""
    wide = max(PARENTS, jobs // LAYERS)
    with Ledger((folder / "ledger.db").as_uri().replace("file:", "sqlite:", 1)) as ledger:
        for first in range(0, jobs, JOBS_OF_A_RUN):
            run = f"run-{first:09}-0123456789abcdef"
            events = [*job_events(first, min(JOBS_OF_A_RUN, jobs - first), wide)]
            ledger.append(f"run:{run}", events, expected_version=0, run=run, task="t_1")
        ledger.append("run:ladder", [*ladder_events()], expected_version=0, run="ladder", task="t")


def bare(catalog: Catalog, view: str, starts: Collection[int]) -> Callable[[], object]:
    """Return the closure upstream as one would write it by hand."""
    sql = RECURSION.format(view=view)
    return lambda: catalog.value(sql, {"starts": [*starts]})


def closures(catalog: Catalog, jobs: int, repeats: int) -> Iterator[Row]:
    """Yield questions about jobs."""
    wide = max(PARENTS, jobs // LAYERS)
    last = tuple(f"{uri_of(job)}@{digest(f'job {job}')}" for job in range(jobs - wide, jobs))
    start = find(catalog, uri_of(jobs - 1)).nodes[0]
    pairs = [(row["source"], row["target"]) for row in catalog.rows("select * from edges")]
    upward = nx.DiGraph(pairs).reverse(copy=False)
    beside = "bare recursion in DuckDB"
    for what, starts in (("one file", (start,)), (f"{wide:,} files", last)):
        ours, theirs = medians_ms(
            lambda starts=starts: dependency_graph(catalog, Selection(starts=starts, limit=200)),
            bare(catalog, "edges", ids.keys_of(catalog, starts)),
            repeats=repeats,
        )
        name = f"upstream of {what}, counts and 200 nearest"
        yield Row(name=name, ours=ours, beside=theirs, beside_name=beside)
    ours, theirs = medians_ms(
        lambda: dependency_graph(catalog, Selection(starts=(start,), depth=5)),
        lambda: nx.ego_graph(upward, start, 5),
        repeats=repeats,
    )
    name = "depth 5 of one file"
    yield Row(name=name, ours=ours, beside=theirs, beside_name="networkx, edges in memory")


def columns(catalog: Catalog, repeats: int) -> Iterator[Row]:
    """Yield questions about a column."""
    start = column_of(HOPS, 1)
    history, path, theirs = medians_ms(
        lambda: column_graph(catalog, Selection(starts=(start,))),
        lambda: column_path(catalog, [column_of(0, 0)], [start]),
        bare(catalog, "column_steps", ids.column_keys_of(catalog, [start])),
        repeats=repeats,
    )
    name, beside = f"column history, {HOPS} hops x {PARENTS} parents", "bare recursion in DuckDB"
    yield Row(name=name, ours=history, beside=theirs, beside_name=beside)
    yield Row(name="column path and exposure", ours=path, beside=theirs, beside_name=beside)


def chain(repeats: int) -> Iterator[Row]:
    """Yield the history of a file that was written again many times."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table edges as select hash(n) as source_key, hash(n + 1) as target_key, "
            f"n as position from range({CHAIN}) r(n)"
        )
        catalog = Catalog(connection, 0)
        start = [catalog.value("select hash(?::bigint)", [CHAIN])]
        ours, theirs = medians_ms(
            lambda: search.reach(catalog, start, "upstream", limit=200),
            bare(catalog, "edges", start),
            repeats=repeats,
        )
    name = f"chain of {CHAIN:,} hops, search alone"
    yield Row(name=name, ours=ours, beside=theirs, beside_name="bare recursion in DuckDB")


def measure(folder: Path, jobs: int, repeats: int) -> Iterator[Row]:
    """Write the history unless it is there, and yield all rows."""
    if not (folder / "ledger.db").exists():
        append(folder, jobs)
    url = (folder / "ledger.db").as_uri().replace("file:", "sqlite:", 1)
    with (
        Ledger(url) as ledger,
        Projector(ledger, folder / "catalog.duckdb").open() as catalog,
    ):
        yield from closures(catalog, jobs, repeats)
        yield from columns(catalog, repeats)
    yield from chain(repeats)


def small() -> Iterator[Row]:
    """Yield rows for a graph of a hundred thousand edges."""
    with tempfile.TemporaryDirectory(prefix="graph_closure.") as folder:
        yield from measure(Path(folder), SMALL, REPEATS)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=SMALL, help="250,000 have a million edges")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--folder", type=Path, help="work here and keep what was written")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graph_closure.") as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"{arguments.jobs:,} jobs, about {arguments.jobs * EDGES_OF_A_JOB:,} edges")
        show(measure(folder, arguments.jobs, arguments.repeats))


if __name__ == "__main__":
    main()

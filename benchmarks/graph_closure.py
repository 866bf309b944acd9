"""How fast lineage is answered, through the ledger and the catalog, beside networkx.

The history is the layered job graph of many pipelines: every job reads three files of the layer
above and writes one. A second one is a ladder of columns, each made from three of the file before.
networkx gets the same edges ready made, so its time is that of the search alone; building its
graph is a line of its own. The plain recursion in SQL, which is what one would write by hand,
stands beside them where it ends in reasonable time.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import networkx as nx

from lineage.events import ArtifactWritten, ColumnsDerived, DatasetRead, DerivedColumn, Event
from lineage.kernel.digest import sha256_bytes
from lineage.ledger import Ledger
from projections import Catalog, Projector
from projections.dependency_graph import (
    Selection,
    column_graph,
    column_path,
    dependency_graph,
    find,
)

EDGES_OF_A_JOB = 4
LAYERS = 20
JOBS_OF_A_RUN = 500
PARENTS = 3
HOPS = 200
WIDE = 3
MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)
RECURSION = """
with recursive reached(node) as (
  select $start
  union
  select e.source from edges e join reached r on e.target = r.node
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


class Table:
    """Prints one line a measurement."""

    def __init__(self, repeats: int) -> None:
        self._repeats = repeats
        print(f"{'':52}{'first ms':>10}{'best ms':>10}  answer")

    def measure(
        self, name: str, action: Callable[[], Any], size: Callable[[Any], object] = len
    ) -> Any:
        """Do something several times, print how long it took, and return its last result."""
        seconds = []
        for _ in range(self._repeats):
            began = perf_counter()
            result = action()
            seconds.append(perf_counter() - began)
        print(
            f"{name:52}{seconds[0] * 1000:10,.1f}{min(seconds) * 1000:10,.1f}  {size(result):,}",
            flush=True,
        )
        return result


def ask(catalog: Catalog, jobs: int, table: Table, *, has_slow: bool) -> None:
    """Ask and print."""
    name = uri_of(jobs - 1)
    found = table.measure("find a file by its path", lambda: find(catalog, name), _one)
    start = found.nodes[0]
    wide = max(PARENTS, jobs // LAYERS)
    last_layer = tuple(f"{uri_of(job)}@{digest(f'job {job}')}" for job in range(jobs - wide, jobs))
    whole = Selection(starts=last_layer, limit=200)
    near = Selection(starts=(start,), depth=5)
    table.measure(
        "upstream of the last layer, counts, 200 nearest",
        lambda: dependency_graph(catalog, whole),
        lambda graph: graph.graph["node_count"],
    )
    table.measure(
        "upstream of one file, counts, 200 nearest",
        lambda: dependency_graph(catalog, Selection(starts=(start,), limit=200)),
        lambda graph: graph.graph["node_count"],
    )
    table.measure(
        "depth 5 of one file, as networkx.DiGraph", lambda: dependency_graph(catalog, near)
    )
    rows = catalog.rows("select source, target from edges")
    pairs = [(row["source"], row["target"]) for row in rows]
    graph = table.measure("networkx: build the graph", lambda: nx.DiGraph(pairs))
    table.measure("networkx: ancestors of one file", lambda: nx.ancestors(graph, start))
    table.measure(
        "networkx: depth 5 of one file",
        lambda: nx.ego_graph(graph.reverse(copy=False), start, 5),
    )
    if has_slow:
        table.measure(
            "SQL: recursion over the view, one file",
            lambda: catalog.value(RECURSION, {"start": start}),
            int,
        )


def ask_columns(catalog: Catalog, table: Table) -> None:
    """Ask for the history of a column and print."""
    start = Selection(starts=(column_of(HOPS, 1),))
    table.measure(
        f"columns: history over {HOPS} hops, {PARENTS} parents",
        lambda: column_graph(catalog, start),
    )
    ends = ([column_of(0, 0)], [column_of(HOPS, 1)])
    table.measure("columns: what is shown, and by which way", lambda: column_path(catalog, *ends))


def _one(_: object) -> int:
    return 1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=25_000, help="250,000 have a million edges")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--slow", action="store_true", help="also try the recursion in SQL")
    parser.add_argument("--folder", type=Path, help="work here and keep what was written")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="graph_closure."))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not (folder / "ledger.db").exists():
            append(folder, arguments.jobs)
        with Ledger((folder / "ledger.db").as_uri().replace("file:", "sqlite:", 1)) as ledger:
            projector = Projector(ledger, folder / "catalog.duckdb")
            projector.open().close()
            print(f"{arguments.jobs:,} jobs, about {arguments.jobs * EDGES_OF_A_JOB:,} edges")
            table = Table(arguments.repeats)
            with projector.open() as catalog:
                ask(catalog, arguments.jobs, table, has_slow=arguments.slow)
                ask_columns(catalog, table)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()

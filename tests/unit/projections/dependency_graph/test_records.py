"""What a person names is found as the events that are about it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.kernel.errors import DatasetNotFoundError
from projections import Catalog
from projections.dependency_graph.records import records_of


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The history of one run."""
    with make_project(tmp_path_factory.mktemp("project")) as project:
        assert SmallTask(CopyOperation(), project=project).run()
        with project.catalog() as opened:
            yield opened


@pytest.mark.parametrize(
    ("name", "kind", "label", "count"),
    [
        ("3", "event", "event 3", 1),
        ("copy.csv", "file", "DATA/processed/t_one/output/copy.csv", 1),
        ("people.csv", "file", "DATA/raw/people.csv", 1),
        ("task:t_one", "stream", "task:t_one", 2),
        ("t_one", "task", "t_one", 12),
    ],
)
def test_name_is_found_by_its_kind(
    catalog: Catalog, name: str, kind: str, label: str, count: int
) -> None:
    """A position, a file, a stream, a task."""
    found = records_of(catalog, name)

    assert (found.kind, found.label, len(found.positions)) == (kind, label, count)


def test_run_is_found_by_the_beginning_of_its_id(catalog: Catalog) -> None:
    """All its events are about it."""
    run = str(catalog.value("select run_id from runs"))
    found = records_of(catalog, run[:8])

    assert (found.kind, found.label) == ("run", run)
    assert list(found.positions) == sorted(found.positions)
    assert len(found.positions) == catalog.value(
        "select count(*) from events where run_id is not null"
    )


@pytest.mark.parametrize("name", ["", "nobody", "0", "9999", "operation:CopyOperation"])
def test_name_of_nothing_is_refused(catalog: Catalog, name: str) -> None:
    """A number beyond the ledger is no event."""
    with pytest.raises(DatasetNotFoundError, match=r"."):
        records_of(catalog, name)

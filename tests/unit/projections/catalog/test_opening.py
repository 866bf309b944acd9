"""`projections.open`: a project as it is now or was, or a file as it was published."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from small_tasks import SmallTask, make_one_run

import projections
from lineage.kernel.errors import ProjectionError, QueryError, QueryStoppedError
from lineage.project import Project
from projections import Limits

COUNT = "select count(*) from runs"
ENDLESS = "with recursive t(i) as (select 1 union all select i + 1 from t) select max(i) from t"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one run whose catalog was published."""
    make_one_run(tmp_path / "project")
    with Project(tmp_path / "project") as opened:
        yield opened


def test_project_is_brought_up_to_date(project: Project) -> None:
    """What was recorded since the last publication is there."""
    SmallTask(task_id="t_two", project=project).run()
    with projections.open(project) as catalog:
        assert catalog.value(COUNT) == 2
        assert catalog.position == project.ledger.head()


def test_path_shows_what_was_published(project: Project) -> None:
    """A folder and a file show the last publication, and say up to where."""
    published = project.ledger.head()
    SmallTask(task_id="t_two", project=project).run()
    for path in (project.root, str(project.root), project.projector.path):
        with projections.open(path) as catalog:
            assert (catalog.value(COUNT), catalog.position) == (1, published)


def test_past_of_a_project_is_asked(project: Project) -> None:
    """`as_of` goes back to a position."""
    with projections.open(project, as_of=0) as catalog:
        assert catalog.value(COUNT) == 0


def test_past_of_a_file_is_refused(project: Project) -> None:
    """A published file has one position."""
    with pytest.raises(ProjectionError, match=r"expected a project; .*Project\.open"):
        projections.open(project.root, as_of=1)


def damaged(path: Path) -> None:
    """Overwrite every byte."""
    path.write_bytes(b"no catalog" * 1000)


def newer(path: Path) -> None:
    """Raise the number of the storage format, which follows a checksum and the magic word."""
    with path.open("r+b") as stream:
        assert stream.read(12)[8:] == b"DUCK"
        stream.write((9999).to_bytes(8, "little"))


def other(path: Path) -> None:
    """Put a database there that is no catalog."""
    path.unlink()
    duckdb.connect(str(path)).execute("create table mine as select 1 as i").close()


@pytest.mark.parametrize("spoil", [Path.unlink, damaged, newer, other])
def test_file_that_is_no_catalog_is_explained(project: Project, spoil: object) -> None:
    """Missing, damaged, newer or foreign: the error says how to get a catalog."""
    assert callable(spoil)
    spoil(project.projector.path)
    with pytest.raises(ProjectionError, match="; run `lineage rebuild` to build it"):
        projections.open(project.root)


@pytest.mark.parametrize("spoil", [Path.unlink, damaged, newer, other])
def test_project_mends_its_catalog(project: Project, spoil: object) -> None:
    """With the ledger at hand the same files are rebuilt without a word."""
    assert callable(spoil)
    spoil(project.projector.path)
    with projections.open(project) as catalog:
        assert catalog.value(COUNT) == 1


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_file_that_may_only_be_read_is_read(project: Project) -> None:
    """A catalog on a read-only medium answers."""
    project.projector.path.chmod(0o400)
    with projections.open(project.projector.path) as catalog:
        assert catalog.value(COUNT) == 1


def test_opened_catalog_has_limits(project: Project) -> None:
    """A query that never ends is stopped, by default and when told."""
    with projections.open(project, limits=Limits(timeout_s=0.1)) as catalog:
        with pytest.raises(QueryStoppedError, match="stopped after"):
            catalog.rows(ENDLESS)
        with pytest.raises(QueryError, match="Permission Error"):
            catalog.sql(f"from read_text('{project.root}/configs/prj_config.json')").df()


def test_older_clients_can_read_the_file(project: Project) -> None:
    """The file is stored as DuckDB 1.4 stored it, also after news were added to it."""
    SmallTask(task_id="t_two", project=project).run()
    project.catalog().close()
    with duckdb.connect(str(project.projector.path), read_only=True) as client:
        stored = client.sql("select tags['storage_version'] from duckdb_databases()").fetchall()

    assert ("v1.4.0+",) in stored


def test_plain_client_reads_the_file_while_runs_are_written(project: Project) -> None:
    """Another process with nothing but DuckDB reads whole snapshots, and disturbs no writer."""
    path = project.projector.path
    code = (
        "import duckdb, sys\n"
        "with duckdb.connect(sys.argv[1], read_only=True) as held:\n"
        "    for line in sys.stdin:\n"
        "        with duckdb.connect(sys.argv[1] if line.strip() == 'same' else line.strip(),"
        " read_only=True) as fresh:\n"
        "            print(*fresh.sql('select position, (select count(*) from events)"
        " from catalog_info').fetchall()[0], flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        seen = []
        for number in range(3):
            SmallTask(task_id=f"t_{number}", project=project).run()
            with projections.open(project) as catalog:
                link = path.with_name(f"client_{number}.duckdb")
                link.hardlink_to(path)
                client.stdin.write(f"{link}\n")
                client.stdin.flush()
                position, events = map(int, client.stdout.readline().split())
                assert position == events == catalog.position
                seen.append(position)
        client.stdin.close()

    assert seen == sorted(set(seen))
    assert client.returncode == 0

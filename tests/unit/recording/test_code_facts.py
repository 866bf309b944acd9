"""Which code a run executes."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_tasks import SmallTask, last, make_project

from lineage.events import CodeCaptured
from lineage.project import Project
from lineage.recording import code_facts


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project."""
    with make_project(tmp_path / "project") as opened:
        yield opened


def test_run_of_a_class_notes_the_module_that_defines_it(project: Project) -> None:
    """The code of a task is its module, with path and digest; git knows none of these here."""
    SmallTask(project=project).run()

    source = Path(str(sys.modules["small_tasks"].__file__))
    code = last(project, CodeCaptured)
    assert (code.kind, code.path) == ("module", project.display(source))
    assert code.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()


def test_executed_text_is_not_the_code_of_the_file_around_it(project: Project) -> None:
    """Of a text that `exec` runs nothing is known; the file that calls it says nothing of it."""
    names: dict[str, object] = {"__file__": __file__, "__name__": "__main__"}
    exec("import sys\nframe = sys._getframe()", names)  # noqa: S102  # what it is about

    code = code_facts.of_frame(names["frame"]).captured(project)  # type: ignore[arg-type]

    assert (code.kind, code.path, code.sha256) == ("interactive", None, None)


def test_file_outside_the_project_is_named_in_full(project: Project) -> None:
    """A script may be anywhere; its path then is absolute."""
    frame = sys._getframe()

    code = code_facts.of_frame(frame).captured(project)

    assert code.path == Path(__file__).resolve().as_posix()
    assert code.sha256 == hashlib.sha256(Path(__file__).read_bytes()).hexdigest()

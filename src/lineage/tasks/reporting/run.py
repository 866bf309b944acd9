"""The run that a reporter describes: a running one, or one begun for the reporter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from lineage import exports, settings
from lineage.kernel import errors, paths
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started


class ReportedRun:
    """Gives the recorder of a run for one call at a time.

    Args:
        recorder: The history of the run.
        is_own: Whether the ledger was opened for this run alone. If so, it is held until `close`
            or the end of the run; afterwards each call opens it for itself.
    """

    def __init__(self, recorder: RunRecorder, *, is_own: bool = False) -> None:
        self.recorder = recorder
        self.is_own = is_own
        self._is_closed = False

    @contextmanager
    def use(self) -> Iterator[RunRecorder]:
        """Give the recorder for one call.

        Raises:
            ReportingError: Replaces every error that refuses the call.
        """
        try:
            with _refusals_as_reporting_errors():
                yield self.recorder
        finally:
            if self._is_closed or not self.recorder.is_open:
                self._disconnect()

    def close(self) -> None:
        """Release the ledger, if it was opened for this run."""
        self._is_closed = True
        self._disconnect()

    def _disconnect(self) -> None:
        if self.is_own:
            self.recorder.project.disconnect()


def begin_own_run(
    task_id: str, task_type: str, description: str, *, report_path: Path
) -> ReportedRun:
    """Begin a run for a reporter outside a task.

    Args:
        task_id: Id of the task.
        task_type: Its type.
        description: What it is for.
        report_path: Where the report is saved; its folder says which project the run belongs to.

    Raises:
        ReportingError: The report would lie outside the folders the project may use.
        LedgerError: The history cannot be written.
    """
    with ExitStack() as on_failure:
        try:
            paths.check_text(str(report_path))
            project = on_failure.enter_context(_project_for(report_path))
            target = exports.report_target(project, report_path.absolute())
        except errors.PathRefusedError as error:
            raise errors.ReportingError(
                f"report {str(report_path)!r}", problem=str(error)
            ) from error
        recorder = RunRecorder(project, task_id)
        recorder.begin(
            run_started(
                task_type=task_type,
                description=description,
                report_path=project.display(target),
            )
        )
        on_failure.pop_all()
    return ReportedRun(recorder, is_own=True)


def _project_for(report_path: Path) -> Project:
    folder = report_path.absolute().parent
    existing = next(f for f in (folder, *folder.parents) if f.exists())
    for start in (existing, None):
        with suppress(errors.ProjectNotFoundError):
            return Project(settings.find_root(start))
    root = settings.find_root_or_here()
    paths.resolve(report_path.absolute(), root)
    return Project(root)


@contextmanager
def _refusals_as_reporting_errors() -> Iterator[None]:
    try:
        yield
    except errors.ReportingError:
        raise
    except errors.CommandRejectedError as error:
        raise errors.ReportingError("report", problem=str(error)) from error
    except (errors.LineageError, OSError) as error:
        raise errors.ReportingError("report", problem=errors.safe_message(error)) from error
    except ValidationError as error:
        # its own text would quote the values
        raise errors.ReportingError("report", problem=settings.mistakes_of(error)) from None

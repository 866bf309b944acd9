"""A script as a task: the phases of `BaseTask`, called one by one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from lineage import settings
from lineage.events import TaskRegistered
from lineage.project import Project
from lineage.recording.code_facts import CodePlace
from lineage.recording.recorder import RunRecorder
from lineage.tasks.lifecycle.base_task import BaseTask


class ScriptTask(BaseTask):
    """A task whose work is done between `begin` and `end`, by whoever calls them.

    A folder that belongs to no project becomes one.

    Args:
        task_id: Its id.
        task_type: "script", or what the author says.
        description: What it is for.
        version: The author's version.
        code: Where its code is.
        project: The project; the caller closes it. When None, that of the current folder.
    """

    _folders = ("reports", "project_logs")  # a script writes where it wants

    def __init__(
        self,
        task_id: str,
        task_type: str,
        description: str,
        *,
        version: str,
        code: CodePlace,
        project: Project | None = None,
    ) -> None:
        super().__init__(task_id, task_type, description, version=version, project=project)
        self._code = code

    @property
    def recorder(self) -> RunRecorder:
        """The history of the run that has begun."""
        return self._run

    @property
    def code_version(self) -> str:
        """The author's version with the digest of the code, as far as it is known."""
        sha256 = self._code.captured(self.project).sha256
        return self.version if sha256 is None else f"{self.version}+{sha256[:16]}"

    def configure_operations(self) -> None:
        """Leave the list empty: the steps of a script are known when they happen."""

    def carrying_on(self, doing: str) -> AbstractContextManager[None]:
        """Log an error of the block instead of raising it: the first error matters more."""
        return self._ending.carrying_on(doing)

    def begin(self, parameters: Mapping[str, object], *, resume: bool | str = False) -> None:
        """Begin a run.

        Args:
            parameters: What it works with; they take precedence over every configuration.
            resume: As for `BaseTask.run`.

        Raises:
            LineageError: As of `initialize`.
        """
        self._reset()
        self._resume = resume
        try:
            self.initialize(parameters)
        except BaseException as error:
            self._stop(error)
            self._let_go()
            raise

    def end(self, error: BaseException | None = None) -> None:
        """End the run, and save its report and the execution log.

        Args:
            error: What ended it; None if it has done its work.

        Raises:
            CommandRejectedError: A step is still open; the run has failed.
            LedgerError: The history cannot be written.
            DocumentNotWrittenError: The seal, the report or the execution log cannot be written;
                the history has the run.
        """
        try:
            if error is None:
                self._end_run(success=True)
            else:
                self._stop(error)
        except BaseException as fault:
            self._stop(fault)
            raise
        finally:
            self._let_go()

    def _opened_project(self) -> Project:
        if self._own_project is None:
            self._own_project = Project(settings.find_root_or_here())
        return self._own_project

    def _registered(self) -> TaskRegistered:
        sha256 = self._code.captured(self.project).sha256
        return super()._registered().model_copy(update={"source_sha256": sha256})

"""Load, save and remove process summaries without blocking an event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from lineage import settings
from lineage.domain.process import ErrorThreshold
from lineage.exports import summary_path
from lineage.kernel.errors import CommandRejectedError
from lineage.processes.summary import ProcessSummary
from lineage.project import Project

_log = logging.getLogger(__name__)


class ProcessSummaryManager:
    """Loads and saves the summary of one process.

    Args:
        run_name: The pipeline run ("harvard_2024").
        process_name: The process ("collect").
        project: Where it is recorded; as in `ProcessSummary` when None.
        thresholds: When errors are worth an alert.

    Attributes:
        summary_file: Where the summary is exported.

    Raises:
        PathRefusedError: A name cannot be part of a file name.
    """

    def __init__(
        self,
        run_name: str,
        process_name: str,
        *,
        project: Project | None = None,
        thresholds: Iterable[ErrorThreshold] = (),
    ) -> None:
        self.run_name = run_name
        self.process_name = process_name
        root = settings.find_root_or_here() if project is None else project.root
        self.summary_file = summary_path(root, run_name, process_name)
        self._project = project
        self._thresholds = tuple(thresholds)

    async def load_or_create_summary(self) -> ProcessSummary:
        """Resume the process, or begin it if it is new, and record that.

        A process that has ended is only loaded; its `start_process` begins it again. An
        exported file that is damaged is set aside with a warning and rewritten.

        Raises:
            ConfigurationError: The project file has mistakes.
            LedgerUnavailableError: The ledger cannot be read or written.
        """
        return await asyncio.to_thread(self._load)

    async def save_summary(self, summary: ProcessSummary) -> None:
        """Make what the process has counted durable, and write its summary file.

        Raises:
            CommandRejectedError: It is the summary of another process, or another session has
                ended the process (`ProcessSummary.save`).
            LedgerUnavailableError: The ledger cannot be read or written.
        """
        named = (summary.run_name, summary.process_name)
        if named != (self.run_name, self.process_name):
            raise CommandRejectedError(
                "summary to save", found=named, expected=repr((self.run_name, self.process_name))
            )
        await save_process_summary(summary)

    async def cleanup_summary(self) -> None:
        """Remove the summary file, if there is one; the ledger keeps the history.

        A file that cannot be removed is logged.
        """
        try:
            await asyncio.to_thread(self.summary_file.unlink, missing_ok=True)
        except OSError as error:
            _log.error("cannot remove %s: %s", self.summary_file, error.strerror)

    def _load(self) -> ProcessSummary:
        summary = ProcessSummary(
            self.process_name, self.run_name, project=self._project, thresholds=self._thresholds
        )
        summary.save()
        return summary


async def create_process_summary(
    run_name: str,
    process_name: str,
    *,
    project: Project | None = None,
    thresholds: Iterable[ErrorThreshold] = (),
) -> ProcessSummary:
    """Return a summary that is ready to count: of a new process or a resumed one.

    It is `ProcessSummaryManager.load_or_create_summary`, and a process that has ended is
    started again. Parameters and errors are those of the manager.
    """
    manager = ProcessSummaryManager(run_name, process_name, project=project, thresholds=thresholds)
    summary = await manager.load_or_create_summary()
    if summary.end_time is not None:
        summary.start_process()
        await save_process_summary(summary)
    return summary


async def save_process_summary(summary: ProcessSummary) -> None:
    """Make what a process has counted durable, and write its summary file.

    The event loop keeps running. What is counted while it waits belongs to the next save.

    Raises:
        CommandRejectedError: Another session has ended the process (`ProcessSummary.save`).
        LedgerUnavailableError: The ledger cannot be read or written.
    """
    await asyncio.to_thread(summary.save)

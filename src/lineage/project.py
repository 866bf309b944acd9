"""The composition root: opens a project and puts its parts together.

Everything that needs a ledger, a catalog, a clock or ids gets them from here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, takewhile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from filelock import FileLock

from lineage import settings
from lineage.domain import RUN, TASK, RunState, TaskState
from lineage.domain.run import RUN_ENDS, RunCommand, RunStatus
from lineage.domain.task import TaskCommand
from lineage.events import EnvironmentCaptured, Event, RunStarted
from lineage.kernel import files, paths
from lineage.kernel.blobs import Blobs
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import LedgerUnavailableError
from lineage.kernel.ids import Ids, RandomIds
from lineage.kernel.values import document_text
from lineage.ledger import Ledger, Session
from projections import Catalog, Projector
from projections.execution_log import build_execution_log
from projections.moments import Moment
from projections.process_summary import export_all
from projections.report import build_report, reported_runs

LEDGER_FILE: Final = "ledger.db"
CATALOG_FILE: Final = "catalog.duckdb"
CHECKPOINT_FOLDER: Final = "checkpoints"
EXECUTION_LOG: Final = f"{settings.CONFIG_FOLDER}/execution_log.json"
EXECUTION_LOG_FOLLOWS_UP_TO: Final = 20_000
"""Events up to which the execution log is written after each run."""

EXPORT_LOCK_TIMEOUT_S: Final = 60
BEGINNING: Final = 100
"""Events of a run among which its environment stands, if it was executed here."""


class Project:
    """A folder with its settings, its ledger and its catalog.

    Args:
        root: The folder; it must exist.
        clock: The time to record.
        ids: Makes run ids.
        ledger_url: The ledger in place of the one that the project or the environment says.

    Raises:
        ConfigurationError: The project file has mistakes.
        LedgerUnavailableError: The ledger cannot be opened, or the folder cannot be written.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        ledger_url: str | None = None,
    ) -> None:
        self.root = root.resolve()
        self.settings = settings.load(self.root)
        self.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self.state_folder = self.root / settings.STATE_FOLDER
        self._make_state_folder()
        url = ledger_url or self._ledger_url()
        self.ledger = Ledger(url, clock=self.clock, folder=self.root)
        self.projector = Projector(self.ledger, self.state_folder / CATALOG_FILE)

    @classmethod
    def open(cls, folder: Path | None = None) -> Self:
        """Open a project that is named, or the one around the current folder.

        Args:
            folder: The project itself; what `lineage.settings.find_root` finds when None.

        Raises:
            ProjectNotFoundError: There is none.
            ConfigurationError: The project file has mistakes.
            LedgerUnavailableError: The ledger cannot be opened.
        """
        return cls(settings.find_root() if folder is None else settings.named_root(folder))

    @property
    def data_folder(self) -> Path:
        """The folder of the data, absolute."""
        return self.root / self.settings.data_repository

    @property
    def allowed_roots(self) -> tuple[Path, ...]:
        """The folders that tasks may use, the project first."""
        external = (self.root / folder for folder in self.settings.allowed_external_paths)
        return (self.root, *external)

    @property
    def checkpoint_files(self) -> Blobs:
        """The states of runs that are too big for the ledger, or encrypted."""
        return Blobs(self.state_folder / CHECKPOINT_FOLDER)

    def safe_path(self, candidate: str | os.PathLike[str]) -> paths.SafePath:
        """Check a path against the folders that tasks may use.

        Raises:
            PathRefusedError: It leads outside.
        """
        return paths.resolve(candidate, *self.allowed_roots)

    def display(self, path: str | os.PathLike[str]) -> str:
        """Name a file as the history does: relative to the project if inside, else absolute."""
        return paths.display(self.root / path, self.root)

    def run_session(self, run_id: str, task_id: str) -> Session[RunState, RunCommand]:
        """Return the session of a run's stream."""
        return Session(
            self.ledger, RUN, f"run:{run_id}", run=run_id, task=task_id, causation=_causation
        )

    def run_status(self, run_id: str, task_id: str) -> RunStatus:
        """Return how a run stands; for one that has just ended, from its last event alone."""
        last = self.ledger.last_of_stream(f"run:{run_id}")
        if last is not None and isinstance(last.event, RUN_ENDS):
            return RUN.fold([last.event]).status
        return self.run_session(run_id, task_id).state.status

    def task_session(self, task_id: str) -> Session[TaskState, TaskCommand]:
        """Return the session of a task's stream."""
        return Session(self.ledger, TASK, f"task:{task_id}", task=task_id)

    def catalog(self, *, as_of: Moment | None = None, as_known_at: Moment | None = None) -> Catalog:
        """Open the catalog as of now, or as of a past (`Projector.as_of`); the caller closes it.

        Raises:
            MomentError: A moment is none, or has not come yet.
            LedgerError: The ledger cannot be read.
            ProjectionError: The catalog cannot be built.
        """
        if as_of is None and as_known_at is None:
            return self.projector.open()
        return self.projector.as_of(as_of, as_known_at=as_known_at)

    def export_report(self, run_id: str) -> Path:
        """Write the report of a run to its place and return the path.

        A run that a newer one with the same report has overtaken leaves the file alone.

        Raises:
            RunNotFoundError: No such run.
            PathRefusedError: The recorded place lies outside the project.
            OSError: The place cannot be written.
        """
        with self.projector.of_run(run_id) as catalog:
            report_path = catalog.value("select report_path from runs where run_id = ?", [run_id])
            report = build_report(catalog, run_id)
        target = self.safe_path(report_path).path
        with self._exporting():
            if not self._is_overtaken(run_id, str(report["task_id"]), report_path):
                files.write_text(target, document_text(report))
        return target

    def export_execution_log(self) -> Path:
        """Write the execution log to its place and return the path.

        Raises:
            OSError: The place cannot be written.
        """
        target = self.root / EXECUTION_LOG
        with self._exporting(), self.catalog() as catalog:
            files.write_text(target, document_text(build_execution_log(catalog)))
        return target

    def follow_execution_log(self) -> None:
        """Write the execution log if the project wants it written after each run.

        The document has every run, so writing it costs more with each one. "auto" stops at
        20,000 events; `lineage run` and `lineage rebuild --files` write it whatever its size
        (ADR 0003).

        Raises:
            OSError: The place cannot be written.
        """
        match self.settings.execution_log:
            case "each_run":
                self.export_execution_log()
            case "auto" if self.ledger.head() <= EXECUTION_LOG_FOLLOWS_UP_TO:
                self.export_execution_log()

    def rebuild(self, on_step: Callable[[str], None] = lambda _: None) -> list[Path]:
        """Build the catalog anew and write every exported document again.

        Args:
            on_step: Called with the name of each thing before it is built.

        Returns:
            The written files.
        """
        on_step(CATALOG_FILE)
        self.projector.rebuild()
        on_step(EXECUTION_LOG)
        written = [self.projector.path, self.export_execution_log()]
        # a run that ends meanwhile waits, and writes its newer report after these
        with self._exporting(), self.catalog() as catalog:
            for report_path, run_id in reported_runs(catalog).items():
                on_step(report_path)
                target = self.safe_path(report_path).path
                files.write_text(target, document_text(build_report(catalog, run_id)))
                written.append(target)
        written += export_all(self.projector, self.root, on_step)
        return written

    def close(self) -> None:
        """Close the ledger, and the catalog that is kept open."""
        self.projector.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ledger_url(self) -> str:
        default = (self.state_folder / LEDGER_FILE).as_uri().replace("file:", "sqlite:", 1)
        return os.environ.get("LINEAGE_LEDGER") or self.settings.ledger or default

    def _make_state_folder(self) -> None:
        try:
            self.state_folder.mkdir(parents=True, exist_ok=True)
            ignore = self.state_folder / ".gitignore"
            if not ignore.exists():
                files.write_text(ignore, "*\n")
        except OSError as error:
            raise LedgerUnavailableError(
                f"project {str(self.root)!r}",
                found=error.strerror,
                expected="a folder that can be written",
                remedy="check its owner and permissions, or work on a copy",
            ) from error

    def _is_overtaken(self, run_id: str, task_id: str, report_path: str) -> bool:
        """Tell whether a newer run of the task, executed here, has the same report."""
        return any(self._reports_to(run, report_path) for run in self._newer_runs(run_id, task_id))

    def _newer_runs(self, run_id: str, task_id: str) -> Iterator[str]:
        """Yield the runs of a task that began after one of them, newest first."""
        seen, limit = 0, 1
        while True:
            runs = self.ledger.runs_of_task(task_id, limit=limit)
            yield from takewhile(lambda run: run != run_id, runs[seen:])
            if run_id in runs or len(runs) < limit:
                return
            seen, limit = limit, 4 * limit

    def _reports_to(self, run_id: str, report_path: str) -> bool:
        beginning = islice(self.ledger.iter_stream(f"run:{run_id}"), BEGINNING)
        events = [recorded.event for recorded in beginning]
        has_path = any(isinstance(e, RunStarted) and e.report_path == report_path for e in events)
        # a run that was recorded after the fact names a report that another program wrote
        return has_path and any(isinstance(e, EnvironmentCaptured) for e in events)

    @contextmanager
    def _exporting(self) -> Iterator[None]:
        with FileLock(self.state_folder / "export.lock", timeout=EXPORT_LOCK_TIMEOUT_S):
            yield


def _causation(state: RunState, event: Event) -> int | None:
    return state.version_of(getattr(event, "operation", None))

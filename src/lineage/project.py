"""The composition root: opens a project and puts its parts together.

Everything that needs a ledger, a catalog, a clock or ids gets them from here.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from lineage import settings
from lineage.events import streams
from lineage.kernel import files, paths
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import (
    ConfigurationError,
    LedgerUnavailableError,
    LineageError,
    PathRefusedError,
    safe_message,
)
from lineage.kernel.ids import Ids, RandomIds
from lineage.kernel.secrets.keyring import keyring_folder
from lineage.kernel.storage import LocalStorage, Storage
from lineage.kernel.storage.blobs import Blobs
from lineage.ledger import LOCK_TIMEOUT_S, EncryptionSettings, Ledger, Session
from projections import Catalog, Projector
from projections.catalog import recorded_files, witnesses
from projections.catalog.moments import Moment
from projections.catalog.opening import CATALOG_FILE

if TYPE_CHECKING:
    from filelock import FileLock

    from lineage.domain import RunState, TaskState
    from lineage.domain.run import RunCommand, RunStatus
    from lineage.domain.task import TaskCommand
    from lineage.events import Event
_log = logging.getLogger(__name__)

LEDGER_FILE: Final = "ledger.db"
CHECKPOINT_FOLDER: Final = "checkpoints"
LOCK_FOLDER: Final = "locks"
REPORT_FOLDER: Final = "reports"
"""Where reports are, below the folder of the data."""

EXECUTION_LOG: Final = f"{settings.CONFIG_FOLDER}/execution_log.json"
MOST_ENDED_RUNS: Final = 1_000
"""Runs that a project remembers to have ended, which is final."""

SQLITE_FILES: Final = ("", "-wal", "-shm", "-journal")
"""Endings of the files that a ledger of SQLite has."""


class Project:
    """A folder with its settings, its ledger and its catalog.

    Args:
        root: The folder; it must exist.
        clock: The time to record.
        ids: Makes run ids.
        ledger_url: The ledger to use instead of the one that project or environment name.
        lock_timeout_s: Seconds a writer waits for another one before it gives up.
        is_trusted: False to open a ledger that lost events as well, to find out what is missing;
            nothing can be appended to it.

    Raises:
        ConfigurationError: The project file has mistakes, or a project with a history is to have
            a ledger in memory.
        LedgerUnavailableError: The ledger cannot be opened, or lacks events that the catalog,
            the execution log or a report know.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        ledger_url: str | None = None,
        lock_timeout_s: float = LOCK_TIMEOUT_S,
        is_trusted: bool = True,
    ) -> None:
        self.root = root.resolve()
        self.settings = settings.load(self.root)
        self.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self.state_folder = self.root / settings.STATE_FOLDER
        self.lock_timeout_s = lock_timeout_s
        usual = (self.state_folder / LEDGER_FILE).as_uri().replace("file:", "sqlite:", 1)
        url = ledger_url or self._stated_ledger_url(usual)
        self.ledger = Ledger(
            url,
            clock=self.clock,
            folder=self.root,
            lock_timeout_s=lock_timeout_s,
            before_first=self._prepare_writing,
            folder_comes=url == usual,
            encryption=EncryptionSettings(
                is_wanted=self.settings.ledger_settings.encryption,
                keyring=keyring_folder(self.root),
            ),
        )
        self.projector = Projector(
            self.ledger,
            self.root / CATALOG_FILE,
            keeps_snapshot=self.settings.ledger_settings.catalog == "snapshot",
        )
        self._ended: dict[str, RunStatus] = {}
        self._reports = witnesses.of_reports(self.data_folder / REPORT_FOLDER)
        self._at_close: tuple[int, Callable[[], object]] | None = None
        try:
            if is_trusted:
                self._check_ledger()
        except LedgerUnavailableError:
            self.close()
            raise

    @classmethod
    def open(cls, folder: Path | None = None, *, is_trusted: bool = True) -> Self:
        """Open a given project, or the one that contains the current folder.

        Args:
            folder: The project itself; what `lineage.settings.find_root` finds when None.
            is_trusted: See `Project`.

        Raises:
            ProjectNotFoundError: There is none.
            ConfigurationError: The project file has mistakes.
            LedgerUnavailableError: The ledger cannot be opened.
        """
        root = settings.find_root() if folder is None else settings.named_root(folder)
        return cls(root, is_trusted=is_trusted)

    @property
    def data_folder(self) -> Path:
        """The folder of the data, absolute."""
        return self.root / self.settings.data_repository

    @property
    def allowed_roots(self) -> tuple[Path, ...]:
        """The folders that tasks may use, the project first."""
        return settings.allowed_roots(self.root, self.settings)

    @property
    def checkpoint_files(self) -> Blobs:
        """States of runs that are too big for the ledger or encrypted."""
        return Blobs(self.state_folder / CHECKPOINT_FOLDER)

    def safe_path(self, candidate: str | os.PathLike[str]) -> Path:
        """Check a path against the folders that tasks may use.

        Raises:
            PathRefusedError: It leads outside them.
        """
        return paths.resolve(candidate, *self.allowed_roots)

    def check_target(self, path: Path) -> Path:
        """Refuse a file that a person may not name to be written to, and return it.

        Args:
            path: The file, relative to the current folder or absolute.

        Raises:
            PathRefusedError: It belongs to a ledger or the raw data (`settings.check_target`), or
                a run recorded it. Links and other names of a file do not hide it.
            LedgerError: The history cannot be read.
            ProjectionError: Its catalog cannot be opened.
        """
        target = settings.check_target(path.absolute(), self.root, self.data_folder)
        ledger = [] if self.ledger.file is None else SQLITE_FILES
        if any(paths.holds(Path(f"{self.ledger.file}{suffix}"), target) for suffix in ledger):
            owner: str | None = "the ledger"
        else:
            with self.catalog() as catalog:
                run_id = recorded_files.run_that_has(catalog, self.root, self.display(target))
            owner = None if run_id is None else f"the record of run {run_id}"
        if owner is not None:
            raise settings.no_target(path, owner)
        return path.absolute()

    def display(self, path: str | os.PathLike[str]) -> str:
        """Name a file as the history does: relative to the project if inside, else absolute."""
        return paths.display(self.root / path, self.root)

    def name_of(self, uri: str) -> str:
        """Name what was read as the history does: an address as it is, a path by `display`."""
        return uri if paths.is_address(uri) else self.display(uri)

    def storage(self, uri: str) -> Storage:
        """Return where a file of the history is.

        Args:
            uri: The file as the history names it.

        Raises:
            PathRefusedError: It is an address (`scheme://...`), which this project cannot reach.
        """
        if "://" in uri:
            raise PathRefusedError(
                f"file {uri!r}", problem="an address, not a file on this machine"
            )
        return LocalStorage(self.root)

    def run_session(
        self, run_id: str, task_id: str, *, is_new: bool = False
    ) -> Session[RunState, RunCommand]:
        """Return the session of a run's stream; see `Session` for `is_new`."""
        from lineage.domain import RUN  # noqa: PLC0415  # start-up time

        return Session(
            self.ledger,
            RUN,
            streams.run(run_id),
            run=run_id,
            task=task_id,
            causation=_causation,
            is_new=is_new,
        )

    def run_status(self, run_id: str, task_id: str) -> RunStatus:
        """Return the status of a run; if it has just ended, from its last event alone."""
        if run_id in self._ended:
            return self._ended[run_id]
        from lineage.domain import RUN  # noqa: PLC0415  # start-up time
        from lineage.domain.run import RUN_ENDS  # noqa: PLC0415

        last = self.ledger.last_of_stream(streams.run(run_id))
        if last is not None and isinstance(last.event, RUN_ENDS):
            if len(self._ended) == MOST_ENDED_RUNS:
                self._ended.clear()
            return self._ended.setdefault(run_id, RUN.fold([last.event]).status)
        return self.run_session(run_id, task_id).state.status

    def task_session(self, task_id: str) -> Session[TaskState, TaskCommand]:
        """Return the session of a task's stream."""
        from lineage.domain import TASK  # noqa: PLC0415  # start-up time

        return Session(self.ledger, TASK, streams.task(task_id), task=task_id)

    def task_lock(self, task_id: str) -> FileLock:
        """Return the lock that a thread holds while it runs a task; see `Turn`.

        Raises:
            PathRefusedError: The id cannot be a file name.
        """
        from filelock import FileLock  # noqa: PLC0415  # start-up time

        name = f"{paths.check_name(task_id, 'task id')}.lock"
        # as one object of a process, a thread may take it again, and knows what it holds
        return FileLock(self.state_folder / LOCK_FOLDER / name, is_singleton=True)

    def catalog(self, *, as_of: Moment | None = None, as_known_at: Moment | None = None) -> Catalog:
        """Open the catalog as of now, or as of a past (`Projector.as_of`); the caller closes it.

        Raises:
            MomentError: A moment is not one, or lies in the future.
            LedgerError: The ledger cannot be read.
            ProjectionError: The catalog cannot be built.
        """
        if as_of is None and as_known_at is None:
            return self.projector.open()
        return self.projector.as_of(as_of, as_known_at=as_known_at)

    def forget_caches(self) -> None:
        """Delete the catalog and the segments, which are made again when they are needed.

        Raises:
            ProjectionError: Another process is publishing a catalog, or a file cannot be removed.
        """
        self.projector.forget()
        segments = self.ledger.segment_folder
        if segments is not None and segments.is_dir():
            shutil.rmtree(segments)

    def at_close(self, action: Callable[[], object] | None) -> None:
        """Do something once when the project is closed, or at the end of a process that does not.

        Args:
            action: Replaces what was to be done; None for nothing. Its errors are logged.
        """
        atexit.unregister(self._do_at_close)
        # a forked process leaves to its parent what that has to do
        self._at_close = None if action is None else (os.getpid(), action)
        if action is not None:
            atexit.register(self._do_at_close)

    def disconnect(self) -> None:
        """Close what nobody uses; the next call opens what it needs."""
        self.projector.close()
        self.ledger.disconnect()

    def close(self) -> None:
        """Do what `at_close` was told, and close the ledger and the catalog that is kept open."""
        self._do_at_close()
        self.projector.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do_at_close(self) -> None:
        process, action = self._at_close or (0, None)
        self.at_close(None)
        if action is None or process != os.getpid():
            return
        try:
            action()
        except (LineageError, OSError) as error:
            _log.error("closing project %s: %s", self.root, safe_message(error))

    def _stated_ledger_url(self, usual: str) -> str:
        ledger = self.settings.ledger_settings
        stated = os.environ.get("LINEAGE_LEDGER") or ledger.url or usual
        if stated.startswith("memory:"):
            if ledger.encryption:
                raise ConfigurationError(
                    f"ledger {stated}",
                    problem="it is in no file, and the project asks for an encrypted one",
                    remedy="unset LINEAGE_LEDGER, or take 'encryption' out of the project file",
                )
            if (self.state_folder / LEDGER_FILE).exists():
                self._refuse_to_forget(usual)
        return stated

    def _refuse_to_forget(self, usual: str) -> None:
        with Ledger(usual, clock=self.clock) as kept:
            count = kept.head()
        if count:
            raise ConfigurationError(
                "ledger memory://",
                problem=f"it is forgotten when the program ends, but {str(self.root)!r} has a "
                f"history of {count:,} events in {settings.STATE_FOLDER}/{LEDGER_FILE}",
                remedy="unset LINEAGE_LEDGER and 'ledger' in the project file, or work in a new "
                "folder",
            )

    def _check_ledger(self, *, is_written: bool = False) -> None:
        """Refuse a ledger that lost events; the projector sees by itself what the catalog knows.

        Args:
            is_written: Whether events are about to be appended, so that nobody would see it later.
        """
        known = list(self._reports)
        is_empty = self.ledger.head() == 0
        if is_written or is_empty:
            known += self.projector.as_witness()
        if is_empty:
            known += witnesses.of_execution_log(self.root / EXECUTION_LOG)
        witnesses.check(self.ledger, self.root, known)

    def _prepare_writing(self) -> None:
        self._check_ledger(is_written=True)
        self._make_state_folder()

    def _make_state_folder(self) -> None:
        try:
            self.state_folder.mkdir(parents=True, exist_ok=True)
            ignore = self.state_folder / ".gitignore"
            if not ignore.exists():
                files.write_text(ignore, "*\n")
        except OSError as error:
            raise LedgerUnavailableError(
                f"project {str(self.root)!r}",
                problem=error.strerror,
                expected="a writable folder",
                remedy="check its owner and permissions, or work on a copy",
            ) from error


def _causation(state: RunState, event: Event) -> int | None:
    return state.version_of(getattr(event, "operation", None))

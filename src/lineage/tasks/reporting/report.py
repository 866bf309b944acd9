"""The present report of a run, folded from the history once for each state of the run."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from lineage.tasks.reporting.run import ReportedRun
from projections.documents.report import build_report

Document = dict[str, Any]
T = TypeVar("T")


class RunReport:
    """The report of one run. Returned values belong to the caller and may be changed.

    Each call checks the version of the run's stream, so the report also shows what other processes
    have recorded; it is folded again only if there is something new.

    Args:
        run: The run.
    """

    def __init__(self, run: ReportedRun) -> None:
        self._run = run
        self._folded: tuple[int, Document] | None = None

    def document(self) -> Document:
        """Return the whole report (`projections.documents.report`).

        Raises:
            ReportingError: The history cannot be read.
        """
        return deepcopy(self._now())

    def part(self, key: str) -> Any:
        """Return one key of the report.

        Raises:
            ReportingError: The history cannot be read.
        """
        return deepcopy(self._now()[key])

    def card(self) -> str:
        """Return the run as a fragment of HTML, as a notebook shows it.

        Raises:
            ReportingError: The history cannot be read.
        """
        from projections.documents.findings.privacy_effect import build_privacy_effect  # noqa: PLC0415
        from projections.documents.run_details import build_run_details  # noqa: PLC0415
        from projections.pages import run_card  # noqa: PLC0415  # start-up time

        with self._run.use() as recorder:
            recorder.catch_up()
            with recorder.project.projector.of_run(recorder.run_id) as catalog:
                details = build_run_details(catalog, recorder.run_id)
                effect = build_privacy_effect(catalog, recorder.run_id)
        return run_card(details | {"privacy_effect": effect})

    def _repr_html_(self) -> str:
        return self.card()

    def _now(self) -> Document:
        with self._run.use() as recorder:
            # Before the fold: an event in between costs another fold, but is never missed.
            version = recorder.catch_up().version
            folded = self._folded
            if folded is None or folded[0] != version:
                with recorder.project.projector.of_run(recorder.run_id) as catalog:
                    folded = version, dict(build_report(catalog, recorder.run_id))
                self._folded = folded
            return folded[1]


class Reporting(Protocol):
    """Who has a report."""

    report: RunReport


class ReportPart(Generic[T]):
    """An attribute that shows one key of the report as of the time it is read.

    Args:
        key: The key.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def __get__(self, reporter: Reporting, _: type) -> T:
        """Return what the report has under the key."""
        part: T = reporter.report.part(self._key)
        return part

    def __set__(self, _: Reporting, value: T) -> NoReturn:
        """Refuse it: a report changes only by recording something."""
        raise AttributeError(f"{self._key!r} of a report cannot be set")

"""Put on record what a person says about a column."""

from __future__ import annotations

from dataclasses import dataclass

from lineage import datasets
from lineage.datasets import ColumnDeclaration
from lineage.domain import CLASSIFICATION
from lineage.domain.classification import (
    ClassificationCommand,
    ClassificationState,
    ConfirmColumn,
    RejectColumn,
)
from lineage.events import ClassificationConfirmed, ClassificationRejected, streams
from lineage.kernel.errors import DatasetNotFoundError
from lineage.kernel.plain import did_you_mean
from lineage.kernel.roles import ColumnRole
from lineage.ledger import Session
from lineage.project import Project
from projections.documents.privacy.proposals import (
    build_classification_proposals,
    known_columns,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says of a column.

    Attributes:
        role: What it can tell about a person.
        category: Which personal data it holds, in words; may be empty.
        reason: Why; may be empty.
    """

    role: ColumnRole
    category: str = ""
    reason: str = ""


def confirm(project: Project, dataset: str, column: str, said: Said) -> bool:
    """Record what a column is; the envelope says who decided, and when.

    Args:
        project: The project.
        dataset: Name of the dataset, as runs call it or the project declares it.
        column: Name of the column.
        said: What it is.

    Returns:
        False if that was on record already.

    Raises:
        DatasetNotFoundError: Neither runs nor the project know such a column.
        CommandRejectedError: The project's configuration declares something else.
    """
    _require_known(project, dataset, column)
    declared = _declared(project, dataset, column)
    confirmed = ClassificationConfirmed(
        dataset=dataset, column=column, role=said.role, category=said.category, reason=said.reason
    )
    command = ConfirmColumn(
        confirmed=confirmed, declared_role=declared.role, declared_category=declared.category
    )
    return _record(project, dataset, command)


def reject(project: Project, dataset: str, column: str, reason: str) -> bool:
    """Record that what was proposed or confirmed of a column is wrong.

    Returns:
        False if that was on record already.

    Raises:
        CommandRejectedError: Nothing was proposed or confirmed.
    """
    with project.catalog() as catalog:
        found = build_classification_proposals(catalog, {})
    proposed = [one for one in found if (one["dataset"], one["column"]) == (dataset, column)]
    rejected = ClassificationRejected(
        dataset=dataset,
        column=column,
        category=proposed[0]["category"] if proposed else "",
        reason=reason,
    )
    return _record(project, dataset, RejectColumn(rejected=rejected, is_proposed=bool(proposed)))


def _record(project: Project, dataset: str, command: ClassificationCommand) -> bool:
    session: Session[ClassificationState, ClassificationCommand] = Session(
        project.ledger, CLASSIFICATION, streams.classifications(dataset)
    )
    return bool(session.handle(command))


def _declared(project: Project, dataset: str, column: str) -> ColumnDeclaration:
    declared = project.settings.datasets.get(dataset)
    found = None if declared is None else declared.columns.get(column)
    return ColumnDeclaration() if found is None else found


def _require_known(project: Project, dataset: str, column: str) -> None:
    with project.catalog() as catalog:
        known = known_columns(catalog, datasets.to_plain(project.settings.datasets))
    if dataset not in known:
        raise DatasetNotFoundError(
            f"dataset {dataset!r}",
            problem=f"no run and no declaration calls one so{did_you_mean(dataset, known)}",
            remedy="`lineage privacy proposals` lists proposals, `lineage config` declarations",
        )
    if column not in known[dataset]:
        raise DatasetNotFoundError(
            f"column {column!r} of dataset {dataset!r}",
            problem=f"not recorded{did_you_mean(column, known[dataset])}",
        )

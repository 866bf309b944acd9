"""The three tasks of the demo project, in the order in which they depend on each other."""

from __future__ import annotations

from typing import Any, Final

from lineage.tasks import BaseTask, TaskConfig

# For projects whose settings were written before they declared or named the identifiers.
_MADE_UP: Final = {"identifiers": ("full_name", "email", "ssn")}


class IngestionTask(BaseTask):
    """Types the raw census file and adds made-up direct identifiers, which it lacks."""

    def __init__(self) -> None:
        super().__init__(
            task_id="t_1I",
            task_type="ingestion",
            description="Type the raw census data and add synthetic names, e-mails and numbers",
        )

    def configure_operations(self) -> None:
        """Type the data, then add the identifiers."""
        self.add_operation(
            "IngestOperation",
            dataset_name="adult",
            schema=self.config.require("schema"),
            null_markers=self.config.require("null_markers"),
            output_name="adult",
        )
        self.add_operation(
            "AddSyntheticIdentifiersOperation", dataset_name="adult", output_name="people"
        )


class ProfilingTask(BaseTask):
    """Describes every column, and how columns go together."""

    def __init__(self) -> None:
        super().__init__(
            task_id="t_1P",
            task_type="profiling",
            description="Profile the ingested data: columns, correlations, a chart",
        )

    def configure_operations(self) -> None:
        """Profile the columns, then correlate them."""
        unsaid = {} if "people" in self.config.datasets else _MADE_UP
        self.add_operation(
            "ProfileOperation",
            dataset_name="people",
            output_prefix="people_profile",
            k=self.config.require("k"),
            **{**unsaid, **_stated(self.config, "identifiers")},
        )
        self.add_operation(
            "CorrelationOperation",
            primary_dataset="people",
            columns=self.config.require("correlated_columns"),
            output_prefix="people_correlations",
        )


class AnonymizationTask(BaseTask):
    """Makes the data k-anonymous and measures what that did to risk and utility."""

    def __init__(self) -> None:
        super().__init__(
            task_id="t_1A",
            task_type="anonymization",
            description="Drop direct identifiers and generalize quasi-identifiers to k-anonymity",
        )

    def configure_operations(self) -> None:
        """Generalize to k-anonymity; the operation measures risk and utility around it."""
        self.add_operation(
            "KAnonymizeOperation",
            dataset_name="people",
            left_out=self.config.require("left_out"),
            k=self.config.require("k"),
            output_name="people_anonymized",
            **_stated(
                self.config, "quasi_identifiers", "sensitive_attributes", "direct_identifiers"
            ),
        )


def _stated(config: TaskConfig, *columns: str) -> dict[str, Any]:
    """Return the columns that the task's own settings name, instead of the declared roles."""
    return {key: config.require(key) for key in columns if config.get(key) is not None}

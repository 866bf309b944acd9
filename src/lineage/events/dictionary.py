"""What a project says its data is, and what people decided about single columns."""

from __future__ import annotations

from typing import ClassVar

from lineage.events.base import Event, JsonObject, Sha256
from lineage.kernel.roles import ColumnRole


class DictionaryDeclared(Event):
    """The project describes its datasets, or who answers for them, in another way than before.

    Attributes:
        dictionary_sha256: Digest of the canonical JSON of `datasets` and `accountability`.
        datasets: Dataset name to what is declared of it, as in the project's `datasets:`.
        accountability: Who answers for the project, as in its `accountability:`.
    """

    TOPIC: ClassVar[str] = "dictionary.declared"
    dictionary_sha256: Sha256
    datasets: JsonObject
    accountability: JsonObject


class ClassificationProposed(Event):
    """A profile found that a column looks like personal data.

    Attributes:
        dataset: What the run calls the dataset.
        uri: The file that was profiled.
        sha256: Digest of its content.
        column: The column.
        role: The role it would have.
        category: Which personal data it seems to hold ("email", "iban", ...).
        evidence: What speaks for it: counts, no values.
    """

    TOPIC: ClassVar[str] = "classification.proposed"
    dataset: str
    uri: str
    sha256: Sha256
    column: str
    role: ColumnRole
    category: str
    evidence: JsonObject


class ClassificationConfirmed(Event):
    """A person decided what a column is.

    Attributes:
        dataset: Name of the dataset.
        column: The column.
        role: What it can tell about a person.
        category: Which personal data it holds, in words; empty if not said.
        reason: Why; may be empty.
    """

    TOPIC: ClassVar[str] = "classification.confirmed"
    dataset: str
    column: str
    role: ColumnRole
    category: str
    reason: str


class ClassificationRejected(Event):
    """A person decided that a proposal is wrong.

    Attributes:
        dataset: Name of the dataset.
        column: The column.
        category: What was proposed.
        reason: Why it is wrong.
    """

    TOPIC: ClassVar[str] = "classification.rejected"
    dataset: str
    column: str
    category: str
    reason: str

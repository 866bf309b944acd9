"""Record what the project declares of its datasets, whenever that has changed."""

from __future__ import annotations

from lineage.datasets import to_plain
from lineage.domain.dictionary import DICTIONARY, DeclareDictionary
from lineage.events import DictionaryDeclared, streams
from lineage.kernel.digest import sha256_json
from lineage.ledger import Session
from lineage.project import Project


def declare(project: Project) -> None:
    """Record the data dictionary if it is not the version on record.

    Raises:
        LedgerError: The history cannot be written.
    """
    datasets = to_plain(project.settings.datasets)
    answers = project.settings.accountability.model_dump(mode="json", exclude_defaults=True)
    said = {"datasets": datasets, "accountability": answers}
    declared = DictionaryDeclared(dictionary_sha256=sha256_json(said), **said)
    session = Session(project.ledger, DICTIONARY, streams.DICTIONARY)
    session.handle(DeclareDictionary(declared=declared))

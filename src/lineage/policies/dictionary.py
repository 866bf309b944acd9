"""What the project declares of its datasets: as it is now, as it was, and on record."""

from __future__ import annotations

from collections.abc import Mapping

from lineage.datasets import to_plain
from lineage.domain.dictionary import DICTIONARY, DeclareDictionary
from lineage.events import DictionaryDeclared, streams
from lineage.kernel.digest import sha256_json
from lineage.kernel.values import JsonValue
from lineage.ledger import Session
from lineage.project import Project
from projections import Catalog


def declared(project: Project, catalog: Catalog, *, is_past: bool) -> Mapping[str, JsonValue]:
    """Return what is declared of each dataset now, or was on record as having been declared.

    Args:
        project: Its settings say it as of now.
        catalog: Its events say it as of a past.
        is_past: Whether the past is asked for.
    """
    if not is_past:
        return to_plain(project.settings.datasets)
    from projections.dependency_graph.privacy_flow import (  # noqa: PLC0415  # start-up time
        dictionary_on_record,
    )

    return dictionary_on_record(catalog)


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

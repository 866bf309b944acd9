"""Which personal data a file holds: the sources of each column, and what was done on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.roles import ColumnRole
from lineage.kernel.values import JsonValue
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.exposure import EFFECTS
from projections.dependency_graph.names import columns_of, recorded_columns
from projections.dependency_graph.privacy_flow.roles import Classification, Dictionary
from projections.dependency_graph.privacy_flow.search import Node, upstream
from projections.dependency_graph.privacy_flow.verdicts import FileVerdict, Flow, Judged, Source

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_privacy_flow(
    catalog: Catalog,
    uri: str,
    sha256: str | None,
    dictionary: Mapping[str, JsonValue],
    *,
    root: Path | None = None,
) -> Document:
    """Return for each column of a file its sources, what they are to people, and what is left.

    A column inherits the roles of its sources along direct steps. A source is a column at which
    lineage begins, or one that the dictionary, or a person, classified. Lineage also begins at a
    column that was there before its content was written again from what had been made of it.
    Masking, generalization, pseudonymization, aggregation, synthesis and suppression protect;
    identity and transformation do not, and noise protects neither a direct identifier nor what
    nobody classified. Steps that were only assumed are no knowledge. A source that only chose rows
    or values (is_direct false) is listed and has no part in the verdict.

    Args:
        catalog: The catalog to query.
        uri: The file, as the history names it.
        sha256: Digest of its content; None for a content that could not be read.
        dictionary: Dataset name to what the project declares of it, as in its `datasets:`.
        root: The project folder, to follow links in declared paths; None to compare names only.

    Returns:
        An object with file (uri and sha256), verdict ("direct identifier" if one reaches a column
        unchanged, else "unknown" if the origin of a column is not known, else "no direct
        identifier"), sentence (the verdict for people), columns, unclassified (names of columns
        that values without a role reach unchanged), and risk: the latest measurement by each method
        (method, quasi_identifiers, sensitive, measures, position). Each column has column, sources,
        role, category, special_category and tags (as inherited from the sources of its verdict;
        role None if none of them has one), verdict (see `Judged`) and exposure (a word; None
        without a source). Each source has uri, sha256, column, role, category, special_category,
        tags, effects (what each path does to it: its most protecting effect; none for the column
        itself), is_direct, and is_assumed (no path is known).

    Raises:
        ProjectionError: A declared role is none that this version knows.
    """
    columns = columns_of(catalog, uri, sha256)
    starts = ids.column_keys_of(catalog, [ids.column_id(uri, sha256, name) for name in columns])
    flow = _Flow(catalog, starts, Dictionary(dictionary, confirmed(catalog), root))
    judged = {key: flow.judge(key) for key in starts}
    documents = [flow.column(key, found) for key, found in judged.items()]
    risk = catalog.rows(_SQL["risk"], {"uri": uri, "sha256": sha256})
    told = FileVerdict.of(zip(columns, judged.values(), strict=True))
    return {
        "file": {"uri": uri, "sha256": sha256},
        "verdict": told.verdict,
        "sentence": " ".join([*told.sentences(uri), *_remains(risk)]),
        "columns": documents,
        "unclassified": [*told.unclassified],
        "risk": risk,
    }


def build_column_verdicts(
    catalog: Catalog,
    files: Sequence[tuple[str, str | None]],
    dictionary: Mapping[str, JsonValue],
    *,
    root: Path | None = None,
) -> dict[tuple[str, str | None], list[Document]]:
    """Return what is known of each column of some files, as `build_privacy_flow` without sources.

    Args:
        catalog: The catalog to query.
        files: File and digest of each version.
        dictionary: As for `build_privacy_flow`.
        root: As for `build_privacy_flow`.

    Returns:
        For each file its columns: those that tell most about a person first, then by name. Each
        has column, role, category, special_category, tags, verdict and exposure.

    Raises:
        ProjectionError: A declared role is none that this version knows.
    """
    names = {
        ids.column_id(row["uri"], row["sha256"], row["name"]): row
        for row in recorded_columns(catalog, files)
        if row["name"]
    }
    starts = ids.column_keys_of(catalog, names)
    flow = _Flow(catalog, starts, Dictionary(dictionary, confirmed(catalog), root))
    found: dict[tuple[str, str | None], list[tuple[int, Document]]] = {file: [] for file in files}
    for key, name in starts.items():
        judged = flow.judge(key)
        row = names[name]
        document = {
            "column": row["name"],
            **_words(judged.inherited),
            "verdict": judged.verdict,
            "exposure": None if judged.exposure is None else judged.exposure.word,
        }
        found[row["uri"], row["sha256"]].append((judged.inherited.strength, document))
    return {
        file: [document for _, document in sorted(one, key=lambda pair: -pair[0])]
        for file, one in found.items()
    }


def confirmed(catalog: Catalog) -> dict[tuple[str, str], Classification]:
    """Return what people decided about columns, by the names of dataset and column."""
    return {
        (row["dataset"], row["column_name"]): Classification(
            role=ColumnRole(row["role"]), category=row["category"]
        )
        for row in catalog.rows(_SQL["confirmed"])
    }


def dictionary_on_record(catalog: Catalog) -> dict[str, JsonValue]:
    """Return the data dictionary that was declared last; empty if there is none."""
    rows = catalog.rows(_SQL["dictionary"])
    return dict(rows[0]["datasets"]) if rows else {}


class _Flow:
    """The columns upstream of a file, by name."""

    def __init__(self, catalog: Catalog, starts: Mapping[int, str], dictionary: Dictionary) -> None:
        found = upstream(catalog, starts)
        self._nodes = found.nodes
        self._classified = _classified(catalog, found.nodes, dictionary)
        of_origin = {
            wanted: {key for key, node in found.nodes.items() if node["origin"] == wanted}
            for wanted in ("undeclared", "generated")
        }
        self._flow = Flow(
            found.known,
            found.assumed,
            ends=of_origin["undeclared"],
            generated=of_origin["generated"],
            seen=_seen(catalog, found.nodes),
            classified=self._classified,
        )

    def judge(self, key: int) -> Judged:
        """Return what is known of a column."""
        return self._flow.judge(key)

    def column(self, key: int, found: Judged) -> Document:
        """Return what is known of a column of the file."""
        return {
            "column": self._nodes[key]["column"],
            "sources": sorted((self._source(key, one) for one in found.sources), key=_place),
            **_words(found.inherited),
            "verdict": found.verdict,
            "exposure": None if found.exposure is None else found.exposure.word,
        }

    def _source(self, column: int, source: Source) -> Document:
        node, attained = self._nodes[source.key], source.attained
        levels = attained.direct or attained.indirect
        return {
            "uri": node["uri"],
            "sha256": node["sha256"],
            "column": node["column"],
            **_words(self._classified.get(source.key, Classification())),
            "effects": [EFFECTS[level] for level in levels] if source.key != column else [],
            "is_direct": bool(attained.direct),
            "is_assumed": not source.is_known,
        }


def _place(source: Document) -> tuple[bool, str, str, str]:
    return not source["is_direct"], source["uri"], source["sha256"] or "", source["column"]


def _classified(
    catalog: Catalog, nodes: Mapping[int, Node], dictionary: Dictionary
) -> dict[int, Classification]:
    files = list({(node["uri"], node["sha256"]): None for node in nodes.values()})
    values = {"uris": [uri for uri, _ in files], "digests": [sha256 for _, sha256 in files]}
    places: dict[tuple[str, str | None], list[str]] = {file: [file[0]] for file in files}
    names: dict[tuple[str, str | None], list[str]] = {file: [] for file in files}
    # data in memory has no content on record, and the name that operations call it
    outputs = {(uri, sha256): [uri] if sha256 is None else [] for uri, sha256 in files}
    for row in catalog.rows(_SQL["aliases"], values) if files else ():
        file = row["uri"], row["sha256"]
        places[file].append(row["alias"])
        names[file] += [row["name"]] if row["name"] is not None else []
        outputs[file] += [row["output"]] if row["output"] is not None else []
    datasets = {
        file: dictionary.datasets_at(places[file], names[file], outputs[file]) for file in files
    }
    said = {
        key: dictionary.classification(datasets[node["uri"], node["sha256"]], node["column"])
        for key, node in nodes.items()
    }
    return {key: found for key, found in said.items() if found != Classification()}


def _seen(catalog: Catalog, nodes: Mapping[int, Node]) -> set[int]:
    """Return the columns that have sources and whose content was used before it was made."""
    files = {
        (node["uri"], node["sha256"]) for node in nodes.values() if node["origin"] == "derived"
    }
    values = {"uris": [uri for uri, _ in files], "digests": [sha256 for _, sha256 in files]}
    rows = catalog.rows(_SQL["seen"], values) if files else []
    seen = {(row["uri"], row["sha256"]) for row in rows}
    return {key for key, node in nodes.items() if (node["uri"], node["sha256"]) in seen}


def _words(said: Classification) -> Document:
    return {
        "role": None if said.role is None else said.role.value,
        "category": said.category,
        "special_category": said.special_category,
        "tags": [*said.tags],
    }


def _remains(risk: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what was measured of the file last, in a sentence."""
    found = [row["measures"]["k"] for row in risk if row["measures"].get("k") is not None]
    return (
        [f"Its smallest group of people who look the same has k = {found[-1]:,}."] if found else []
    )

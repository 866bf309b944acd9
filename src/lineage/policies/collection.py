"""Gather the evidence about a file: its rows, its lineage, and what the project declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lineage.datasets import DatasetDeclaration, to_plain
from lineage.events import RiskMeasured
from lineage.kernel.errors import CipherError, LineageError, safe_message
from lineage.kernel.roles import ColumnRole
from lineage.kernel.secrets.file_encryption import FileEncryption, is_encrypted_file
from lineage.kernel.storage import sets
from lineage.kernel.values import JsonValue, to_json
from lineage.policies.evidence import Claim, Evidence, Kept, Spent
from lineage.policies.periods import end_of
from lineage.project import Project
from ops.data.encryption import encrypting_with
from ops.data.reader import DataReader
from ops.measures.risk import METHOD, measure_privacy
from projections import Catalog
from projections.dependency_graph.privacy_flow import build_privacy_flow
from projections.privacy.budget import build_privacy_budget
from projections.privacy.file_evidence import build_file_evidence, first_seen

SPECIAL: Final = "special_category"
"""The label of columns of a special category (GDPR, Article 9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A version of a file that is judged.

    Attributes:
        uri: The file as the history names it.
        sha256: Digest of its content.
        content: Where that content is now.
    """

    uri: str
    sha256: str
    content: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The evidence about a file, and what was measured for it.

    Attributes:
        evidence: What policies are judged on.
        measured: The measurement, to be recorded; None if nothing could be measured.
        run_id: The run that wrote the file; None if the history does not know the content.
    """

    evidence: Evidence
    measured: RiskMeasured | None
    run_id: str | None


def collect(
    project: Project,
    file: Judged,
    *,
    recipient: str | None,
    encryption: FileEncryption | None = None,
) -> Collected:
    """Gather what is known of a file. What was measured of its content is not measured again.

    Args:
        project: Where it belongs.
        file: The file.
        recipient: Who is to get it; None where nobody asked.
        encryption: What opens it if it is encrypted.

    Raises:
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
    """
    with project.catalog() as catalog:
        flow = build_privacy_flow(
            catalog,
            file.uri,
            file.sha256,
            to_plain(project.settings.datasets),
            root=project.root,
        )
        found = build_file_evidence(catalog, file.uri, file.sha256, method=METHOD)
        kept = _kept(project, catalog, flow)
        spent = _spent(catalog, flow)
    quasi = _of_role(flow, ColumnRole.QUASI_IDENTIFIER)
    sensitive = _of_role(flow, ColumnRole.SENSITIVE)
    known_measures = _recorded(found["risk"], quasi, sensitive)
    measures, unmeasured = (
        (known_measures, "") if known_measures else _measure(file, quasi, sensitive, encryption)
    )
    evidence = Evidence(
        uri=file.uri,
        sha256=file.sha256,
        flow=flow,
        labels=_labels(flow),
        measures=measures,
        unmeasured=unmeasured,
        quasi_identifiers=quasi,
        sensitive=sensitive,
        is_encrypted=all(map(is_encrypted_file, sets.files_of(file.content) or [file.content])),
        recipient=recipient,
        declared_recipients=_declared_recipients(project, flow),
        kept=kept,
        spent=spent,
        claims=[_claim(row) for row in found["claims"]],
        now=project.clock.now(),
    )
    known = found["known"]
    return Collected(
        evidence=evidence,
        measured=_fact(evidence) if measures and not known_measures else None,
        run_id=None if known is None else known["run_id"],
    )


def _recorded(
    risk: Mapping[str, Any] | None, quasi: Sequence[str], sensitive: Sequence[str]
) -> Mapping[str, JsonValue]:
    """Return what a judgement measured of the same content and columns; empty if none did."""
    if risk is None:
        return {}
    is_same = (risk["quasi_identifiers"], risk["sensitive"]) == (list(quasi), list(sensitive))
    measures: Mapping[str, JsonValue] = risk["measures"]
    return measures if is_same else {}


def _measure(
    file: Judged,
    quasi: Sequence[str],
    sensitive: Sequence[str],
    encryption: FileEncryption | None,
) -> tuple[Mapping[str, JsonValue], str]:
    """Return what was measured of a file's rows, and why nothing was."""
    if not quasi:
        return {}, "no column is a quasi-identifier"
    try:
        with encrypting_with(encryption):
            read = DataReader().read(file.content, columns=[*quasi, *sensitive])
        if read.dataset.sha256 != file.sha256:
            return {}, "the file changed while it was read"
        found = measure_privacy(read.table, quasi, sensitive).to_measures()
    except CipherError:
        return {}, "the file is encrypted, and no key that opens it was given"
    except LineageError as error:
        return {}, safe_message(error)
    return {name: to_json(value) for name, value in found.items()}, ""


def _fact(evidence: Evidence) -> RiskMeasured:
    return RiskMeasured(
        operation=None,
        uri=evidence.uri,
        sha256=evidence.sha256,
        quasi_identifiers=tuple(evidence.quasi_identifiers),
        sensitive=tuple(evidence.sensitive),
        measures=dict(evidence.measures),
        method=METHOD,
    )


def _columns(flow: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    columns: Iterable[Mapping[str, Any]] = flow["columns"]
    return columns


def _of_role(flow: Mapping[str, Any], role: ColumnRole) -> list[str]:
    return [column["column"] for column in _columns(flow) if column["role"] == role]


def _source_uris(flow: Mapping[str, Any]) -> list[str]:
    return sorted({source["uri"] for column in _columns(flow) for source in column["sources"]})


def _declared(project: Project, uri: str) -> tuple[str, DatasetDeclaration] | None:
    """Return the dataset that is declared for a file, with its name."""
    for name, dataset in project.settings.datasets.items():
        if dataset.path is not None and project.display(dataset.path) == uri:
            return name, dataset
    return None


def _labels(flow: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return each column's classes and tags, its own and those of its sources."""
    return {
        column["column"]: frozenset().union(
            *map(_labels_of, [column, *(one for one in column["sources"] if one["is_direct"])])
        )
        for column in _columns(flow)
    }


def _labels_of(said: Mapping[str, Any]) -> set[str]:
    special = [SPECIAL] if said["special_category"] else []
    return {*said["tags"], *special, said["category"]} - {""}


def _declared_recipients(project: Project, flow: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who may get the file: whom all sources allow, else whom the project allows."""
    said = [
        declared[1].recipients
        for uri in _source_uris(flow)
        if (declared := _declared(project, uri))
    ]
    lists = [recipients for recipients in said if recipients]
    if not lists:
        return project.settings.accountability.recipients
    return tuple(one for one in lists[0] if all(one in others for others in lists))


def _kept(project: Project, catalog: Catalog, flow: Mapping[str, Any]) -> list[Kept]:
    """Return the periods of the sources that the project declares."""
    found = []
    for version in first_seen(catalog, _source_uris(flow)):
        declared = _declared(project, version["uri"])
        if declared is not None and _is_used(flow, version):
            name, dataset = declared
            since: datetime = version["first_at"]
            period = dataset.retention
            ends_at = None if period is None else end_of(since, period)
            found.append(
                Kept(dataset=name, uri=version["uri"], since=since, period=period, ends_at=ends_at)
            )
    return found


def _is_used(flow: Mapping[str, Any], version: Mapping[str, Any]) -> bool:
    return any(
        (source["uri"], source["sha256"]) == (version["uri"], version["sha256"])
        for column in _columns(flow)
        for source in column["sources"]
    )


def _spent(catalog: Catalog, flow: Mapping[str, Any]) -> list[Spent]:
    used = set(_source_uris(flow))
    return [
        Spent(uri=source["uri"], epsilon=source["epsilon"], delta=source["delta"])
        for source in build_privacy_budget(catalog)["sources"]
        if source["uri"] in used
    ]


def _claim(row: Mapping[str, Any]) -> Claim:
    return Claim(
        column=row["column_name"],
        effect=row["effect"],
        outcome=row["outcome"],
        reason=row["reason"],
    )

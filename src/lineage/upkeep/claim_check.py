"""Check whether the columns of a file are protected as its history says, and record the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lineage.domain import CLAIM
from lineage.domain.claim import ClaimState, RecordClaim
from lineage.events import ClaimChecked, streams
from lineage.kernel import paths
from lineage.kernel.effects import HIDING, Effect
from lineage.kernel.errors import DatasetNotFoundError, LineageError, safe_message
from lineage.kernel.values import JsonValue
from lineage.ledger import Session
from lineage.project import Project
from projections.dependency_graph.privacy_flow import build_privacy_flows

if TYPE_CHECKING:
    import pyarrow as pa

    from ops.attacks.claims import CheckedClaim

_COUNTS_AS_ORDER = 2
"""Different values that an unchanged column has at least, to tell that rows kept their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnClaim:
    """What came of comparing a column with one of its sources.

    Attributes:
        column: The column.
        effect: What is said to have been done to it: the least that any path from the source does.
        source_uri: The file of the source.
        source_sha256: Digest of its recorded content; None if that is not known.
        source_column: The source.
        outcome: "holds", "false" or "unknown".
        reason: Why it does not hold or is not known; empty if it holds.
        measured: Figures, as `ops.attacks.claims.CheckedClaim` has them.
        is_recorded: Whether the ledger has this result; not if a digest is not known.
    """

    column: str
    effect: Effect
    source_uri: str
    source_sha256: str | None
    source_column: str
    outcome: Literal["holds", "false", "unknown"]
    reason: str = ""
    measured: Mapping[str, int | float | str | None] = field(default_factory=dict)
    is_recorded: bool = False


class _Version(NamedTuple):
    uri: str
    sha256: str | None


def check_claims(
    project: Project,
    name: str,
    dictionary: Mapping[str, JsonValue],
    *,
    keys: Sequence[str] = (),
) -> list[ColumnClaim]:
    """Compare each column that is said to be protected with its sources, and record what came out.

    Args:
        project: The project.
        name: A file, see `build_privacy_flows`; its newest version.
        dictionary: As for `build_privacy_flows`.
        keys: Columns of file and sources that name a row; without them rows are paired if
            unchanged columns show that their order was kept.

    Returns:
        One result per column and source that is known and that every direct path protects, in the
        order of the file's columns.

    Raises:
        DatasetNotFoundError: The name is unknown or ambiguous, or means no file.
    """
    with project.catalog() as catalog:
        found = build_privacy_flows(catalog, dictionary, name=name, root=project.root)["files"]
    if len(found) != 1:
        raise DatasetNotFoundError(
            f"name {name!r}", found=f"{len(found)} files", expected="one file"
        )
    checked = list(_Check(project, found[0], keys).results())
    return [_recorded(project, _Version(**found[0]["file"]), one) for one in checked]


class _Check:
    """One file, its sources, and what can be read of them."""

    def __init__(self, project: Project, flow: Mapping[str, Any], keys: Sequence[str]) -> None:
        self._project, self._keys = project, keys
        self._file = _Version(**flow["file"])
        self._pairs = [
            (column["column"], source)
            for column in flow["columns"]
            for source in column["sources"]
            if source["is_direct"] and not source["is_assumed"] and source["effects"]
        ]

    def results(self) -> Iterator[ColumnClaim]:
        claims = [(name, one) for name, one in self._pairs if one["effects"][0] in HIDING]
        for source in dict.fromkeys(_Version(one["uri"], one["sha256"]) for _, one in claims):
            yield from self._against(
                source, [(name, one) for name, one in claims if _version_of(one) == source]
            )

    def _against(
        self, source: _Version, claims: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> Iterator[ColumnClaim]:
        from ops.attacks.claims import Pairing, check_claim  # noqa: PLC0415  # start-up time

        kept = [
            (name, one["column"])
            for name, one in self._pairs
            if _version_of(one) == source and one["effects"] == ["identity"]
        ]
        wanted = [(name, one["column"]) for name, one in claims]
        try:
            tables = self._tables(source, [*wanted, *kept])
            is_ordered = not self._keys and _is_order_kept(*tables, kept)
            pairing = Pairing(keys=self._keys, is_order_kept=is_ordered)
        except LineageError as error:
            for name, one in claims:
                yield _unknown(name, one, safe_message(error))
            return
        for name, one in claims:
            effect = one["effects"][0]
            try:
                found = check_claim(*tables, one["column"], name, effect=effect, pairing=pairing)
            except LineageError as error:
                yield _unknown(name, one, safe_message(error))
            else:
                yield _claim(name, one, found)

    def _tables(
        self, source: _Version, pairs: Sequence[tuple[str, str]]
    ) -> tuple[pa.Table, pa.Table]:
        """Return the columns that are compared: of the source, and of the file."""
        ours = dict.fromkeys([*(theirs for _, theirs in pairs), *self._keys])
        mine = dict.fromkeys([*(name for name, _ in pairs), *self._keys])
        return self._read(source, [*ours]), self._read(self._file, [*mine])

    def _read(self, version: _Version, columns: list[str]) -> pa.Table:
        from ops.data.reader import DataReader  # noqa: PLC0415  # start-up time

        uri = version.uri
        place = uri if paths.is_address(uri) else self._project.safe_path(uri)
        read = DataReader().read(place, columns=columns)
        if read.dataset.sha256 != version.sha256:
            raise DatasetNotFoundError(
                f"file {uri!r}",
                problem="its content is not the recorded one any more",
                remedy="check a file while its sources are as they were",
            )
        return read.table


def _is_order_kept(source: pa.Table, output: pa.Table, kept: Sequence[tuple[str, str]]) -> bool:
    """Tell by unchanged columns whether both have the same rows in the same order."""
    if source.num_rows != output.num_rows or not kept:
        return False
    pairs = [(source.column(theirs), output.column(mine)) for mine, theirs in kept]
    if any(one.type != other.type or not one.equals(other) for one, other in pairs):
        return False
    return any(len(one.unique()) >= _COUNTS_AS_ORDER for one, _ in pairs)


def _version_of(source: Mapping[str, Any]) -> _Version:
    return _Version(source["uri"], source["sha256"])


def _claim(column: str, source: Mapping[str, Any], found: CheckedClaim) -> ColumnClaim:
    return ColumnClaim(
        column=column,
        effect=source["effects"][0],
        source_uri=source["uri"],
        source_sha256=source["sha256"],
        source_column=source["column"],
        outcome=found.outcome,
        reason=found.reason,
        measured=found.measured,
    )


def _unknown(column: str, source: Mapping[str, Any], reason: str) -> ColumnClaim:
    from ops.attacks.claims import CheckedClaim  # noqa: PLC0415  # start-up time

    return _claim(column, source, CheckedClaim(outcome="unknown", measured={}, reason=reason))


def _recorded(project: Project, file: _Version, found: ColumnClaim) -> ColumnClaim:
    """Return a result, recorded if both contents are known."""
    if file.sha256 is None or found.source_sha256 is None:
        return found
    checked = ClaimChecked(
        uri=file.uri,
        sha256=file.sha256,
        column=found.column,
        effect=found.effect,
        source_uri=found.source_uri,
        source_sha256=found.source_sha256,
        source_column=found.source_column,
        outcome=found.outcome,
        measured=dict(found.measured),
        reason=found.reason,
    )
    session: Session[ClaimState, RecordClaim] = Session(
        project.ledger, CLAIM, streams.claims(file.sha256)
    )
    session.handle(RecordClaim(checked=checked))
    return replace(found, is_recorded=True)

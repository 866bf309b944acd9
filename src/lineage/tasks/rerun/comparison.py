"""Compare the outputs of a recorded run with those of executing it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from lineage.events import ArtifactWritten, OutputCompared
from lineage.events.run import ComparisonOutcome
from lineage.kernel.digest import sha256_file
from lineage.kernel.secrets.file_encryption import is_encrypted_file
from lineage.tasks.rerun.recorded_run import RecordedRun
from ops.data.comparison import compare_files
from ops.data.encrypted_comparison import compare_encrypted
from ops.data.encryption import encryption_for

_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputComparison:
    """How one output compares.

    Attributes:
        uri: The file as the recorded run wrote it.
        outcome: "equal", "different" or "not_comparable".
        recorded_sha256: Digest that the run recorded; None if it had none.
        found_sha256: Digest of what was written this time; None if nothing was.
        reason: How it differs or why it cannot be compared, no cell values; empty if equal.
        columns: Columns that differ, as far as is known.
        rows_differing: Rows that differ; None if not known.
        keys: For JSON the keys that differ; for the screen only, because they may be data.
    """

    uri: str
    outcome: ComparisonOutcome
    recorded_sha256: str | None
    found_sha256: str | None = None
    reason: str = ""
    columns: tuple[str, ...] = ()
    rows_differing: int | None = None
    keys: tuple[str, ...] = ()

    def to_fact(self) -> OutputCompared:
        """Return what the history keeps of it."""
        kept = asdict(self)
        del kept["keys"]
        return OutputCompared(**kept)


def not_comparable(run: RecordedRun, reason: str) -> tuple[OutputComparison, ...]:
    """Return for every output of a run why it cannot be compared."""
    return tuple(_open(written, reason) for written in run.outputs.values())


def compare_outputs(
    run: RecordedRun, again: RecordedRun, root: Path, other_root: Path, *, reason: str
) -> tuple[OutputComparison, ...]:
    """Compare every output of a run with that of its rerun.

    An output whose name differs each time (it contains a date) is compared with the one that
    the same operation wrote instead. An encrypted output is compared by what it holds, with the
    ambient key (`ops.data.encryption.encrypting_with`).

    Args:
        run: The recorded run.
        again: The other one.
        root: The folder that the uris of the recorded run are relative to.
        other_root: The same for the other run.
        reason: Why an output that was not written this time cannot be compared; empty if the
            other run ended as the recorded one did, and so should have written it.
    """
    partners = _partners(run.outputs, again.outputs)
    return tuple(
        _compare(written, partners.get(uri), root, other_root, reason)
        for uri, written in run.outputs.items()
    )


def _partners(
    outputs: Mapping[str, ArtifactWritten], others: Mapping[str, ArtifactWritten]
) -> dict[str, ArtifactWritten]:
    partners = {uri: written for uri, written in others.items() if uri in outputs}
    left_over = [written for uri, written in others.items() if uri not in outputs]
    for uri, written in outputs.items():
        alike = [other for other in left_over if _role(other) == _role(written)]
        if uri not in partners and alike:
            partners[uri] = alike[0]
            left_over.remove(alike[0])
    return partners


def _role(written: ArtifactWritten) -> tuple[object, ...]:
    """Return what identifies an output among those of its run, whatever numbers its name has."""
    return written.operation, written.artifact_type, _NUMBER.sub("0", written.uri)


def _compare(
    written: ArtifactWritten,
    other: ArtifactWritten | None,
    root: Path,
    other_root: Path,
    reason: str,
) -> OutputComparison:
    if written.sha256 is None:
        return _open(written, "it could not be read when it was recorded")
    if other is None or other.sha256 is None:
        missing = _open(written, reason or "it was not written this time")
        return missing if reason else replace(missing, outcome="different")
    if other.sha256 == written.sha256:
        return replace(_open(written, ""), outcome="equal", found_sha256=other.sha256)
    different = replace(
        _open(written, _gone(root / written.uri, written.sha256) or ""),
        outcome="different",
        found_sha256=other.sha256,
    )
    if different.reason:
        return different
    pair = root / written.uri, other_root / other.uri
    if any(map(is_encrypted_file, pair)):
        outcome, why = compare_encrypted(*pair, encryption_for(None))
        return replace(different, outcome=outcome, reason=why)
    found = compare_files(*pair, written.artifact_type)
    return replace(
        different,
        reason=found.summary,
        columns=found.columns,
        rows_differing=found.rows_differing,
        keys=found.keys,
    )


def _open(written: ArtifactWritten, reason: str) -> OutputComparison:
    return OutputComparison(
        uri=written.uri,
        outcome="not_comparable",
        recorded_sha256=written.sha256,
        reason=reason,
    )


def _gone(path: Path, sha256: str) -> str | None:
    """Return why the recorded version of a file can no longer be read."""
    try:
        if sha256_file(path) == sha256:
            return None
    except OSError:
        return "different bytes; the recorded file is gone"
    return "different bytes; the recorded file has been replaced since"

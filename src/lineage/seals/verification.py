"""Verify a ledger: hash every event again, check every signature, and name what was changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lineage.kernel.errors import LineageError
from lineage.kernel.merkle import Frontier
from lineage.kernel.notes import VerifierKey
from lineage.ledger import Ledger
from lineage.project import Project
from lineage.seals import tree_chunks
from lineage.seals.changes import Change, History, Leaf, first_change
from lineage.seals.conversions import last_conversion
from lineage.seals.kept_leaves import LEAVES_FILE, KeptLeaves, split
from lineage.seals.statements import Evidence, Problem, Statement, gather, largest
from lineage.seals.tree_walk import Walk, tree_over, walk
from projections.catalog import witnesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification found.

    Attributes:
        events: Number of events in the ledger.
        verified_until: The last position that a good signature covers and that is as it was signed.
        heads: Number of signed heads that were compared.
        problems: What is not as it was signed, the events first; empty if all is.
        remarks: What a reader should know, though nothing is wrong.
    """

    events: int
    verified_until: int
    heads: int
    problems: tuple[Problem, ...]
    remarks: tuple[str, ...] = field(default=())

    @property
    def not_covered(self) -> int:
        """Number of events after the last verified head, of which nothing is proved."""
        return max(self.events - self.verified_until, 0)

    def as_document(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {**asdict(self), "not_covered": self.not_covered}


def verify(
    project: Project, *, outside: Sequence[str] = (), trusted: Sequence[VerifierKey] = ()
) -> Verification:
    """Compare a ledger with everything that was signed of it.

    Nothing is changed, except that the leaf hashes of verified events are kept for the next time.

    Args:
        project: The project; its ledger may be damaged in any way.
        outside: Texts of signed heads that somebody kept elsewhere.
        trusted: Keys that the reader trusts; without them the first key on record is.

    Raises:
        LedgerError: The ledger cannot be read at all.
        OSError: The kept leaf hashes cannot be read.
    """
    ledger = project.ledger
    evidence = gather(project, outside=outside, trusted=trusted)
    kept = KeptLeaves(project.state_folder / LEAVES_FILE)
    _leave_out_replaced(project, evidence, kept)
    walked = walk(ledger, (s.size for s in evidence.statements), kept)
    wrong = [s for s in evidence.statements if not _holds(s, walked.frontiers)]
    changes, verified = _changes(project, walked, wrong, evidence, kept)
    problems = [*_faults(ledger, walked), *changes]
    if not problems and not evidence.problems and not walked.differs:
        kept.keep(verified - len(walked.unkept), walked.unkept)
    return Verification(
        events=walked.count,
        verified_until=min([verified, *(p.position - 1 for p in problems if p.position)]),
        heads=len(evidence.statements),
        problems=(*problems, *evidence.problems),
        remarks=tuple(evidence.remarks),
    )


def _leave_out_replaced(project: Project, evidence: Evidence, kept: KeptLeaves) -> None:
    """Leave out what was signed of bytes that were replaced on record, and say so."""
    try:
        conversion = last_conversion(project.ledger)
    except LineageError:  # its stream is damaged: then nothing excuses a difference
        return
    if conversion is None:
        return
    if not project.ledger.is_encrypted:
        detail = "an event says that the ledger was encrypted, and it is not"
        place = conversion.position
        problem = Problem(kind="forged conversion", detail=detail, position=place, until=place)
        evidence.problems.append(problem)
        return
    holding = [s for s in evidence.statements if not 0 < s.size <= conversion.until]
    replaced = len(evidence.statements) - len(holding)
    if replaced:
        evidence.statements = holding
        evidence.remarks.append(f"{conversion.sentence}; {replaced} heads are of that kind")
    if kept.count <= conversion.until:
        kept.cut(0)


def _holds(statement: Statement, frontiers: Mapping[int, Frontier]) -> bool:
    found = frontiers.get(statement.size)
    return found is not None and found.root() == statement.root


def _faults(ledger: Ledger, walked: Walk) -> list[Problem]:
    found = [Problem(kind="guard", detail=fault) for fault in ledger.faults(is_deep=False)]
    if walked.fault is not None:
        place = walked.count + 1
        found.append(
            Problem(kind="edited envelope", detail=walked.fault, position=place, until=place)
        )
    return found


def _changes(
    project: Project,
    walked: Walk,
    wrong: Sequence[Statement],
    evidence: Evidence,
    kept: KeptLeaves,
) -> tuple[list[Problem], int]:
    """Name what the wrong heads and the kept leaf hashes say was done.

    Returns:
        The problems, and the last position up to which the events are those that were signed.
    """
    false = set(wrong)
    verified = largest(s for s in evidence.statements if s not in false)
    is_same = not wrong and not walked.differs and kept.count <= walked.count
    if is_same or walked.fault is not None:
        return [], verified
    sealed = _sealed(kept, evidence)
    change = None if not sealed else first_change(_history(project, sealed))
    if change is not None:
        return [_problem(change)], change.position - 1
    if wrong:
        return [_range(walked, wrong, evidence)], verified
    if len(sealed) < largest(s for s in evidence.statements if s.size <= kept.count):
        detail = "the kept leaf hashes are not those of the events that were signed; delete "
        detail += f".lineage/{LEAVES_FILE}, and the next verification writes it again"
        return [Problem(kind="edited leaf hashes", detail=detail)], verified
    kept.cut(len(sealed))  # of events that were never under a head, and got lost
    return [], verified


def _sealed(kept: KeptLeaves, evidence: Evidence) -> list[bytes]:
    """Return the kept leaf hashes as far as a signed head confirms them."""
    known = split(kept.read(0, kept.count))[: kept.count]
    trees = tree_over(known, (s.size for s in evidence.statements))
    confirmed = largest(s for s in evidence.statements if _holds(s, trees))
    return known[:confirmed]


def _history(project: Project, sealed: list[bytes]) -> History:
    ledger = project.ledger
    stored = tree_chunks.leaf_hashes(ledger, until=ledger.head())
    known: Callable[[int], Leaf | None] = witnesses.events_of(project.projector.path)
    return History(sealed=sealed, stored=stored, leaf_at=ledger.leaf, known_at=known)


def _range(walked: Walk, wrong: Sequence[Statement], evidence: Evidence) -> Problem:
    """Say between which heads a change lies, where no leaf hash says at which event."""
    first = min(wrong, key=lambda statement: statement.size)
    false = set(wrong)
    before = largest(s for s in evidence.statements if s not in false and s.size < first.size)
    is_inside = any(statement.source != "outside" for statement in wrong)
    if first.size > walked.count:
        kind = "truncated" if is_inside else "rolled back"
        last = largest(wrong)
        detail = f"{first.name} is over {first.size:,} events, the ledger has {walked.count:,}"
        return Problem(kind=kind, detail=detail, position=walked.count + 1, until=last)
    if not is_inside:
        detail = f"the ledger agrees with its own seals, but not with {first.name}: another "
        detail += f"history of {first.size:,} events was signed in place of that one"
        return Problem(kind="signed anew", detail=detail, position=before + 1, until=first.size)
    detail = f"{first.name} is not over these events, the heads up to {before:,} are; without the "
    detail += "kept leaf hashes nothing says which event it is"
    return Problem(kind="changed", detail=detail, position=before + 1, until=first.size)


def _problem(change: Change) -> Problem:
    first, last = change.position, change.until
    events = f"event {first:,}" if first == last else f"events {first:,} to {last:,}"
    said = {
        "edited payload": f"the payload of {events} was edited",
        "edited envelope": f"the envelope of {events} was edited: {', '.join(change.columns)}",
        "edited": f"{events} was edited",
        "removed": f"{events} removed",
        "inserted": f"{events} inserted",
        "reordered": f"events {first:,} and {last:,} changed places",
        "truncated": f"{events} cut off from the end",
        "replaced": f"from event {first:,} on the ledger has another history",
    }[change.kind]
    if change.others > 0:
        said += f"; {change.others:,} more events are not where or what they were"
    return Problem(kind=change.kind, detail=said, position=first, until=last)

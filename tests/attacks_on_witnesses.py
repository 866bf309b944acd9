"""Attacks that a witness refuses: with the key, on the whole project. They register themselves."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from attack_tools import attack
from attacks_on_events import roll_back, work_on
from small_tasks import begin_run

from lineage.kernel.clock import SystemClock
from lineage.kernel.errors import IntegrityError
from lineage.kernel.merkle import consistency_path
from lineage.kernel.notes import Head, Note
from lineage.project import Project
from lineage.seals import heads, signers, witness
from lineage.seals.proofs import CONSISTENCY_FORMAT
from lineage.seals.sealing import seal
from lineage.seals.witness import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A witness, elsewhere.

    Attributes:
        who: Its key.
        state: What it cosigned last; a question works on a copy.
    """

    who: Witness
    state: Path

    def ask(self, root: Path) -> str | None:
        """Ask it to cosign the last head, with the best proof that the ledger can give.

        Returns:
            Why it refuses; None if it cosigns.
        """
        seen = Head.parse(Note.parse(self.state.read_text("utf-8")).text)
        with Project(root) as project:
            head = heads.latest(project)
            assert head is not None
            batches = project.ledger.leaf_hashes(after=0, until=head.size)
            leaves = [leaf for batch in batches for leaf in batch]
            proof = {
                "format": CONSISTENCY_FORMAT,
                "first": self.state.read_text("utf-8"),
                "second": head.note,
                "path": [
                    part.hex()
                    for part in consistency_path(leaves, min(seen.size, head.size), head.size)
                ],
            }
            key = signers.signer(project).verifier_key
        state = Path(shutil.copy(self.state, root.parent / "state"))
        try:
            witness.cosign(
                self.who,
                head.note,
                signers=[key],
                state=state,
                clock=SystemClock(),
                consistency=proof,
            )
        except IntegrityError as error:
            return error.problem
        return None


def open_desk(folder: Path, root: Path, note: str) -> Desk:
    """Return a witness who has cosigned a head of a project."""
    who = witness.make(folder / "witness.key", "witness.example")
    with Project(root) as project:
        key = signers.signer(project).verifier_key
    state = folder / "state"
    witness.cosign(who, note, signers=[key], state=state, clock=SystemClock(), is_first=True)
    return Desk(who=who, state=state)


@attack("W1", "rolled back", needs_witness=True)
def roll_back_and_sign(root: Path, earlier: Path) -> None:
    """The whole project is replaced by an earlier copy, and signed again with its own key."""
    roll_back(root, earlier)
    with Project(root) as project:
        begin_run(project)
        seal(project)


@attack("W2", "split view", needs_witness=True)
def show_another_history(root: Path, earlier: Path) -> None:
    """Two histories of one length are signed with the key, and each reader is shown one."""
    roll_back(root, earlier)
    work_on(root, runs=1)


@attack("W3", "signed anew", needs_witness=True)
def outgrow_the_witness(root: Path, earlier: Path) -> None:
    """An earlier copy is worked on with the key until it is longer than what a witness saw."""
    roll_back(root, earlier)
    work_on(root, runs=2)

"""Measure how long a ledger with many seals is verified, every signature included.

Usage: python benchmarks/verify_seals.py [--seals 100000]

Half and all of the seals are tried, since the cost must grow with their number and no faster.
Beside it stands checking as many Ed25519 signatures one after the other, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rebuild_rate import append_runs
from table import Row, medians_ms, show

from lineage.events import SealSigned, streams
from lineage.kernel.merkle import Frontier
from lineage.kernel.notes import Head, Note
from lineage.project import Project
from lineage.seals import heads, signers
from lineage.seals.signers import Signer
from lineage.seals.verification import verify

SMALL = 4_000
REPEATS = 3


def rows(seals: int) -> Iterator[Row]:
    """Yield the measurements of ledgers with half and all of the seals."""
    for count in (seals // 2, seals):
        with sealed_project(count) as (project, signer):
            every = heads.all_heads(project)
            assert len(every) == count
            beside, ours = medians_ms(
                lambda every=every, signer=signer: check_signatures(every, signer),
                lambda project=project, count=count: check(project, count),
                repeats=REPEATS,
            )
        yield Row(
            name=f"verify {count:,} seals over {count:,} events",
            ours=ours,
            beside=beside,
            beside_name=f"{count:,} signatures",
        )


def check(project: Project, seals: int) -> None:
    """Verify a project, and make sure that all seals were compared."""
    found = verify(project)
    assert (found.problems, found.heads) == ((), seals)


def check_signatures(every: list[heads.SealedHead], signer: Signer) -> None:
    """Check the signature of each head."""
    public = Ed25519PublicKey.from_public_bytes(signer.key.public)
    for head in every:
        note = Note.parse(head.note)
        public.verify(note.signatures[0].value, note.text.encode())


@contextmanager
def sealed_project(seals: int) -> Iterator[tuple[Project, Signer]]:
    """Yield a project with so many seals, one over each number of events, and its signer."""
    os.environ["LINEAGE_SEALS"] = "on_demand"
    folder = Path(tempfile.mkdtemp(prefix="verify_seals."))
    try:
        (folder / "configs").mkdir()
        (folder / "configs/prj_config.json").write_text("{}")
        (folder / ".lineage").mkdir()
        append_runs(folder / ".lineage", seals + 1_000)
        with Project(folder) as project:
            signer = signers.signer(project)
            project.ledger.append(
                streams.SEALS,
                list(signed(project, signer, seals)),
                expected_version=heads.tail(project).version,
            )
            for head in heads.all_heads(project):  # each made durable by itself takes minutes
                path = heads.file_of(project, head)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(head.note, encoding="utf-8")
            yield project, signer
    finally:
        shutil.rmtree(folder)


def signed(project: Project, signer: Signer, seals: int) -> Iterator[SealSigned]:
    """Yield a seal over each number of events, as if each had been made in its time."""
    frontier = Frontier()
    batches = project.ledger.leaf_hashes(after=0, until=seals)
    for leaf in (leaf for batch in batches for leaf in batch):
        frontier = frontier.extended([leaf])
        head = Head(signer.name, frontier.size, frontier.root())
        yield SealSigned(
            tree_size=frontier.size,
            root_sha256=head.root.hex(),
            frontier=tuple(subtree.hex() for subtree in frontier.heads),
            verifier_key=str(signer.verifier_key),
            note=signer.sign(head.text()),
        )


def small() -> Iterator[Row]:
    """Yield rows for fewer seals."""
    yield from rows(SMALL)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seals", type=int, default=100_000)
    show(rows(parser.parse_args().seals))


if __name__ == "__main__":
    main()

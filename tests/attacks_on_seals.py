"""Attacks on the seals of a ledger and on its keys. They register themselves."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from attack_tools import (
    attack,
    change_payload,
    copy_event,
    leaves,
    ledger,
    payload_of,
    positions,
    seals,
)
from attacks_on_events import edit_payload
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineage.kernel.merkle import Frontier
from lineage.kernel.notes import Head, Note, VerifierKey, cosign, sign
from lineage.seals.heads import FOLDER

OTHER_KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_PUBLIC: Final = OTHER_KEY.public_key().public_bytes_raw()
WHEN: Final = datetime(2026, 1, 1, tzinfo=UTC)


@attack("S1", "forged seal")
def edit_and_seal_again_without_key(root: Path, _: Path) -> None:
    """An event is edited, and the later heads are computed again without the key."""
    edit_payload(root, root)
    with ledger(root) as events:
        for position in seals(events):
            size = payload_of(events, position)["tree_size"]
            tree = Frontier().extended(leaves(events, size))
            change_payload(events, position, "root_sha256", tree.root().hex())
            change_payload(events, position, "frontier", [head.hex() for head in tree.heads])


@attack("S2", "forged seal")
def forge_signature(root: Path, _: Path) -> None:
    """The signature of a seal is replaced."""
    with ledger(root) as events:
        last = seals(events)[-1]
        note = Note.parse(payload_of(events, last)["note"])
        signature = replace(note.signatures[0], value=bytes(64))
        change_payload(events, last, "note", str(Note(note.text, (signature,))))


@attack("S3", "unknown signer")
def sign_all_with_another_key(root: Path, _: Path) -> None:
    """An event is edited, and the ledger is signed again with another key as its own."""
    with ledger(root) as events:
        _sign_again(events)


@attack("S4", "unknown signer", needs_head=True)
def sign_all_everywhere_with_another_key(root: Path, _: Path) -> None:
    """The same with the files of the heads; the kept leaf hashes are deleted."""
    with ledger(root) as events:
        notes = _sign_again(events)
    for path in (root / "DATA" / FOLDER).rglob("*.txt"):
        path.write_text(notes[int(path.stem)])
    (root / ".lineage/leaves").unlink()


def _sign_again(events: sqlite3.Connection) -> dict[int, str]:
    """Edit an event, put another key in place of the signer, and sign every head with it."""
    change_payload(events, 5, "description", "nothing was done")
    (adopted,) = positions(events, "signer.adopted")
    name = VerifierKey.parse(payload_of(events, adopted)["verifier_key"]).name
    key = str(VerifierKey(name, 1, OTHER_PUBLIC))
    change_payload(events, adopted, "verifier_key", key)
    notes = {}
    for position in seals(events):
        size = payload_of(events, position)["tree_size"]
        tree = Frontier().extended(leaves(events, size))
        text = Head(name, size, tree.root()).text()
        notes[size] = str(Note(text, (sign(text, name, OTHER_KEY),)))
        change_payload(events, position, "verifier_key", key)
        change_payload(events, position, "root_sha256", tree.root().hex())
        change_payload(events, position, "frontier", [head.hex() for head in tree.heads])
        change_payload(events, position, "note", notes[size])
    return notes


@attack("S5", "removed")
def delete_seals(root: Path, _: Path) -> None:
    """The seals are deleted."""
    with ledger(root) as events:
        events.execute("delete from events where stream = 'ledger:seals'")


@attack("S6", "unknown signer", needs_head=True)
def delete_all_evidence(root: Path, _: Path) -> None:
    """The seals are deleted, with the signing key and all that is made from the ledger."""
    with ledger(root) as events:
        first = positions(events, "signer.adopted")[0]
        events.execute("delete from events where stream = 'ledger:seals' or position > ?", (first,))
    shutil.rmtree(root / "DATA" / FOLDER)
    for name in ("leaves", "catalog.duckdb", "signing.key"):
        (root / ".lineage" / name).unlink()
    shutil.rmtree(root / "DATA/reports")


@attack("S7", "unknown signer")
def add_seal_of_a_stranger(root: Path, _: Path) -> None:
    """A seal is added that another key signed."""
    with ledger(root) as events:
        last = seals(events)[-1]
        copy_event(events, last)
        size = last
        tree = Frontier().extended(leaves(events, size))
        text = Head("stranger", size, tree.root()).text()
        key = VerifierKey("stranger", 1, OTHER_PUBLIC)
        new = seals(events)[-1]
        change_payload(events, new, "tree_size", size)
        change_payload(events, new, "root_sha256", tree.root().hex())
        change_payload(events, new, "frontier", [head.hex() for head in tree.heads])
        change_payload(events, new, "verifier_key", str(key))
        change_payload(events, new, "note", str(Note(text, (sign(text, "stranger", OTHER_KEY),))))


@attack("S8", "forged signer")
def adopt_signer_with_forged_word(root: Path, _: Path) -> None:
    """Another key is adopted, with a false word of the key before it."""
    with ledger(root) as events:
        (adopted,) = positions(events, "signer.adopted")
        old = payload_of(events, adopted)["verifier_key"]
        copy_event(events, adopted)
        new = positions(events, "signer.adopted")[-1]
        name = VerifierKey.parse(old).name
        key = VerifierKey(name, 1, OTHER_PUBLIC)
        change_payload(events, new, "verifier_key", str(key))
        change_payload(events, new, "replaces", old)
        change_payload(events, new, "endorsement", "A" * 86 + "==")


@attack("S9", "forged cosignature")
def forge_cosignature(root: Path, _: Path) -> None:
    """A witness is invented."""
    with ledger(root) as events:
        last = seals(events)[-1]
        seal_ = payload_of(events, last)
        note = Note.parse(seal_["note"])
        seen = cosign(note.text, "witness", OTHER_KEY, WHEN)
        forged = replace(seen, value=seen.value[:8] + bytes(64))
        key = VerifierKey("witness", 4, OTHER_PUBLIC)
        payload = {
            "tree_size": seal_["tree_size"],
            "root_sha256": seal_["root_sha256"],
            "witness": "witness",
            "verifier_key": str(key),
            "note": str(Note(note.text, (*note.signatures, forged))),
        }
        copy_event(events, last, type="seal.cosigned", payload=json.dumps(payload).encode())


def _last_file(root: Path) -> Path:
    return max((root / "DATA" / FOLDER).rglob("*.txt"))


@attack("S10", "head file")
def edit_head_file(root: Path, _: Path) -> None:
    """The file of a head is edited."""
    path = _last_file(root)
    path.write_text(path.read_text().replace("\n", "1\n", 1))


@attack("S11", "unknown signer")
def sign_head_file_as_stranger(root: Path, _: Path) -> None:
    """The file of a head is replaced by one that another key signed."""
    path = _last_file(root)
    text = Head("stranger", 35, bytes(32)).text()
    path.write_text(str(Note(text, (sign(text, "stranger", OTHER_KEY),))))


@attack("S12", "head file")
def rename_head_file(root: Path, _: Path) -> None:
    """The file of a head is put in place of another."""
    path = _last_file(root)
    path.rename(path.with_name("000000000099.txt"))


@attack("S13", "edited leaf hashes")
def edit_leaves(root: Path, _: Path) -> None:
    """The kept leaf hashes are edited."""
    path = root / ".lineage/leaves"
    content = bytearray(path.read_bytes())
    content[32 * 4] ^= 1
    path.write_bytes(content)

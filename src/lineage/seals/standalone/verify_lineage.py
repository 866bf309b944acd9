"""Check what privacy-lineage signed, without privacy-lineage.

    python verify_lineage.py FILE --key KEY [--witness KEY] [--document FILE]

FILE is a signed tree head, another signed text, a proof about events, or a proof that one tree head
continues another. KEY is a verifier key, or a file that holds one; get it from somebody you trust,
not from where FILE came from. Needs Python 3.11 and the package `cryptography`.
"""

import argparse
import base64
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COLUMNS: tuple[str, ...] = ("position", "stream", "version", "type", "schema_version")
COLUMNS += ("recorded_at", "actor", "run", "task", "causation")
WITNESS = 4


class NotSoError(Exception):
    """What was to be checked is not so."""


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def read_key(text: str) -> tuple[str, bytes, int, bytes]:
    """Return name, id, kind and public key of a verifier key (c2sp.org/signed-note)."""
    name, key_id, material = text.split("+", 2)
    content = base64.b64decode(material, validate=True)
    if sha256(name.encode(), b"\n", content)[:4].hex() != key_id or content[0] not in {1, WITNESS}:
        raise ValueError(text)
    return name, bytes.fromhex(key_id), content[0], content[1:]


def read_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Return the text of a signed note; name, key id and signature of each signer."""
    body, _, block = note.rpartition("\n\n")
    signatures = []
    for line in block.removesuffix("\n").split("\n"):
        mark, name, encoded = line.split(" ")
        content = base64.b64decode(encoded, validate=True)
        if not body or mark != "\N{EM DASH}":
            raise ValueError(line)
        signatures.append((name, content[:4], content[4:]))
    return body + "\n", signatures


def read_head(text: str) -> tuple[str, int, bytes]:
    """Return origin, number of events and root of a tree head (c2sp.org/tlog-checkpoint)."""
    origin, size, root, end = text.split("\n")
    if end or not origin or str(int(size)) != size:
        raise ValueError(text)
    return origin, int(size), base64.b64decode(root, validate=True)


def check_signature(key: str, text: str, signature: bytes) -> str:
    """Check a signature, and return what it says."""
    name, _, kind, public = read_key(key)
    message, said = text, f"signed by {name}"
    if kind == WITNESS:  # signs the time at which it saw the head, too (c2sp.org/tlog-cosignature)
        seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = f"cosignature/v1\ntime {seconds}\n{text}"
        when = datetime.fromtimestamp(min(seconds, 2**37), UTC)
        said = f"seen by witness {name} at {when:%Y-%m-%d %H:%M:%S} UTC"
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message.encode())
    except InvalidSignature:
        raise NotSoError(f"the signature of {name} is false") from None
    return said


def check_note(note: str, args: argparse.Namespace) -> str:
    """Return the text of a note that a trusted key and every witness signed."""
    text, signatures = read_note(note)
    missing, is_signed = set(args.witness), False
    for key in [*args.key, *args.witness]:
        name, key_id, _, _ = read_key(key)
        for signature in [s for n, i, s in signatures if (n, i) == (name, key_id)]:
            print(f"  {check_signature(key, text, signature)}")
            is_signed |= key in args.key
            missing.discard(key)
    if missing or not is_signed:
        raise NotSoError("a witness has not signed" if is_signed else "no trusted key has signed")
    return text


def climb(place: int, last: int, nodes: list[bytes], path: list[bytes]) -> list[bytes]:
    """Return the roots above nodes, if the path leads to them (RFC 9162, section 2.1)."""
    for part in path:
        if last == 0 or len(part) != len(sha256()):
            raise NotSoError("the path does not fit the tree")
        if place & 1 or place == last:
            nodes = [sha256(b"\x01", part, node) for node in nodes]
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:  # what lies to the right is in the last tree only
            nodes = [*nodes[:-1], sha256(b"\x01", nodes[-1], part)]
        place, last = place >> 1, last >> 1
    return nodes if last == 0 else []


def is_continued(first: int, second: int, roots: list[bytes], path: list[bytes]) -> bool:
    """Tell whether the earlier of two trees is the beginning of the later one."""
    if first in (0, second):
        return not path and roots[0] == (roots[1] if first else sha256())
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    node, *path = path if place else [roots[0], *path]
    return first < second and climb(place, last, [node, node], path) == roots


def check_event(event: dict[str, Any], size: int, root: bytes) -> str:
    """Check that an event is under a head, and return its payload if the proof shows it."""
    stated, envelope, payload = event["leaf_sha256"], event["envelope"], event.get("payload")
    index = int(envelope["position"]) - 1
    path = [bytes.fromhex(part) for part in event["path"]]
    if not 0 <= index < size or climb(index, size - 1, [bytes.fromhex(stated)], path) != [root]:
        raise NotSoError(f"the event at position {index + 1} is not under this head")
    proved = " (stated; only its position is proved)"
    if payload is not None:
        is_text = event.get("encoding") != "base64"
        content = payload.encode() if is_text else base64.b64decode(payload, validate=True)
        leaf = b"\x1f".join([*(envelope[name].encode() for name in COLUMNS), content])
        is_plain = all(sign >= " " for name in COLUMNS for sign in envelope[name])
        if sha256(b"\x00", leaf).hex() != stated or not is_plain:
            raise NotSoError(f"the event at position {index + 1} is not the one that was sealed")
        proved = f"\n    {payload}" if is_text else "\n    (its payload is encrypted)"
    said = ", ".join(f"{name} {envelope[name]!r}" for name in ("type", "stream", "actor"))
    print(f"  position {index + 1} of {size}: {said}{proved}")
    return payload or ""


def check_file(path: Path, args: argparse.Namespace) -> list[str]:
    """Check a file, and return the texts that are proved by it."""
    content = path.read_text("utf-8")
    if not content.startswith("{"):
        text = check_note(content, args)
        print("".join(f"  | {line}\n" for line in text.splitlines()), end="")
        return [text]
    proof = json.loads(content)
    if proof["format"] == "privacy-lineage proof 1" and proof["events"]:
        _, size, root = read_head(check_note(proof["head"], args))
        return [check_event(event, size, root) for event in proof["events"]]
    if proof["format"] != "privacy-lineage consistency 1":
        raise ValueError(proof["format"])
    origin, first, old = read_head(check_note(proof["first"], args))
    other, second, new = read_head(check_note(proof["second"], args))
    between = [bytes.fromhex(part) for part in proof["path"]]
    if origin != other or not is_continued(first, second, [old, new], between):
        raise NotSoError(f"the head over {second} events does not continue the one over {first}")
    print(f"  the ledger of {second} events continues that of {first}")
    return []


def check_document(path: Path | None, proved: list[str]) -> None:
    """Check that the digest of a file, if one is given, stands in what was proved."""
    if path is not None and sha256(path.read_bytes()).hex() not in "\n".join(proved):
        raise NotSoError(f"{path} is not the file that this is about")


def key_of(text: str) -> str:
    """Return a verifier key that is given as it is, or as the file that holds it."""
    text = Path(text).read_text("utf-8").strip() if Path(text).is_file() else text
    read_key(text)
    return text


def main() -> int:
    """Check the file that is named, and return 0 if all is so, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a signed text, a tree head, or a proof")
    parser.add_argument("--key", type=key_of, action="append", required=True, help="you trust it")
    parser.add_argument("--witness", type=key_of, action="append", default=[], help="signed, too")
    parser.add_argument("--document", type=Path, help="the file whose SHA-256 is proved")
    args = parser.parse_args()
    try:
        check_document(args.document, check_file(args.file, args))
    except NotSoError as error:
        print(f"NOT VERIFIED: {error}")
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        print(f"NOT VERIFIED: this is not what privacy-lineage writes ({error!r})")
    else:
        print("VERIFIED")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""Check what privacy-lineage signed, without privacy-lineage.

    python verify_lineage.py FILE --key KEY [--witness KEY] [--endorsements FILE] [--document FILE]

FILE is a signed text, as a tree head, or a proof. KEY is a verifier key, or a file with one; get it
from somebody you trust, not from where FILE came from. A later key counts if endorsements lead to
it, in FILE or in that of the option. Needs Python 3.11 and the package `cryptography`.
"""

import argparse
import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COLUMNS = "position stream version type schema_version recorded_at actor run task causation"
WITNESS = 4
Key = tuple[str, bytes, int, bytes]


class NotSoError(Exception):
    """What was to be checked is not so."""


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def read_key(text: str) -> Key:
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


def check_signature(key: Key, text: str, signature: bytes) -> None:
    """Check a signature, and print what it says."""
    name, key_id, kind, public = key
    message, said, about = text, f"signed with key {key_id.hex()}", text.partition("\n")[0]
    if kind == WITNESS:  # signs the time at which it saw the head, too (c2sp.org/tlog-cosignature)
        seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = f"cosignature/v1\ntime {seconds}\n{text}"
        said = f"seen by witness {name} at {datetime.fromtimestamp(min(seconds, 2**37), UTC)}"
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message.encode())
    except InvalidSignature:
        raise NotSoError(f"the signature of key {key_id.hex()} under {about!r} is false") from None
    print(f"  {about!r}: {said}")


def follow(endorsements: list[dict[str, str]], keys: list[Key]) -> list[Key]:
    """Return the keys, and those to which endorsements, in their order, lead from them."""
    for link in endorsements:
        old, new = read_key(link["replaces"]), read_key(link["verifier_key"])
        check_signature(old, link["verifier_key"], base64.b64decode(link["endorsement"]))
        keys = [*keys, new] if old in keys and old[::2] == new[::2] else keys  # as name and kind
    return keys


def check_note(note: str, args: argparse.Namespace) -> str:
    """Return the text of a note that a trusted key and every witness signed."""
    text, signatures = read_note(note)
    missing, is_signed = set(args.witness), False
    for key in [*args.key, *args.witness]:
        for signature in [s for n, i, s in signatures if (n, i) == key[:2]]:
            check_signature(key, text, signature)
            is_signed |= key in args.key
            missing.discard(key)
    if missing or not is_signed:
        by = f"no trusted key has signed, nor do endorsements lead to {signatures[0][1].hex()}"
        raise NotSoError("a witness has not signed" if is_signed else by)
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
    whole = (first & -first).bit_length() - 1  # levels in which the earlier tree is complete
    place, last = first - 1 >> whole, second - 1 >> whole
    node, *path = path if place else [roots[0], *path]
    return first < second and climb(place, last, [node, node], path) == roots


def check_event(event: dict[str, Any], size: int, root: bytes) -> str:
    """Check that an event is under a head, and return its payload if the proof shows it."""
    stated, envelope, payload = event["leaf_sha256"], event["envelope"], event.get("payload")
    index, path = int(envelope["position"]) - 1, [bytes.fromhex(part) for part in event["path"]]
    if not 0 <= index < size or climb(index, size - 1, [bytes.fromhex(stated)], path) != [root]:
        raise NotSoError(f"the event at position {index + 1} is not under this head")
    proved = " (stated; only its position is proved)"
    if payload is not None:
        is_text = event.get("encoding") != "base64"
        content = payload.encode() if is_text else base64.b64decode(payload, validate=True)
        columns = [envelope[name] for name in COLUMNS.split()]
        leaf = sha256(b"\x00", "\x1f".join(columns).encode(), b"\x1f", content)
        if leaf.hex() != stated or min("".join(columns)) < " ":
            raise NotSoError(f"the event at position {index + 1} is not the one that was sealed")
        proved = f"\n    {payload}" if is_text else "\n    (its payload is encrypted)"
    said = ", ".join(f"{name} {envelope[name]!r}" for name in ("type", "stream", "actor"))
    print(f"  position {index + 1} of {size}: {said}{proved}")
    return payload or ""


def check(args: argparse.Namespace) -> None:
    """Check the file that is named, and that the document, if any, is in what it proves."""
    content, proved = args.file.read_text("utf-8"), []
    proof: dict[str, Any] = json.loads(content) if content.startswith("{") else {"format": ""}
    given = json.loads(args.endorsements.read_text("utf-8")) if args.endorsements else proof
    args.key = follow(given.get("endorsements", []), args.key)
    if proof["format"] == "":
        proved = [check_note(content, args)]
        print("".join(f"  | {line}\n" for line in proved[0].splitlines()), end="")
    elif proof["format"] == "privacy-lineage proof 1" and proof["events"]:
        _, size, root = read_head(check_note(proof["head"], args))
        proved = [check_event(event, size, root) for event in proof["events"]]
    elif proof["format"] == "privacy-lineage consistency 1":
        origin, first, old = read_head(check_note(proof["first"], args))
        other, second, new = read_head(check_note(proof["second"], args))
        path = [bytes.fromhex(part) for part in proof["path"]]
        if origin != other or not is_continued(first, second, [old, new], path):
            raise NotSoError(f"the head over {second} events does not continue that over {first}")
        print(f"  the ledger of {second} events continues that of {first}")
    else:
        raise ValueError(proof["format"])
    if args.document and sha256(args.document.read_bytes()).hex() not in "\n".join(proved):
        raise NotSoError(f"{args.document} is not the file that this is about")


def key_of(text: str) -> Key:
    """Return a verifier key that is given as it is, or as the file that holds it."""
    return read_key(Path(text).read_text("utf-8").strip() if Path(text).is_file() else text)


def main() -> int:
    """Check the file that is named, and return 0 if all is so, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a signed text, a tree head, or a proof")
    parser.add_argument("--key", type=key_of, action="append", required=True, help="you trust it")
    parser.add_argument("--witness", type=key_of, action="append", default=[], help="signed, too")
    parser.add_argument("--endorsements", type=Path, help="a file with those of later keys")
    parser.add_argument("--document", type=Path, help="the file whose SHA-256 is proved")
    try:
        check(parser.parse_args())
        verdict = "VERIFIED"
    except NotSoError as error:
        verdict = f"NOT VERIFIED: {error}"
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        verdict = f"NOT VERIFIED: this is not what privacy-lineage writes ({error!r})"
    print(verdict)
    return int(verdict != "VERIFIED")


if __name__ == "__main__":
    raise SystemExit(main())

"""Notes, keys, heads and cosignatures are those of C2SP, checked on texts that others signed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel.errors import IntegrityError
from lineage.kernel.notes import Head, Note, Signature, VerifierKey, cosign, sign

# The example of c2sp.org/signed-note.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """This is an example message.

— example.com/foo \
Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# The example of Go's own implementation, golang.org/x/mod/sumdb/note, with its private key.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann \
x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
# Heads that sum.golang.org published.
SUM_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUM_NOTES = [
    """go.sum database tree
15081221
BoMMe1wd25Tco0mYGROkyqxHZWx+hcSCtMV315Lu6Lg=

— sum.golang.org \
Az3grilD7vQqTrv66jRgKM84Y80KTprrSt4bKmiOPxgmS5ZVBTeCl6dUvjYnN13R+C8j0jGY1WnUADGMkok3U0m2Zgo=
""",
    """go.sum database tree
63096908
8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=

— sum.golang.org \
Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=
""",
]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BODY = "text\n"
HEAD = Head("example.org/ledger", 3, bytes(32))
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "note"), [(SPEC_KEY, SPEC_NOTE), (GO_KEY, GO_NOTE), *((SUM_KEY, n) for n in SUM_NOTES)]
)
def test_notes_that_others_signed_verify(key: str, note: str) -> None:
    """The format is the published one, to the byte."""
    parsed, verifier = Note.parse(note), VerifierKey.parse(key)

    assert parsed.verified_by([verifier]) == (verifier,)
    assert (str(parsed), str(verifier)) == (note, key)


def test_signing_gives_the_bytes_of_go() -> None:
    """Our signature with Go's key is Go's signature."""
    note = Note.parse(GO_NOTE)
    private_key = Ed25519PrivateKey.from_private_bytes(GO_SEED)

    assert sign(note.text, "PeterNeumann", private_key) == note.signatures[0]


@pytest.mark.parametrize("note", SUM_NOTES)
def test_published_head_reads_and_writes_itself(note: str) -> None:
    """A head of another log is a head of ours."""
    text = Note.parse(note).text
    head = Head.parse(text)

    assert head.origin == "go.sum database tree"
    assert head.text() == text


def test_every_changed_character_of_a_note_is_noticed() -> None:
    """No character of a signed note can be another one."""
    accepted = [i for i in range(len(GO_NOTE)) if _is_accepted(_changed(GO_NOTE, i))]

    assert accepted == []
    assert _is_accepted(GO_NOTE)


def test_every_changed_character_of_a_key_is_noticed() -> None:
    """The id of a key is over its name and its bytes."""
    for place in range(len(GO_KEY)):
        with pytest.raises(IntegrityError, match=r"verifier key|name of a signer"):
            VerifierKey.parse(_changed(GO_KEY, place))


def test_signatures_of_unknown_keys_are_ignored() -> None:
    """A stranger's signature says nothing, and does not spoil that of a known key."""
    stranger = sign(Note.parse(GO_NOTE).text, "stranger", KEY)
    note = Note(Note.parse(GO_NOTE).text, (stranger, *Note.parse(GO_NOTE).signatures))

    assert note.verified_by([VerifierKey.parse(GO_KEY)]) == (VerifierKey.parse(GO_KEY),)
    assert note.verified_by([]) == ()


def test_false_signature_of_a_known_key_rejects_the_note() -> None:
    """One false signature is enough, whatever else is signed."""
    genuine = sign("text\n", "me", KEY)
    forged = Signature("me", genuine.key_id, bytes(64))

    with pytest.raises(IntegrityError, match="not a signature of this key"):
        Note("text\n", (genuine, forged)).verified_by([_verifier("me", 1)])


def test_cosignature_verifies_and_says_when() -> None:
    """A witness signs the head and the second in which it saw it."""
    seen = cosign(HEAD.text(), "witness", KEY, WHEN)
    note = Note.parse(str(Note(HEAD.text(), (seen,))))

    assert note.verified_by([_verifier("witness", 4)]) == (_verifier("witness", 4),)
    assert note.signatures[0].seen_at_s == int(WHEN.timestamp())


def test_cosigned_message_is_that_of_the_standard() -> None:
    """What a witness signs begins with the fixed line and the time."""
    seen = cosign(HEAD.text(), "witness", KEY, datetime.fromtimestamp(1679315147, UTC))
    message = f"cosignature/v1\ntime 1679315147\n{HEAD.text()}"

    assert seen.value == (1679315147).to_bytes(8, "big") + KEY.sign(message.encode())
    KEY.public_key().verify(seen.value[8:], message.encode())


def test_cosignature_of_another_time_is_refused() -> None:
    """The time is part of what is signed."""
    seen = cosign(HEAD.text(), "witness", KEY, WHEN)
    later = Signature(seen.name, seen.key_id, (2**62).to_bytes(8, "big") + seen.value[8:])

    with pytest.raises(IntegrityError, match="not a signature of this key"):
        Note(HEAD.text(), (later,)).verified_by([_verifier("witness", 4)])


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(lambda t: "+" not in t)
)
def test_keys_of_any_name_read_back(name: str) -> None:
    """A name may hold every sign that is no space, plus or control character."""
    assert VerifierKey.parse(str(_verifier(name, 1))) == _verifier(name, 1)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.integers(0, 2**70))
def test_signed_texts_read_back(text: str, size: int) -> None:
    """Any text of a note, blank lines included, comes back as it was."""
    for body in (f"{text}\n\n{text}\n", Head("o", size, bytes(32)).text()):
        note = Note(body, (sign(body, "me", KEY), sign(body, "you", KEY)))

        assert Note.parse(str(note)) == note


@pytest.mark.parametrize("text", ["", "no end", "tab\there\n", "bell\a\n", "\ud800\n", "cr\r\n"])
def test_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    """Nothing is signed that a verifier must refuse."""
    with pytest.raises(IntegrityError, match="cannot be signed"):
        sign(text, "me", KEY)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "\ud800", "a\x01"])
def test_name_that_no_signer_can_have_is_refused(name: str) -> None:
    """A name ends where its signature begins."""
    with pytest.raises(IntegrityError, match="name of a signer"):
        sign("text\n", name, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n1\nAAAA\n",
        f"\n1\n{'A' * 43}=\n",
        f"o\n01\n{'A' * 43}=\n",
        f"o\n-1\n{'A' * 43}=\n",
        f"o\n\u0661\n{'A' * 43}=\n",
        f"o\n1\n{'A' * 43}=",
        f"o\n1\n{'A' * 42}B=\n",
        f"o\n1\n{'A' * 43}=\nextension\n",
    ],
)
def test_text_that_is_no_head_is_refused(text: str) -> None:
    """A head has one way to be written."""
    with pytest.raises(IntegrityError, match="tree head"):
        Head.parse(text)


@pytest.mark.parametrize(
    "note", ["", "text\n", "text\n\n", "text\n\n— me AAAA\n", "a\n\n- me AAAAAAA=\n"]
)
def test_text_that_is_no_note_is_refused(note: str) -> None:
    """A note has a text, an empty line and signatures."""
    with pytest.raises(IntegrityError, match="signed note"):
        Note.parse(note)


def test_note_with_too_many_signatures_is_refused() -> None:
    """A note of a stranger does not keep the reader busy."""
    line = f"{sign(BODY, 'me', KEY)}\n"

    with pytest.raises(IntegrityError, match="too many"):
        Note.parse(f"{BODY}\n{line * 101}")


@pytest.mark.parametrize("algorithm", [0, 2, 6])
def test_key_of_another_algorithm_is_refused(algorithm: int) -> None:
    """What cannot be checked is not taken for checked."""
    with pytest.raises(IntegrityError, match="algorithm is not known"):
        VerifierKey("me", algorithm, bytes(32))


def _verifier(name: str, algorithm: int) -> VerifierKey:
    return VerifierKey(name, algorithm, KEY.public_key().public_bytes_raw())


def _changed(text: str, place: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


def _is_accepted(note: str) -> bool:
    try:
        return Note.parse(note).verified_by([VerifierKey.parse(GO_KEY)]) != ()
    except IntegrityError:
        return False

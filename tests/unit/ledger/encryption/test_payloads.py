"""What a payload looks like in an encrypted ledger."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.ledger.encryption import payloads

KEY = AESGCM(bytes(range(32)))
BOUND = payloads.bound_to("run:1", 3, "warning.raised", 1)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
def test_payload_comes_back_as_it_was(payload: bytes) -> None:
    """Whatever it holds, and never in the same bytes twice."""
    stored = payloads.seal(KEY, payload, BOUND)

    assert payloads.open_one(KEY, stored, BOUND) == payload
    assert payloads.is_sealed(stored)
    assert stored != payloads.seal(KEY, payload, BOUND)


def test_changed_byte_is_seen_wherever_it_is() -> None:
    """Version, nonce, text and tag are all authenticated, and so is the length."""
    stored = payloads.seal(KEY, b'{"a":1}', BOUND)
    flipped = [
        stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :]
        for place in range(len(stored))
    ]

    assert not any(payloads.open_one(KEY, each, BOUND) for each in flipped)
    assert not any(payloads.open_one(KEY, stored[:end], BOUND) for end in range(len(stored)))


@pytest.mark.parametrize(
    "place",
    [
        ("run:2", 3, "warning.raised", 1),
        ("run:1", 4, "warning.raised", 1),
        ("run:1", 3, "run.archived", 1),
        ("run:1", 3, "warning.raised", 2),
    ],
)
def test_payload_opens_in_no_other_place(place: tuple[str, int, str, int]) -> None:
    """Stream, version, type and version of the type are part of it."""
    stored = payloads.seal(KEY, b"{}", BOUND)

    assert payloads.open_one(KEY, stored, payloads.bound_to(*place)) is None


def test_payload_opens_with_no_other_key() -> None:
    """A key that was made again would not do."""
    stored = payloads.seal(KEY, b"{}", BOUND)

    assert payloads.open_one(AESGCM(os.urandom(32)), stored, BOUND) is None


def test_payload_that_was_never_sealed_is_refused_among_many() -> None:
    """Only streams without a key may hold one."""
    rows = [("run:1", BOUND, b'{"forged":true}')]

    assert payloads.open_many({}, rows) == [b'{"forged":true}']
    with pytest.raises(ValueError, match="not sealed"):
        payloads.open_many({"run:1": KEY}, rows)

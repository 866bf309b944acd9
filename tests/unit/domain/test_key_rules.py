"""A key comes into being once, gets newer versions, and ends once."""

from __future__ import annotations

import pytest
import scenarios

from lineage.domain import KEY
from lineage.domain.key import CreateKey, DestroyKey, RotateKey
from lineage.events import Event, KeyCreated, KeyDestroyed, KeyRotated
from lineage.kernel.errors import CommandRejectedError

given = scenarios.of(KEY)

CREATED = KeyCreated(key_id="k", purpose="files", algorithm="AES-256-GCM")
DESTROYED = KeyDestroyed(key_id="k", reason="ended")


def rotated(version: int) -> KeyRotated:
    """A new version."""
    return KeyRotated(key_id="k", key_version=version, data_keys=3, old_forgotten=False)


def test_key_is_created_rotated_and_destroyed() -> None:
    """Each act is one event."""
    given().when(CreateKey(created=CREATED)).then(CREATED)
    given(CREATED).when(RotateKey(created=CREATED, rotated=rotated(2))).then(rotated(2))
    given(CREATED).when(DestroyKey(created=CREATED, destroyed=DESTROYED)).then(DESTROYED)


def test_key_that_is_not_on_record_is_put_there_first() -> None:
    """A key of a keyring that was made without a command is on record with its next event."""
    given().when(RotateKey(created=CREATED, rotated=rotated(2))).then(CREATED, rotated(2))
    given().when(DestroyKey(created=CREATED, destroyed=DESTROYED)).then(CREATED, DESTROYED)


def test_destroying_again_records_nothing() -> None:
    """The first end counts."""
    given(CREATED, DESTROYED).when(DestroyKey(created=CREATED, destroyed=DESTROYED)).then()


@pytest.mark.parametrize(
    ("past", "command", "words"),
    [
        ((CREATED,), CreateKey(created=CREATED), "already on record"),
        ((CREATED, DESTROYED), CreateKey(created=CREATED), "was destroyed"),
        ((CREATED, DESTROYED), RotateKey(created=CREATED, rotated=rotated(2)), "was destroyed"),
        ((CREATED, rotated(2)), RotateKey(created=CREATED, rotated=rotated(2)), "version 2"),
    ],
)
def test_what_cannot_happen_is_refused(
    past: tuple[Event, ...], command: CreateKey | RotateKey, words: str
) -> None:
    """No second beginning, nothing after the end, no version twice."""
    given(*past).when(command).refuses(CommandRejectedError, match=words)

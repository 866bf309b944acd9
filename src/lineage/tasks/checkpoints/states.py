"""Store the state of a run, and load it as it was.

A state of up to 1 MB is part of the event. A bigger one, and any state of a task that encrypts,
goes to a file named after its digest, before the event that refers to it. Each file belongs to
one checkpoint, so that it can go when the checkpoint does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lineage.domain.run import RecordCheckpoint
from lineage.events import CheckpointKind, CheckpointRecorded
from lineage.kernel import errors
from lineage.kernel.digest import sha256_json
from lineage.kernel.secrets import redaction
from lineage.kernel.values import JsonValue, canonical_text
from lineage.project import Project
from lineage.tasks.checkpoints import state_json
from lineage.tasks.security.encryption import EncryptionManager

MAX_IN_EVENT_BYTES: Final = 2**20
"""Length of the canonical JSON up to which a state is part of the event."""


class CheckpointStates:
    """The states of one task's checkpoints.

    Args:
        project: Where they are kept.
        task_id: The task.
        encryption: How its configuration encrypts; None for not at all.
    """

    def __init__(
        self, project: Project, task_id: str, encryption: EncryptionManager | None
    ) -> None:
        self._ledger_file = project.ledger.file or project.state_folder
        self._files = project.checkpoint_files
        self._ids = project.ids
        self._task_id = task_id
        self._encryption = encryption

    def keep(
        self, state: Mapping[str, Any], *, name: str | None, kind: CheckpointKind
    ) -> RecordCheckpoint:
        """Return the command that records a state, after its file is written if it needs one.

        Raises:
            CheckpointRefusedError: It is not a mapping, or holds a secret or a value that could
                not be given back as it was.
            CheckpointNotWrittenError: The file cannot be written.
            CipherError: It is to be encrypted and there is no key.
        """
        kept = _checked(state)
        text = state_json.text_of(kept)
        size_bytes = len(text.encode())
        must_encrypt = self._encryption is not None and self._encryption.is_enabled
        if size_bytes <= MAX_IN_EVENT_BYTES and not must_encrypt:
            return RecordCheckpoint(
                name=name,
                kind=kind,
                state=kept,
                sha256=sha256_json(kept),
                size_bytes=size_bytes,
            )
        return self._keep_in_file(self._document(text), name=name, kind=kind)

    def load(self, recorded: CheckpointRecorded) -> dict[Any, Any]:
        """Return the state of a checkpoint.

        Raises:
            CheckpointDamagedError: It is missing or has changed, or holds what this release or
                machine does not know.
            CipherError: It is encrypted and there is no key, or another one.
        """
        if recorded.state is not None:
            if sha256_json(recorded.state) != recorded.sha256:
                raise _damaged(recorded, "the state in the ledger has another digest")
            return _decoded(recorded, recorded.state)
        content = self._read(recorded)
        if recorded.is_encrypted:
            content = self._decrypted(recorded, content)
        return _decoded(recorded, json.loads(content)["state"])

    def verify(self, recorded: CheckpointRecorded) -> None:
        """Check that the state of a checkpoint can be read, without a key.

        Raises:
            CheckpointDamagedError: As in `load`.
        """
        if recorded.state is not None:
            self.load(recorded)
            return
        try:
            self._files.verify(recorded.sha256)
        except errors.IntegrityError as error:
            raise _damaged(recorded, str(error)) from error

    def path(self, recorded: RecordCheckpoint) -> Path:
        """Return the file that holds a state: the ledger's or its own."""
        in_event = recorded.state is not None
        return self._ledger_file if in_event else self._files.path(recorded.sha256)

    def remove(self, sha256: str) -> bool:
        """Remove the file of a state and return whether it existed.

        Raises:
            OSError: The folder cannot be written.
        """
        return self._files.remove(sha256)

    def _document(self, text: str) -> bytes:
        # the id keeps equal states from sharing a file: discarding one would remove it
        head = canonical_text({"id": self._ids.new(), "task": self._task_id})
        return f'{head[:-1]},"state":{text}}}'.encode()

    def _keep_in_file(
        self, content: bytes, *, name: str | None, kind: CheckpointKind
    ) -> RecordCheckpoint:
        is_encrypted = self._encryption is not None and self._encryption.is_enabled
        if self._encryption is not None and is_encrypted:
            content = self._encryption.encrypt_data(content)
        try:
            version = self._files.write(content)
        except OSError as error:
            raise errors.CheckpointNotWrittenError(
                f"file for a checkpoint of task {self._task_id!r}",
                problem=error.strerror or type(error).__name__,
                expected=f"room for {len(content):,} bytes in {str(self._files.folder)!r}",
                remedy="free space or check the permissions; earlier checkpoints are intact",
            ) from error
        return RecordCheckpoint(
            name=name,
            kind=kind,
            state=None,
            sha256=version.sha256,
            size_bytes=version.size_bytes,
            is_encrypted=is_encrypted,
        )

    def _read(self, recorded: CheckpointRecorded) -> bytes:
        try:
            return self._files.read(recorded.sha256)
        except errors.IntegrityError as error:
            raise _damaged(recorded, str(error)) from error

    def _decrypted(self, recorded: CheckpointRecorded, content: bytes) -> bytes:
        if self._encryption is None:
            raise errors.CipherError(
                f"checkpoint {recorded.name!r} of task {self._task_id!r}",
                problem="the state is encrypted and there is no key",
                remedy="pass an EncryptionManager that has the key as `encryption`",
            )
        return self._encryption.decrypt_data(content)


def _checked(state: Mapping[str, Any]) -> dict[str, JsonValue]:
    if not isinstance(state, Mapping):
        raise errors.CheckpointRefusedError(
            "state of a checkpoint", found=type(state).__name__, expected="a mapping"
        )
    kept = state_json.encode(state)
    secret = next(redaction.secret_names(kept), None)
    if secret is not None:
        raise errors.CheckpointRefusedError(
            "state of a checkpoint",
            problem=f"holds a secret named {secret!r}",
            remedy="leave it out, and read it again from where it is kept",
        )
    return kept


def _decoded(recorded: CheckpointRecorded, kept: dict[str, Any]) -> dict[Any, Any]:
    try:
        return state_json.decode(kept)
    except (ValueError, KeyError) as error:
        raise errors.CheckpointDamagedError(
            f"checkpoint {recorded.name!r}",
            problem="it holds a value that this release or machine does not know",
            remedy="restore it with the release that made it, or install the time zones",
        ) from error


def _damaged(recorded: CheckpointRecorded, problem: str) -> errors.CheckpointDamagedError:
    return errors.CheckpointDamagedError(
        f"checkpoint {recorded.name!r}",
        problem=problem,
        expected=f"{recorded.size_bytes:,} bytes with the digest {recorded.sha256}",
        remedy="restore another one",
    )

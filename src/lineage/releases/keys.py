"""What opens an encrypted file that is to be judged: the keyring, if its master key is here."""

from __future__ import annotations

from pathlib import Path

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.file_encryption import FileEncryption, is_encrypted_file
from lineage.kernel.storage import sets
from lineage.project import Project


def of_file(project: Project, path: Path) -> FileEncryption | None:
    """Return what may open a file or set; None if it is not encrypted, or no master key is here."""
    if not any(map(is_encrypted_file, sets.files_of(path))):
        return None
    from lineage.kernel.secrets import keyring  # noqa: PLC0415  # start-up time
    from lineage.kernel.secrets.data_keys import DataKeyStore  # noqa: PLC0415
    from lineage.kernel.secrets.file_cipher import FileCipher  # noqa: PLC0415

    folder = keyring.keyring_folder(project.root)
    try:
        ring = keyring.Keyring(folder, keyring.master_secret(), clock=project.clock)
        active = [info.key_id for info in keyring.list_keys(folder) if info.status == "active"]
    except CipherError:
        return None
    # files name their data key, so any key of the ring finds it
    return FileCipher(DataKeyStore(ring, active[0], clock=project.clock)) if active else None

"""Store files under the digest of their content, so that any change shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.kernel import files
from lineage.kernel.digest import sha256_bytes, sha256_file
from lineage.kernel.errors import IntegrityError

_NAME: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Blobs:
    """A folder of files that are named after their SHA-256.

    Attributes:
        folder: Where they are; made with the first one, in a folder that must exist.
    """

    folder: Path

    def path(self, sha256: str) -> Path:
        """Return where the content with a digest is or would be."""
        return self.folder / sha256

    def write(self, content: bytes) -> files.FileVersion:
        """Store a content; it is whole and durable when this returns.

        Raises:
            OSError: The folder cannot be written or is full.
        """
        files.make_folder(self.folder)
        return files.write_bytes(self.path(sha256_bytes(content)), content)

    def read(self, sha256: str) -> bytes:
        """Return the content with a digest.

        Raises:
            IntegrityError: It is missing, cannot be read, or is not what was kept.
        """
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise self._fault(sha256, _said(error)) from error
        if sha256_bytes(content) != sha256:
            raise self._fault(sha256, "other bytes")
        return content

    def verify(self, sha256: str) -> None:
        """Check that a content is there and unchanged, in constant memory; errors as in `read`."""
        try:
            found = sha256_file(self.path(sha256))
        except OSError as error:
            raise self._fault(sha256, _said(error)) from error
        if found != sha256:
            raise self._fault(sha256, "other bytes")

    def remove(self, sha256: str) -> bool:
        """Remove a content and tell whether it was there.

        Raises:
            OSError: The folder cannot be written.
        """
        try:
            self.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def present(self) -> list[str]:
        """Return the digests of all contents, sorted, without reading them."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name))

    def _fault(self, sha256: str, found: str) -> IntegrityError:
        return IntegrityError(
            f"file {str(self.path(sha256))!r}",
            found=found,
            expected="the bytes whose SHA-256 is its name",
            remedy="restore it from a backup",
        )


def _said(error: OSError) -> str:
    return error.strerror or type(error).__name__

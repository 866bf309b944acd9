"""The key of an operation: the same key means the same work.

The key is a digest that the ledger keeps and reports show, made of what an operation is given. A
plain digest over a password would let whoever reads the history try passwords until one fits. So
secrets are left out of it, and count only through an HMAC-SHA-256 under a random key of the
project, `.lineage/operation.key`, that no event, report or export holds: another password gives
another key, and the key reveals nothing about either.

If that file is lost or unreadable, operations with secrets are executed again instead of being
reused. Nothing else depends on it, and the history is rebuilt without it.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from lineage.kernel.digest import sha256_json
from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import secret_files
from lineage.kernel.secrets.redaction import redacted
from lineage.kernel.secrets.secret import SecretKey
from lineage.kernel.values import canonical_text
from lineage.project import Project

KEY_FILE: Final = "operation.key"

_log = logging.getLogger(__name__)


def operation_key(
    project: Project, key_parts: Mapping[str, Any], inputs: Iterable[tuple[str, str | None]]
) -> str:
    """Return the key of an operation.

    Args:
        project: Where it is executed.
        key_parts: Its name, code version, parameters as JSON, and seed.
        inputs: Path on record and digest of each dataset version that it read.
    """
    given = key_parts["parameters"]
    shown = redacted(given)
    read = sorted({(uri, sha256 or "") for uri, sha256 in inputs})
    whole = {**key_parts, "parameters": shown, "inputs": read}
    if shown != given:
        secret = _secret(project.state_folder / KEY_FILE)
        text = canonical_text(given).encode()
        whole["secrets"] = hmac.digest(secret.reveal(), text, "sha256").hex()
    return sha256_json(whole)


def _secret(path: Path) -> SecretKey:
    """Return the project's key, made when it is first needed; a temporary one if that fails."""
    try:
        if not path.exists():
            with suppress(FileExistsError):  # another process was faster
                secret_files.write_new(path, SecretKey.generate().reveal())
        return SecretKey(secret_files.read(path))
    except CipherError as error:
        _log.warning("operations with secrets will not be reused: %s", error)
        return SecretKey.generate()

"""The verifier that is handed out: one file that knows nothing of this package.

It is read, copied and run by people who do not have the rest. `verify_lineage` may import nothing
but the standard library and `cryptography`.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

FILE_NAME: Final = "verify_lineage.py"


def verifier() -> str:
    """Return the text of the verifier."""
    return resources.files(__name__).joinpath(FILE_NAME).read_text("utf-8")

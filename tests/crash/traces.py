"""Look for planted values in every byte below a folder."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path


def files_with(root: Path, marker: str) -> list[str]:
    """Name the files that hold a marker in any spelling, relative to the folder, sorted."""
    found = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        if any(spelling in content for spelling in _spellings(marker)):
            found.append(path.relative_to(root).as_posix())
    return found


def _spellings(marker: str) -> list[bytes]:
    plain = marker.encode()
    return [
        plain,
        plain[::-1],
        plain.hex().encode(),
        base64.b64encode(plain)[:-4],
        marker.encode("utf-16-le"),
    ]

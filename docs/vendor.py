"""Fetch the scripts of others that the pages use, and write them where they are committed.

Usage: python docs/vendor.py

The table beside them says which packages, which files of them, and the SHA-512 of each archive: an
archive with another one is refused, and nothing is written. To renew a package change its version
and SHA-512 there; the SHA-256 of each file is written. Needs npm, which nobody needs to install or
run the product.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
TABLE: Final = ROOT / "src/lineage/web/static/vendor/vendor.json"


def fetched(name: str, version: str) -> bytes:
    """Return the archive of a package as npm packs it."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("vendor: npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603  # a name and version of the table
            [npm, "pack", f"{name}@{version}", "--silent", "--ignore-scripts"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        [archive] = Path(folder).glob("*.tgz")
        return archive.read_bytes()


def unpacked(package: dict[str, Any], archive: bytes) -> dict[str, bytes]:
    """Return the files of a package that are committed, by name.

    A file that is made of several is each of them with a line end behind it; one is copied as it
    is.

    Args:
        package: A line of the table.
        archive: What was fetched.

    Raises:
        ValueError: The archive is another one than the table says.
    """
    found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package["sha512"]:
        raise ValueError(
            f"{package['package']} {package['version']}: the archive has SHA-512 {found}, "
            f"the table says {package['sha512']}"
        )
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return {
            name: _joined([_member(files, part) for part in file["from"]])
            for name, file in package["files"].items()
        }


def _member(files: tarfile.TarFile, name: str) -> bytes:
    found = files.extractfile(f"package/{name}")
    if found is None:
        raise ValueError(f"{name} is no file")
    return found.read()


def _joined(parts: list[bytes]) -> bytes:
    return parts[0] if len(parts) == 1 else b"".join(part + b"\n" for part in parts)


def main() -> None:
    """Write all files, then the table with what they are."""
    table = json.loads(TABLE.read_text("utf-8"))
    contents = [unpacked(one, fetched(one["package"], one["version"])) for one in table]
    for package, files in zip(table, contents, strict=True):
        for name, content in files.items():
            (ROOT / package["folder"] / name).write_bytes(content)
            package["files"][name]["sha256"] = hashlib.sha256(content).hexdigest()
            print(f"{package['folder']}/{name}: {len(content):,} bytes")
    TABLE.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

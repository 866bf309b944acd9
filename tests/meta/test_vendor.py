"""Scripts of others are committed as they were published, and everybody can see which they are."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
import vendor

from projections.graph_formats import component

ROOT = Path(__file__).parents[2]
TABLE = json.loads(vendor.TABLE.read_text("utf-8"))
FILES = {
    f"{package['folder']}/{name}": file["sha256"]
    for package in TABLE
    for name, file in package["files"].items()
}


@pytest.mark.parametrize("path", FILES)
def test_file_is_what_the_table_says(path: str) -> None:
    """Nobody changed it by hand, and no end of a line was converted."""
    assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == FILES[path]


def test_every_file_beside_them_is_in_the_table() -> None:
    """Nothing is added without a version and a digest."""
    folders = {ROOT / package["folder"] for package in TABLE}
    found = {f.relative_to(ROOT).as_posix() for folder in folders for f in folder.glob("*.*js")}

    assert found <= set(FILES)
    assert found


@pytest.mark.parametrize("package", TABLE, ids=lambda one: one["package"])
def test_licence_is_beside_it_and_in_the_notice(package: dict[str, Any]) -> None:
    """Whoever hands the product on finds what each licence asks for."""
    [licence] = [name for name in package["files"] if name.endswith("LICENSE")]
    notice = (ROOT / "NOTICE").read_text("utf-8")

    assert f"{package['version']} ({package['package']})" in notice
    assert package["licence"] in notice
    assert licence in notice


def test_pictures_are_not_drawn_by_the_mode_that_its_authors_would_simplify() -> None:
    """Their one note of work to do is in a shader of the WebGL mode, which stays off."""
    library = component.asset(component.LIBRARY)

    assert "webgl:!1" in library
    notes = re.findall(r"(\S+ = \S+;) // (?:TO[D]O|FIX[M]E)\b", library)
    assert notes == ["position = aPosition;"]
    assert len(re.findall(r"\b(?:TO[D]O|FIX[M]E)\b", library)) == len(notes)
    assert "webgl" not in component.asset(component.SCRIPT).lower()


def archive_of(files: dict[str, bytes]) -> bytes:
    """An archive as npm packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def package_of(archive: bytes) -> dict[str, Any]:
    """A line of the table for an archive."""
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    files = {"one.js": {"from": ["a.js"]}, "both.js": {"from": ["a.js", "b.js"]}}
    return {"package": "p", "version": "1", "sha512": digest, "files": files}


def test_files_are_copied_or_joined() -> None:
    """One file stays as it is; of several each ends with a line end."""
    archive = archive_of({"a.js": b"a", "b.js": b"b"})

    assert vendor.unpacked(package_of(archive), archive) == {"one.js": b"a", "both.js": b"a\nb\n"}


def test_another_archive_is_refused() -> None:
    """What was published later under the same version is not taken."""
    package = package_of(archive_of({"a.js": b"a", "b.js": b"b"}))

    with pytest.raises(ValueError, match="p 1: the archive has SHA-512"):
        vendor.unpacked(package, archive_of({"a.js": b"evil", "b.js": b"b"}))

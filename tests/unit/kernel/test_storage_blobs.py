"""Files under the digest of their content."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import IntegrityError
from lineage.kernel.storage.blobs import Blobs

CONTENT = b"state"
NAME = sha256_bytes(CONTENT)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """A folder that does not exist yet."""
    return Blobs(tmp_path / "blobs")


def test_content_comes_back_by_its_digest(blobs: Blobs) -> None:
    """What is written is read, under a name that says what it is."""
    written = blobs.write(CONTENT)

    assert (written.sha256, written.path) == (NAME, blobs.path(NAME))
    assert blobs.read(NAME) == CONTENT
    blobs.verify(NAME)


def test_folder_is_made_with_the_first_content(blobs: Blobs) -> None:
    """Nothing is made before it is needed, and nothing is not an error."""
    assert blobs.present() == []
    assert not blobs.folder.exists()

    blobs.write(CONTENT)

    assert blobs.present() == [NAME]


def test_content_written_twice_is_one_file(blobs: Blobs) -> None:
    """Equal contents have one name."""
    blobs.write(CONTENT)
    blobs.write(CONTENT)

    assert blobs.present() == [NAME]
    assert [path.name for path in blobs.folder.iterdir()] == [NAME]


def test_other_files_of_the_folder_are_not_listed(blobs: Blobs) -> None:
    """What is not named after a digest is nobody's content."""
    blobs.write(CONTENT)
    (blobs.folder / f".{NAME}.0123456789ab.part").touch()
    (blobs.folder / "notes.txt").touch()

    assert blobs.present() == [NAME]


@pytest.mark.parametrize("use", ["read", "verify"])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "No such file"),
        (b"", "other bytes"),
        (b"stat", "other bytes"),
        (b"State", "other bytes"),
    ],
)
def test_missing_or_changed_content_is_refused_by_name(
    blobs: Blobs, use: str, content: bytes | None, found: str
) -> None:
    """A file that is gone, cut off or changed in one bit is named and not handed out."""
    blobs.write(CONTENT)
    blobs.path(NAME).unlink()
    if content is not None:
        blobs.path(NAME).write_bytes(content)

    with pytest.raises(IntegrityError, match=found) as caught:
        getattr(blobs, use)(NAME)
    assert str(blobs.path(NAME)) in str(caught.value)


def test_folder_in_the_place_of_a_content_is_refused(blobs: Blobs) -> None:
    """Whatever stands there, it is an error that names it."""
    blobs.path(NAME).mkdir(parents=True)

    with pytest.raises(IntegrityError, match="directory"):
        blobs.read(NAME)


def test_removing_says_whether_there_was_something(blobs: Blobs) -> None:
    """To remove what is not there changes nothing."""
    blobs.write(CONTENT)

    assert blobs.remove(NAME)
    assert not blobs.remove(NAME)
    assert blobs.present() == []

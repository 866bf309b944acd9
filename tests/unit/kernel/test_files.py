"""A reader sees the old file or the new one, whatever happens to the writer."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lineage.kernel import digest, files

CHILDREN = Path(__file__).parents[2] / "integration"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file with content."""
    path = tmp_path / "file.txt"
    path.write_bytes(b"old")
    return path


@contextmanager
def child(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start a script of `tests/integration` and make sure that it ends."""
    command = [sys.executable, str(CHILDREN / script), *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def write_half(target: Path, error: BaseException) -> None:
    """Begin to replace a file and fail."""
    with files.replacing(target) as pending:
        pending.stream.write(b"new")
        raise error


def listing(folder: Path) -> list[str]:
    """Return the names of everything in a folder."""
    return sorted(path.name for path in folder.iterdir())


def parts(folder: Path) -> list[Path]:
    """Return what interrupted writes have left."""
    return list(folder.glob(".*.part"))


def test_written_file_has_the_digest_that_is_told(target: Path) -> None:
    """The digest and the size are those of the file that was published."""
    with files.replacing(target) as pending:
        pending.stream.write(b"a" * 70_000)
        pending.stream.write(memoryview(b"bc"))

    content = target.read_bytes()
    assert content == b"a" * 70_000 + b"bc"
    assert pending.written == files.FileVersion(
        path=target, sha256=hashlib.sha256(content).hexdigest(), size_bytes=70_002
    )
    assert digest.sha256_file(target) == pending.written.sha256


def test_text_written_through_a_wrapper_is_digested(target: Path) -> None:
    """The stream can be wrapped in what the standard library writes text with."""
    with files.replacing(target) as pending:
        wrapper = io.TextIOWrapper(io.BufferedWriter(pending.stream), "utf-8")
        wrapper.write("ü\n" * 10_000)
        wrapper.flush()
        wrapper.detach()

    assert pending.written.sha256 == digest.sha256_file(target)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o400])
def test_file_that_is_replaced_keeps_its_permissions(target: Path, mode: int) -> None:
    """Who could not read the old content cannot read the new one, not even while it is written."""
    target.chmod(mode)
    with files.replacing(target) as pending:
        pending.stream.write(b"new")
        (part,) = target.parent.glob("*.part")
        assert part.stat().st_mode & 0o777 == mode
    assert target.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize(("source", "old", "copy"), [(0o600, None, 0o600), (0o640, 0o604, 0o600)])
def test_copy_allows_no_more_than_its_source(
    tmp_path: Path, source: int, old: int | None, copy: int
) -> None:
    """A secret file that is imported stays secret, also over an older copy that was not."""
    (tmp_path / "source").touch(source)
    (tmp_path / "source").chmod(source)
    if old is not None:
        (tmp_path / "copy").touch()
        (tmp_path / "copy").chmod(old)
    with files.replacing(tmp_path / "copy", like=tmp_path / "source") as pending:
        pending.stream.write(b"new")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == copy


def test_reader_sees_the_old_content_until_the_block_ends(target: Path) -> None:
    """Nothing of the new file shows before it is whole."""
    with files.replacing(target) as pending:
        pending.stream.write(b"new")
        pending.stream.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


def test_exception_in_the_block_leaves_the_old_file_alone(target: Path) -> None:
    """A failed write leaves the folder as it was."""
    with pytest.raises(KeyboardInterrupt, match="stop"):
        write_half(target, KeyboardInterrupt("stop"))

    assert target.read_bytes() == b"old"
    assert listing(target.parent) == [target.name]


def test_exception_in_the_block_publishes_no_new_file(tmp_path: Path) -> None:
    """A failed first write leaves nothing at all."""
    with pytest.raises(ValueError, match="stop"):
        write_half(tmp_path / "x", ValueError("stop"))

    assert listing(tmp_path) == []


def test_version_asked_for_before_the_end_is_an_error(target: Path) -> None:
    """Nobody gets a digest of a file that is not published."""
    with (
        files.replacing(target) as pending,
        pytest.raises(ValueError, match="has not been published"),
    ):
        _ = pending.written


def test_existing_file_is_kept_when_overwriting_is_not_wanted(target: Path) -> None:
    """`overwrite=False` refuses before anything is written."""
    with pytest.raises(FileExistsError, match=re.escape(str(target))):
        files.write_bytes(target, b"new", overwrite=False)

    assert target.read_bytes() == b"old"


def test_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    """`overwrite=False` holds up to the moment of publishing."""
    target = tmp_path / "x"
    writing = files.replacing(target, overwrite=False)
    writing.__enter__().stream.write(b"late")
    target.write_bytes(b"first")

    with pytest.raises(FileExistsError, match="exists"):
        writing.__exit__(None, None, None)
    assert target.read_bytes() == b"first"
    assert parts(tmp_path) == []


def test_dangling_link_counts_as_an_existing_file(tmp_path: Path) -> None:
    """`overwrite=False` does not write through a link that leads nowhere."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "missing")

    with pytest.raises(FileExistsError, match="link"):
        files.write_bytes(link, b"new", overwrite=False)


def test_two_processes_that_race_have_one_winner(tmp_path: Path) -> None:
    """Of two processes that make the same file, one does and the other one is told."""
    target = tmp_path / "x"
    with child("write_once.py", target, "a") as a, child("write_once.py", target, "b") as b:
        for process in (a, b):
            assert process.stdout is not None
            process.stdout.readline()
        for process in (a, b):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = {a.communicate()[0].strip(): "a", b.communicate()[0].strip(): "b"}

    assert said.keys() == {"first", "late"}
    assert target.read_text() == said["first"]


def test_kill_in_mid_write_leaves_the_old_file_whole(target: Path) -> None:
    """After kill -9 the old content stands, and what is left over can be swept away."""
    with child("write_slowly.py", target) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    (part,) = parts(target.parent)

    assert target.read_bytes() == b"old"
    assert files.sweep_parts(target.parent, older_than_s=-60, now_s=part.stat().st_mtime) == [part]
    assert listing(target.parent) == [target.name]


def test_full_disk_leaves_the_old_file_whole(target: Path) -> None:
    """A write that the system cuts short is an error, and leaves nothing behind."""
    with child("write_in_vain.py", target) as process:
        said, _ = process.communicate()

    assert said.strip() == os.strerror(errno.EFBIG)
    assert target.read_bytes() == b"old"
    assert parts(target.parent) == []


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127, "日" * 85, "a b?#%é'.csv", "🐍" * 63])
def test_longest_names_of_any_script_can_be_written(tmp_path: Path, name: str) -> None:
    """A name that the file system takes is one that can be replaced."""
    files.write_bytes(tmp_path / name, b"content")

    assert (tmp_path / name).read_bytes() == b"content"


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    """Folders are not made on the way, so that a wrong path is noticed."""
    with pytest.raises(FileNotFoundError, match="missing"):
        files.write_bytes(tmp_path / "missing/x", b"")


def test_folder_that_takes_no_files_is_an_error() -> None:
    """A place where nobody may make a file, root included, is reported by the system's error."""
    with pytest.raises(OSError, match="/proc"):
        files.write_bytes(Path("/proc/x"), b"")


def test_folder_in_the_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    """A folder is never replaced by a file."""
    (tmp_path / "x").mkdir()

    with pytest.raises(IsADirectoryError, match="x"):
        files.write_bytes(tmp_path / "x", b"new")
    assert parts(tmp_path) == []


def test_text_is_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    """Text is written as it is, and missing folders are made for it."""
    files.write_text(tmp_path / "a/b/x.txt", "ü\r\n\n")

    assert (tmp_path / "a/b/x.txt").read_bytes() == "ü\r\n\n".encode()


def test_sweep_keeps_what_a_writer_may_be_at(target: Path) -> None:
    """A young part file may belong to a writer at work."""
    with files.replacing(target):
        (part,) = parts(target.parent)
        now_s = part.stat().st_mtime + 60

        assert files.sweep_parts(target.parent, older_than_s=61, now_s=now_s) == []
        assert part.exists()


def test_sweep_keeps_files_that_only_look_alike(tmp_path: Path) -> None:
    """Only files under names of our own making are removed."""
    own = tmp_path / "sub" / ".x.csv.0123456789ab.part"
    own.parent.mkdir()
    for path in (own, tmp_path / ".chapter.part", tmp_path / "x.0123456789ab.part"):
        path.touch()
    (tmp_path / ".folder.part").mkdir()

    assert files.sweep_parts(tmp_path, older_than_s=-60, now_s=own.stat().st_mtime) == [own]


def test_sweep_of_a_missing_folder_removes_nothing(tmp_path: Path) -> None:
    """There may be nothing to look at."""
    assert files.sweep_parts(tmp_path / "missing", older_than_s=0, now_s=0) == []


def test_readers_never_see_a_part_of_a_file(target: Path) -> None:
    """While a file is replaced again and again, every read finds one whole content."""
    contents = {bytes([digit]) * 50_000 for digit in b"0123456789"}
    target.write_bytes(min(contents))
    done = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(target.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for content in sorted(contents) * 3:
        files.write_bytes(target, content)
    done.set()
    reader.join()

    assert seen <= contents

"""JSON documents grow, and lose nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lineage.kernel.errors import DataWriteError, PathRefusedError
from ops.data.encryption import encryption_for, open_plain
from ops.data.writer import DataWriter

KEY = "0f" * 32
OLD = {"a": {"b": 1, "c": {"d": 2}}, "kept": [1]}


@pytest.fixture
def writer(tmp_path: Path) -> DataWriter:
    """A writer of a task."""
    return DataWriter(tmp_path)


def test_append_makes_the_list_and_keeps_its_items(writer: DataWriter) -> None:
    """Behaviour 66: the first item makes the file, in the folder that is named."""
    for item in ({"n": 1}, None, [2]):
        result = writer.append_to_json_array(item, "log", subdir="logs")
    assert json.loads(result.path.read_text()) == [{"n": 1}, None, [2]]
    assert result.path.parent.name == "logs"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"a": {"b": 9, "c": {"d": 2, "e": 3}}, "kept": [1], "new": 4}),
        (
            {"overwrite_existing": False},
            {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "kept": [1], "new": 4},
        ),
        ({"recursive_merge": False}, {"a": {"b": 9, "c": {"e": 3}}, "kept": [1], "new": 4}),
        (
            {"recursive_merge": False, "overwrite_existing": False},
            {**OLD, "new": 4},
        ),
    ],
    ids=str,
)
def test_merge_keeps_sibling_keys(
    writer: DataWriter, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Behaviour 66: recursively; without overwriting it adds new nested keys only."""
    writer.merge_json_objects(OLD, "config")
    update = {"a": {"b": 9, "c": {"e": 3}}, "new": 4}
    result = writer.merge_json_objects(update, "config", **options)
    assert json.loads(result.path.read_text()) == expected


@pytest.mark.parametrize("content", [b"", b"[1, 2", b"\xff\xfe", b'{"a": 1, "a": 2}', b"NaN", b"3"])
def test_damaged_file_is_an_error_and_stays(writer: DataWriter, content: bytes) -> None:
    """Behaviour 66: nothing starts afresh over what cannot be read."""
    path = writer.task_dir / "x.json"
    path.write_bytes(content)
    with pytest.raises(DataWriteError, match=r"json file 'x'"):
        writer.append_to_json_array(1, "x")
    with pytest.raises(DataWriteError, match=r"json file 'x'"):
        writer.merge_json_objects({}, "x")
    assert path.read_bytes() == content


def test_missing_file_is_refused_where_told_so(writer: DataWriter) -> None:
    """Behaviour 66: nothing is made."""
    with pytest.raises(DataWriteError, match="create_if_missing=True"):
        writer.append_to_json_array(1, "x", create_if_missing=False)
    with pytest.raises(DataWriteError, match="create_if_missing=True"):
        writer.merge_json_objects({}, "x", create_if_missing=False)
    assert not (writer.task_dir / "x.json").exists()


def test_encrypted_document_grows_with_its_key_only(writer: DataWriter) -> None:
    """Without the key, and with another one, it stays as it is; it is never in plain."""
    writer.append_to_json_array("Margarethe", "x", encryption_key=KEY)
    result = writer.append_to_json_array(2, "x", encryption_key=KEY)
    before = result.path.read_bytes()

    for key in (None, "1a" * 32):
        with pytest.raises(DataWriteError):
            writer.append_to_json_array(3, "x", encryption_key=key)
    assert result.path.read_bytes() == before
    assert b"Margarethe" not in before
    with open_plain(result.path, encryption_for(KEY)) as stream:
        assert json.load(stream) == ["Margarethe", 2]


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each of many writers has its item in the list and its key in the object."""

    def write(number: int) -> None:
        DataWriter(tmp_path).append_to_json_array(number, "list")
        DataWriter(tmp_path).merge_json_objects({str(number): number}, "object")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(24)))
    assert sorted(json.loads((tmp_path / "list.json").read_text())) == list(range(24))
    assert len(json.loads((tmp_path / "object.json").read_text())) == 24


@pytest.mark.parametrize(("name", "subdir"), [("../x", None), ("/x", None), ("x", "../y")])
def test_place_outside_is_refused(writer: DataWriter, name: str, subdir: str | None) -> None:
    """Behaviour 59: for updates as for writes."""
    with pytest.raises(PathRefusedError):
        writer.append_to_json_array(1, name, subdir)
    with pytest.raises(PathRefusedError):
        writer.merge_json_objects({}, name, subdir)

"""A folder of files is one table, of one version, or an error that names the part."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.kernel.errors import CipherError, DataReadError
from lineage.kernel.secrets.secret import SecretKey
from lineage.kernel.storage import LocalStorage, sha256_of_set
from ops.data.encryption import encryption_for
from ops.data.reader import DataReader
from ops.data.source import DataSource

KEY = SecretKey(bytes(range(32)))
reader = DataReader()


def csv_set(folder: Path, **parts: str) -> Path:
    """Write parts, named a, b and so on after their folders."""
    for name, text in parts.items():
        path = folder / "people" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / f"{path.name}.csv").write_text(text)
    return folder / "people"


def test_folder_is_one_table_in_path_order(tmp_path: Path) -> None:
    """Parts follow each other by path; what others left there is no part."""
    folder = csv_set(tmp_path, b="id,n\n003,\n", a="id,n\n001,1\n002,2\n", _log="x\n")
    (folder / ".hidden").write_text("x")
    (folder / "c.csv.tmp").write_text("id,n\n9,9\n")
    read = reader.read(folder)
    assert read.table.to_pydict() == {"id": ["001", "002", "003"], "n": [1, 2, None]}
    assert read.dataset.sha256 == sha256_of_set(LocalStorage(tmp_path), "people")
    assert (read.dataset.rows, read.dataset.format) == (3, "csv")
    assert read.dataset.size_bytes == sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"a": "c\n1\n", "b": "c\n02\n"}, ["1", "02"]),
        ({"a": "c\n1.0\n", "b": "c\n1\n"}, ["1.0", "1"]),
        ({"a": "c,d\n1,\n", "b": "c,d\n2.5,\n"}, [1.0, 2.5]),
        ({"a": 'c,d\n"1",\n', "b": "c,d\n2,\n"}, ["1", "2"]),
    ],
)
def test_types_hold_for_the_whole_set(
    tmp_path: Path, parts: dict[str, str], expected: list[object]
) -> None:
    """The parts are typed as the column that they are, read at once or in batches."""
    folder = csv_set(tmp_path, **parts)
    assert reader.read_table(folder)["c"].to_pylist() == expected
    batches = reader.read_batches(folder, batch_rows=1)
    assert pa.Table.from_batches(batches, batches.schema)["c"].to_pylist() == expected


def test_folders_give_columns_without_loss(tmp_path: Path) -> None:
    """Values in names of folders are typed as text in files is, and may be filtered by."""
    folder = csv_set(
        tmp_path,
        **{
            "zip=010__year=2025__a": "n\n1\n",
            "zip=020__year=2026__a": "n\n2\n",
        },
    )
    table = reader.read_table(folder, columns=["year", "n", "zip"])
    assert table.to_pydict() == {"year": [2025, 2026], "n": [1, 2], "zip": ["010", "020"]}
    assert reader.read_table(folder, filters=[("year", ">", 2025)])["n"].to_pylist() == [2]
    assert reader.read_table(folder, columns=["zip"]).to_pydict() == {"zip": ["010", "020"]}


def test_other_columns_or_types_name_the_part(tmp_path: Path) -> None:
    """Parts that are not of one table are refused."""
    with pytest.raises(DataReadError, match=r"part 'b.csv' of folder .* other columns"):
        reader.read_table(csv_set(tmp_path, a="c\n1\n", b="d\n1\n"))
    folder = tmp_path / "parquet"
    folder.mkdir()
    pq.write_table(pa.table({"c": [1]}), folder / "a.parquet")
    pq.write_table(pa.table({"c": ["x"]}), folder / "b.parquet")
    with pytest.raises(DataReadError, match=r"part 'b.parquet' .* column 'c' of another type"):
        reader.read_table(folder)
    (folder / "c.parquet").symlink_to(folder / "a.parquet")
    with pytest.raises(DataReadError, match=r"'c.parquet' is a symbolic link"):
        reader.read_table(folder)


def test_encrypted_set_is_read_by_a_source(tmp_path: Path) -> None:
    """Each part is decrypted; the version is that of the files as they are stored."""
    folder = csv_set(tmp_path, a="id\n01\n", b="id\n02\n")
    encryption = encryption_for(KEY)
    assert encryption is not None
    for path in folder.iterdir():
        text = path.read_bytes()
        with path.open("wb") as file, encryption.encrypting(file) as stream:
            stream.write(text)
    source = DataSource()
    source.add_file("people", folder, encryption_key=KEY)
    assert source.get_table()["id"].to_pylist() == ["01", "02"]
    assert source.drain_reads()[0].uri == str(folder)
    with pytest.raises(CipherError, match="there is no key"):
        reader.read_table(folder)

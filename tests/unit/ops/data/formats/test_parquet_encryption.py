"""Encrypted Parquet is queryable with its key, and gives nothing without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import CipherError, DataReadError
from lineage.kernel.secrets.secret import SecretKey
from ops.data.encryption import encrypting_with, encryption_for
from ops.data.formats.parquet_encryption import (
    is_encrypted_parquet,
    open_dataset,
    parquet_decryption,
    parquet_encryption,
    register_encrypted,
    translated,
)

KEY = SecretKey(bytes(range(32)))
OTHER = SecretKey(bytes(32))
CANARY = "c4nary-of-sixteen"
TABLE = pa.table(
    {
        "a": [1, 2, 3],
        CANARY: [CANARY, "y", None],
        "nested": pa.array([{"p": CANARY, "q": [CANARY]}, None, {"p": "z", "q": []}]),
    }
)


def write(path: Path, own: Mapping[str, SecretKey] | None = None, table: pa.Table = TABLE) -> Path:
    """Write an encrypted file and return its path."""
    properties = parquet_encryption(KEY, own, columns=table.column_names)
    pq.write_table(
        table, path, encryption_properties=properties, compression="none", use_dictionary=False
    )
    return path


def read(path: Path, key: SecretKey = KEY, **others: Any) -> pa.Table:
    """Read a file with a key."""
    own = others.pop("own", None)
    with translated(f"file {path.name!r}"):
        return pq.read_table(path, decryption_properties=parquet_decryption(key, own), **others)


@pytest.mark.parametrize("own", [None, {"a": OTHER}, {"nested": OTHER}, {CANARY: KEY}])
def test_table_comes_back_and_nothing_of_it_is_readable(
    tmp_path: Path, own: Mapping[str, SecretKey] | None
) -> None:
    """With its keys the table is as it was; names, values and statistics are hidden."""
    path = write(tmp_path / "x.parquet", own)
    assert is_encrypted_parquet(path)
    assert CANARY.encode() not in path.read_bytes()
    assert read(path, own=own).equals(TABLE)


def test_column_with_a_key_of_its_own_needs_it(tmp_path: Path) -> None:
    """Who has only the footer's key reads the other columns, not that one."""
    path = write(tmp_path / "x.parquet", {"a": OTHER})
    assert read(path, columns=[CANARY]).num_rows == 3
    with pytest.raises(CipherError, match="column 'a': it has a key of its own"):
        read(path)
    with pytest.raises(CipherError, match="another key"):
        read(path, own={"a": KEY})


def test_file_is_queryable_with_the_key(tmp_path: Path) -> None:
    """A part of the file can be read by itself, also in SQL."""
    path = write(tmp_path / "x.parquet")
    assert open_dataset(path, KEY).to_table(columns=["a"]).num_columns == 1
    connection = duckdb.connect()
    register_encrypted(connection, "people", path, KEY)
    assert connection.sql("select sum(a) from people where a > 1").fetchall() == [(5,)]


def test_key_of_the_running_task_is_used(tmp_path: Path) -> None:
    """Without a key the task's own is taken; without that nothing is written."""
    with encrypting_with(encryption_for(KEY)):
        properties = parquet_encryption(None)
    pq.write_table(TABLE, tmp_path / "x.parquet", encryption_properties=properties)
    assert read(tmp_path / "x.parquet").equals(TABLE)
    with pytest.raises(CipherError, match="no key"):
        parquet_encryption(None)


def test_another_key_is_told(tmp_path: Path) -> None:
    """With the wrong key the error names both keys."""
    path = write(tmp_path / "x.parquet")
    with pytest.raises(CipherError, match=f"{KEY.fingerprint}.*{OTHER.fingerprint}"):
        open_dataset(path, OTHER)


def test_missing_key_is_told(tmp_path: Path) -> None:
    """Reading without a key says that the file is encrypted."""
    path = write(tmp_path / "x.parquet")
    with pytest.raises(CipherError, match="encrypted, and there is no key"), translated("file"):
        pq.read_table(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:],
    ],
)
def test_changed_or_cut_file_is_told(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """A file that is not as it was written gives no table."""
    path = write(tmp_path / "x.parquet")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(CipherError, match=r"file 'x.parquet': it (has changed|is cut off)"):
        read(path)


def test_swapped_file_is_told_by_its_digest(tmp_path: Path) -> None:
    """Another file of the same key is valid; the digest on record tells it."""
    digest = sha256_file(write(tmp_path / "x.parquet"))
    path = write(tmp_path / "x.parquet")
    with pytest.raises(CipherError, match="not the file on record"):
        open_dataset(path, KEY, sha256=digest)


def test_missing_file_is_no_fault_of_the_cipher(tmp_path: Path) -> None:
    """A file that is not there is told as such."""
    with pytest.raises(DataReadError, match="not found"):
        open_dataset(tmp_path / "x.parquet", KEY)


def test_columns_that_would_stay_readable_are_refused() -> None:
    """With keys for columns, all columns must be known and have names that Parquet takes."""
    with pytest.raises(CipherError, match="no such column"):
        parquet_encryption(KEY, {"a": OTHER})
    with pytest.raises(CipherError, match="cannot give keys"):
        parquet_encryption(KEY, {"a": OTHER}, columns=["a", "b;c"])


def test_file_has_one_size_within_a_percent(tmp_path: Path) -> None:
    """Encryption adds little."""
    table = pa.table({"a": list(range(50_000)), "b": [str(i) for i in range(50_000)]})
    pq.write_table(table, tmp_path / "plain", compression="none", use_dictionary=False)
    path = write(tmp_path / "x.parquet", table=table)
    assert path.stat().st_size < 1.01 * (tmp_path / "plain").stat().st_size

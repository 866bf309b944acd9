"""Parquet's own encryption, so that an encrypted file stays queryable with its key.

Everything is encrypted with AES-256-GCM: all columns, and the footer with names and statistics.
The data keys stand in the file, each wrapped by the key of the footer or of its column.

A file is not bound to its name: one that was replaced by another of the same key is valid. Give
the digest on record (`sha256`) to tell.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import pyarrow as pa

from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import CipherError, DataReadError
from lineage.kernel.secrets.file_cipher import FileCipher
from lineage.kernel.secrets.file_encryption import HEAD_BYTES, has_encrypted_footer
from ops.data.encryption import FileEncryption, Key, encryption_for

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset as ds

_FOOTER: Final = "footer"
_COLUMN: Final = "column "
_SEPARATORS: Final = ":;,"
_NO_KEY: Final = "no decryption found"  # as Arrow says it


def parquet_encryption(
    key: Key | None,
    column_keys: Mapping[str, Key] | None = None,
    *,
    columns: Sequence[str] = (),
) -> Any:
    """Return the properties with which pyarrow writes an encrypted file.

    Args:
        key: Encrypts the footer and all columns without a key of their own; None means the
            running task's.
        column_keys: Column name to its own key.
        columns: Names of all columns; needed with `column_keys`.

    Returns:
        A `pyarrow.parquet.FileEncryptionProperties`.

    Raises:
        CipherError: There is no key, or a column of `column_keys` does not exist or has a name
            that Parquet's encryption cannot take.
    """
    import pyarrow.parquet.encryption as pe  # noqa: PLC0415  # start-up time

    keys = _by_id(key, column_keys or {})
    of_columns = _of_columns(column_keys or {}, columns) if column_keys else None
    configuration = pe.EncryptionConfiguration(
        footer_key=_FOOTER,
        column_keys=of_columns,
        uniform_encryption=None if of_columns else True,
        encryption_algorithm="AES_GCM_V1",
        plaintext_footer=False,
        # the key between the two would have 128 bits only
        double_wrapping=False,
        data_key_length_bits=256,
    )
    return _factory(keys).file_encryption_properties(pe.KmsConnectionConfig(), configuration)


def parquet_decryption(key: Key | None, column_keys: Mapping[str, Key] | None = None) -> Any:
    """Return the properties with which pyarrow reads an encrypted file.

    They hold the keys of this call; a key that was destroyed since is not found by the next.

    Args:
        key: As for `parquet_encryption`.
        column_keys: Column name to its own key; those of the columns that are read suffice.

    Returns:
        A `pyarrow.parquet.FileDecryptionProperties`.

    Raises:
        CipherError: There is no key.
    """
    import pyarrow.parquet.encryption as pe  # noqa: PLC0415  # start-up time

    factory = _factory(_by_id(key, column_keys or {}))
    return factory.file_decryption_properties(
        pe.KmsConnectionConfig(), pe.DecryptionConfiguration()
    )


def open_dataset(
    path: str | PathLike[str],
    key: Key | None = None,
    column_keys: Mapping[str, Key] | None = None,
    *,
    sha256: str | None = None,
) -> ds.Dataset:
    """Return an encrypted Parquet file as a pyarrow dataset, for queries on parts of it.

    Args:
        path: The file.
        key: As for `parquet_decryption`.
        column_keys: As for `parquet_decryption`.
        sha256: Digest of the file on record; another file is refused.

    Raises:
        CipherError: There is no key, or another one, or the file is not the one on record.
        DataReadError: It cannot be read.
    """
    import pyarrow.dataset as ds  # noqa: PLC0415  # start-up time

    subject = f"file {str(path)!r}"
    options = ds.ParquetFragmentScanOptions(
        decryption_properties=parquet_decryption(key, column_keys)
    )
    with translated(subject):
        if sha256 is not None and sha256_file(Path(path)) != sha256:
            raise CipherError(
                subject,
                problem="it is not the file on record: its digest is another one",
                remedy="restore it",
            )
        kind = ds.ParquetFileFormat(default_fragment_scan_options=options)
        return ds.dataset(str(path), format=kind)


def register_encrypted(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: str | PathLike[str],
    key: Key | None = None,
    column_keys: Mapping[str, Key] | None = None,
) -> None:
    """Make an encrypted Parquet file a view of a DuckDB connection; pyarrow decrypts it.

    Args:
        connection: The connection.
        name: What the view is called.
        path: The file.
        key: As for `parquet_decryption`.
        column_keys: As for `parquet_decryption`.

    Raises:
        CipherError: As for `open_dataset`.
        DataReadError: As for `open_dataset`.
    """
    connection.register(name, open_dataset(path, key, column_keys))


def is_encrypted_parquet(path: str | PathLike[str]) -> bool:
    """Return whether a file is Parquet with an encrypted footer.

    Raises:
        OSError: It cannot be read.
    """
    with Path(path).open("rb") as stream:
        return has_encrypted_footer(stream.read(HEAD_BYTES))


@contextmanager
def translated(subject: str) -> Iterator[None]:
    """Turn what pyarrow raises for an encrypted file into errors that say what is known.

    Args:
        subject: The file, for the message.

    Raises:
        CipherError: It is encrypted and there is no key; or it has changed or was cut off.
        DataReadError: It cannot be read.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise DataReadError(subject, problem="not found", remedy="check the path") from error
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DataReadError(subject, problem=error.strerror) from error
        text = str(error)
    else:
        return
    # Raised outside the handler: Arrow's own message may quote content.
    if _NO_KEY in text:
        raise CipherError(
            subject, problem="it is encrypted, and there is no key", remedy="give encryption_key"
        )
    if "magic bytes not found" in text:
        raise CipherError(subject, problem="it is cut off, or no Parquet file", remedy="restore it")
    raise CipherError(subject, problem="it has changed or is cut off", remedy="restore it")


def _by_id(key: Key | None, column_keys: Mapping[str, Key]) -> dict[str, FileEncryption]:
    footer = encryption_for(key)
    if footer is None:
        raise CipherError(
            "encrypted Parquet", problem="no key", remedy="give encryption_key, or use_encryption"
        )
    found = {_FOOTER: _for_one_file(footer)}
    for name, own in column_keys.items():
        found[_COLUMN + quote(name)] = _for_one_file(encryption_for(own) or footer)
    return found


def _for_one_file(encryption: FileEncryption) -> FileEncryption:
    return encryption.for_one_file() if isinstance(encryption, FileCipher) else encryption


def _of_columns(column_keys: Mapping[str, Key], columns: Sequence[str]) -> dict[str, list[str]]:
    """Return the columns of each key; a column in none would be written readable."""
    unknown = [name for name in column_keys if name not in columns]
    if unknown:
        raise CipherError(
            f"column_keys: {unknown[0]!r}",
            problem="there is no such column",
            expected="keys of columns that are written, and all of these in columns",
        )
    for name in columns:
        if not name or any(character in name for character in _SEPARATORS):
            raise CipherError(
                f"column {name!r}",
                problem="Parquet cannot give keys to columns of such a name",
                expected=f"a name without the characters {_SEPARATORS}",
                remedy="rename it, or encrypt all columns with one key",
            )
    others = [name for name in columns if name not in column_keys]
    own = {_COLUMN + quote(name): [name] for name in column_keys}
    return own | ({_FOOTER: others} if others else {})


def _subject(key_id: str) -> str:
    if key_id.startswith(_COLUMN):
        return f"column {unquote(key_id.removeprefix(_COLUMN))!r}"
    return "encrypted Parquet"


def _factory(keys: Mapping[str, FileEncryption]) -> Any:
    """Return what makes properties; a new one each time, because it caches keys."""
    import pyarrow.parquet.encryption as pe  # noqa: PLC0415  # start-up time

    class Client(pe.KmsClient):  # type: ignore[misc]  # pyarrow has no types
        """Wraps and unwraps the keys in a file by the keys of this process."""

        def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> str:
            target = io.BytesIO()
            with keys[master_key_identifier].encrypting(target) as stream:
                stream.write(key_bytes)
            return base64.b64encode(target.getvalue()).decode("ascii")

        def unwrap_key(self, wrapped_key: str, master_key_identifier: str) -> bytes:
            encryption = keys.get(master_key_identifier)
            if encryption is None:
                raise CipherError(
                    _subject(master_key_identifier),
                    problem="it has a key of its own, which was not given",
                    remedy="give it in column_keys, or leave the column out",
                )
            with encryption.decrypting(io.BytesIO(base64.b64decode(wrapped_key))) as stream:
                return stream.read()

    return pe.CryptoFactory(lambda _: Client())

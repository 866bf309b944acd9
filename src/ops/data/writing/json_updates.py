"""Make JSON documents, and add to those that are there: an item to a list, keys to an object."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import BinaryIO, cast

from lineage.kernel import strict_json, values
from lineage.kernel.errors import CipherError, DataWriteError
from lineage.kernel.values import JsonValue
from ops.data import encryption
from ops.data.encryption import FileEncryption
from ops.data.writing.publishing import encrypted


def document(data: object, *, pretty: bool = True) -> bytes:
    """Return a value as a JSON document: indented by two, or in one line."""
    if pretty:
        return values.document_text(data).encode()
    text = json.dumps(values.to_json(data), ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def appended(item: object, subject: str) -> Callable[[JsonValue], JsonValue]:
    """Return a change that adds an item to a list; None, no document, becomes a list of it."""
    converted = values.to_json(item)

    def change(before: JsonValue) -> JsonValue:
        if not isinstance(before, list):
            raise _another_value(before, subject, "a list")
        return [*before, converted]

    return change


def merged(
    data: Mapping[str, object], subject: str, *, is_recursive: bool, overwrites: bool
) -> Callable[[JsonValue], JsonValue]:
    """Return a change that adds keys to an object.

    Args:
        data: The keys and values.
        subject: The document, for the message.
        is_recursive: Objects under the same key are merged; else the new one replaces the old.
        overwrites: A new value replaces an old one; else the old one stays, and only keys that are
            not there are added.
    """
    converted = values.to_json(data)
    if not isinstance(converted, dict):
        raise _another_value(converted, "data to merge", "a mapping")

    def change(before: JsonValue) -> JsonValue:
        if not isinstance(before, dict):
            raise _another_value(before, subject, "an object")
        return _merged(before, converted, is_recursive=is_recursive, overwrites=overwrites)

    return change


def changed_bytes(
    old: bytes | None,
    change: Callable[[JsonValue], JsonValue],
    empty: JsonValue,
    *,
    cipher: FileEncryption | None,
    subject: str,
) -> bytes:
    """Return the bytes of a document after a change, encrypted if there is a cipher.

    Args:
        old: The bytes before, encrypted or not; None begins with `empty`.
        change: What to do to its value.
        empty: The value of a document that is not there.
        cipher: How it is encrypted, before and after; None for not.
        subject: The document, for the message.

    Raises:
        DataWriteError: The document is damaged, another value, or encrypted with another key.
    """
    text = document(change(empty if old is None else _read(old, cipher, subject)))
    target = io.BytesIO()
    with encrypted(target, cipher) as stream:
        stream.write(text)
    return target.getvalue()


def _read(old: bytes, cipher: FileEncryption | None, subject: str) -> JsonValue:
    try:
        with encryption.open_plain(cast("BinaryIO", io.BytesIO(old)), cipher) as stream:
            text = stream.read()
    except CipherError as error:
        raise error.recast(DataWriteError) from error
    return strict_json.parse(text, subject, fault=DataWriteError)


def _merged(
    old: dict[str, JsonValue], new: dict[str, JsonValue], *, is_recursive: bool, overwrites: bool
) -> dict[str, JsonValue]:
    result = dict(old)
    for key, value in new.items():
        before = old.get(key)
        if is_recursive and isinstance(before, dict) and isinstance(value, dict):
            result[key] = _merged(before, value, is_recursive=True, overwrites=overwrites)
        elif overwrites or key not in old:
            result[key] = value
    return result


def _another_value(found: JsonValue, subject: str, expected: str) -> DataWriteError:
    return DataWriteError(
        subject,
        problem=f"a value of type {type(found).__name__}",
        expected=expected,
        remedy="choose another name, or repair the file",
    )

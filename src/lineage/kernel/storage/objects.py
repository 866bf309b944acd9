"""Files in an object store such as S3, by obstore (extra `s3`).

An upload in parts shows nothing until it is completed, so a killed one leaves nothing to be seen. A
set of files cannot be replaced at once there: it is refused. Keys come from the usual variables
(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL, AWS_ALLOW_HTTP) and are in
no message.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import io
import queue
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import Any, Final, NoReturn, cast

from lineage.kernel import files, paths
from lineage.kernel.errors import ConfigurationError, PathRefusedError
from lineage.kernel.storage.port import Content, Fill, Pending, PendingSet, Status

_ADDRESS: Final = re.compile(
    r"(?P<scheme>s3a?)://(?P<bucket>[a-z0-9][a-z0-9.\-]+)(/(?P<prefix>.*))?"
)
_PART_BYTES: Final = 8 << 20
_PARTS_WAITING: Final = 2
_UPDATES_TRIED: Final = 20


class ObjectStorage:
    """The objects below an address; see `port.Storage`.

    At most a few parts of 8 MiB are in memory. What was uploaded is read back and compared before
    a write counts as done.

    Args:
        address: "s3://bucket/prefix".

    Raises:
        ConfigurationError: It is no such address, or obstore is not installed.
        PathRefusedError: The prefix climbs.
    """

    def __init__(self, address: str) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise ConfigurationError(
                "object store", found=address, expected="an address like 's3://bucket/prefix'"
            )
        self.address = address.rstrip("/")
        prefix = (found["prefix"] or "").strip("/")
        if prefix:
            _check_uri(prefix)
        self._obstore = _obstore()
        self._store: Any = importlib.import_module("obstore.store").S3Store(
            found["bucket"],
            prefix=prefix or None,
            config={"copy_if_not_exists": "multipart"},
            retry_config={"max_retries": 3},
        )

    def publish(self, uri: str, fill: Fill, *, overwrite: bool = True) -> Content:
        """Upload a content; see `Storage.publish`."""
        with self.publishing(uri, overwrite=overwrite) as pending:
            fill(pending.stream)
        return pending.written

    @contextmanager
    def publishing(self, uri: str, *, overwrite: bool = True) -> Iterator[Pending]:
        """Upload in parts as the content comes; see `Storage.publishing`.

        Without `overwrite` a short content is put on condition that the name is free. Parts go to
        an object of another name, which no list shows, and are copied on that condition.
        """
        _check_uri(uri)
        if not overwrite and self.status(uri) is not None:
            raise FileExistsError(errno.EEXIST, "exists", self._shown(uri))
        target = uri if overwrite else _part_of(uri)
        upload = _Upload(lambda parts: self._put(target, parts))
        stream = files.DigestingStream(cast("Any", upload))
        pending = Pending(stream)
        try:
            yield pending
        except BaseException as error:
            upload.fail(error)
            raise
        with self._translated(uri):
            short = upload.finish()
            if short is not None:
                mode = "overwrite" if overwrite else "create"
                self._obstore.put(self._store, uri, short, mode=mode, use_multipart=False)
                self._check_back(uri, stream)
            elif overwrite:
                self._check_back(uri, stream)
            else:
                self._take_name(target, uri, stream)
        pending.content = Content(sha256=stream.sha256, size_bytes=stream.size_bytes)

    @contextmanager
    def publishing_set(self, uri: str, *, overwrite: bool = True) -> Iterator[PendingSet]:
        """Refuse: objects cannot be replaced together; see `Storage.publishing_set`."""
        del overwrite
        raise OSError(errno.ENOTSUP, "an object store cannot replace a set whole", self._shown(uri))
        yield  # a context manager like the others

    def update(self, uri: str, change: Callable[[bytes | None], bytes]) -> Content:
        """Replace an object on condition that nobody else did; see `Storage.update`."""
        _check_uri(uri)
        conflicts = (
            self._obstore.exceptions.AlreadyExistsError,
            self._obstore.exceptions.PreconditionError,
        )
        with self._translated(uri):
            for _ in range(_UPDATES_TRIED):
                old, mode = self._read_with_tag(uri)
                new = change(old)
                try:
                    self._obstore.put(self._store, uri, new, mode=mode, use_multipart=False)
                except conflicts:
                    continue
                return Content(sha256=hashlib.sha256(new).hexdigest(), size_bytes=len(new))
        raise OSError(errno.EBUSY, "others keep changing it", self._shown(uri))

    def open(self, uri: str) -> io.BufferedIOBase:
        """Open an object, seekable, at the version that it has now; see `Storage.open`."""
        _check_uri(uri)
        with self._translated(uri):
            meta = self._obstore.head(self._store, uri)
            return io.BufferedReader(_Object(self._obstore, self._store, meta), _PART_BYTES // 8)

    def status(self, uri: str) -> Status | None:
        """Return length and time stamp; see `Storage.status`."""
        _check_uri(uri)
        try:
            with self._translated(uri):
                meta = self._obstore.head(self._store, uri)
        except FileNotFoundError:
            return None
        return Status(
            size_bytes=meta["size"], modified_at=meta["last_modified"], version=meta["e_tag"]
        )

    def list(self, folder: str) -> Iterator[str]:
        """Give the objects below a folder; see `Storage.list`."""
        if folder.strip("/"):
            _check_uri(folder.rstrip("/"))
        prefix = folder.strip("/")
        with self._translated(folder):
            found = [
                str(each["path"])
                for batch in self._obstore.list(self._store, prefix=prefix or None)
                for each in batch
            ]
        return iter(sorted(uri for uri in found if not files.is_part(uri.rpartition("/")[2])))

    def _put(self, uri: str, parts: Iterator[bytes]) -> None:
        self._obstore.put(
            self._store, uri, parts, use_multipart=True, chunk_size=_PART_BYTES, max_concurrency=2
        )

    def _take_name(self, part: str, uri: str, written: files.DigestingStream) -> None:
        try:
            self._check_back(part, written)
            self._obstore.copy(self._store, part, uri, overwrite=False)
        finally:
            with suppress(Exception):  # no list shows it
                self._obstore.delete(self._store, part)

    def _read_with_tag(self, uri: str) -> tuple[bytes | None, Any]:
        try:
            found = self._obstore.get(self._store, uri)
        except FileNotFoundError:
            return None, "create"
        version = {"e_tag": found.meta["e_tag"], "version": found.meta["version"]}
        known = {key: value for key, value in version.items() if value is not None}
        return bytes(found.bytes()), known

    def _check_back(self, uri: str, written: files.DigestingStream) -> None:
        digest = hashlib.sha256()
        for chunk in self._obstore.get(self._store, uri).stream(min_chunk_size=_PART_BYTES):
            digest.update(chunk)
        if digest.hexdigest() != written.sha256:
            with suppress(Exception):  # the error below says what matters
                self._obstore.delete(self._store, uri)
            raise OSError(errno.EIO, "what was uploaded reads back otherwise", self._shown(uri))

    def _shown(self, uri: str) -> str:
        return f"{self.address}/{uri}"

    @contextmanager
    def _translated(self, uri: str) -> Iterator[None]:
        """Turn the errors of obstore into those of a file system, without their messages."""
        known = self._obstore.exceptions
        kind: type[OSError]
        try:
            yield
        except (FileNotFoundError, known.NotFoundError):
            kind, number, text = FileNotFoundError, errno.ENOENT, "no such object"
        except known.AlreadyExistsError:
            kind, number, text = FileExistsError, errno.EEXIST, "exists"
        except (known.PermissionDeniedError, known.UnauthenticatedError):
            kind, number, text = PermissionError, errno.EACCES, "the store refuses access"
        except known.BaseError as error:
            kind, number = OSError, errno.EIO
            text = f"the store answers with an error ({type(error).__name__})"
        else:
            return
        # Raised outside the handler: the message has addresses and headers of the request.
        raise kind(number, text, self._shown(uri))


class _Upload(io.RawIOBase):
    """A stream whose bytes another thread takes, part by part, once there is a whole part.

    Args:
        take: Takes the parts; if they raise, it gives up the upload.
    """

    def __init__(self, take: Callable[[Iterator[bytes]], None]) -> None:
        self._parts: queue.Queue[bytes | BaseException | None] = queue.Queue(_PARTS_WAITING)
        self._buffer = bytearray()
        self._error: BaseException | None = None
        self._take = take
        self._thread: threading.Thread | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Pass bytes on, as soon as there is a part of them."""
        self._buffer += data
        while len(self._buffer) >= _PART_BYTES:
            self._pass_on(bytes(self._buffer[:_PART_BYTES]))
            del self._buffer[:_PART_BYTES]
        return len(data)

    def finish(self) -> bytes | None:
        """Wait for the end of the upload; return all bytes if none was begun."""
        if self._thread is None:
            return bytes(self._buffer)
        if self._buffer:
            self._pass_on(bytes(self._buffer))
            self._buffer.clear()
        self._pass_on(None)
        self._thread.join()
        if self._error is not None:
            raise self._error
        return None

    def fail(self, error: BaseException) -> None:
        """Give up the upload."""
        if self._thread is not None:
            with suppress(BaseException):
                self._pass_on(_GivenUpError(type(error).__name__))
            self._thread.join()

    def _begun(self) -> threading.Thread:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        return self._thread

    def _pass_on(self, part: bytes | BaseException | None) -> None:
        thread = self._begun()
        while True:
            if not thread.is_alive():
                raise self._error or OSError(errno.EIO, "the upload has ended")
            with suppress(queue.Full):
                self._parts.put(part, timeout=0.1)
                return

    def _work(self) -> None:
        try:
            self._take(self._taken())
        except BaseException as error:  # noqa: BLE001  # raised by whoever writes
            self._error = error

    def _taken(self) -> Iterator[bytes]:
        while (part := self._parts.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield part


class _GivenUpError(Exception):
    """The writer failed, and so the upload is given up."""


class _Object(io.RawIOBase):
    """An object to read, in ranges of one version."""

    def __init__(self, obstore: Any, store: Any, meta: Any) -> None:
        self._obstore, self._store, self._meta = obstore, store, meta
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._meta["size"]}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read from the place on; an object that was replaced meanwhile is an error."""
        last = min(self._at + len(buffer), self._meta["size"])
        if last <= self._at:
            return 0
        options = {"range": (self._at, last), "if_match": self._meta["e_tag"]}
        try:
            data = self._obstore.get(self._store, self._meta["path"], options=options).bytes()
        except (FileNotFoundError, self._obstore.exceptions.BaseError):
            data = None
        if data is None:
            _changed()
        buffer[: len(data)] = memoryview(data)
        self._at += len(data)
        return len(data)


def _changed() -> NoReturn:
    raise OSError(errno.ESTALE, "the object was replaced or cannot be read any more")


def _obstore() -> Any:
    try:
        return importlib.import_module("obstore")
    except ImportError as error:
        raise ConfigurationError(
            "object store",
            problem="the package obstore is not installed",
            remedy="pip install 'privacy-lineage[s3]'",
        ) from error


def _part_of(uri: str) -> str:
    folder, slash, name = uri.rpartition("/")
    return f"{folder}{slash}.{name[:100]}.{secrets.token_hex(6)}{files.PART_SUFFIX}"


def _check_uri(uri: str) -> None:
    """Refuse a uri that names no object below the address."""
    parts = uri.split("/")
    if any(part in {"", ".", ".."} for part in parts) or PurePosixPath(uri).is_absolute():
        raise PathRefusedError(f"path {uri!r}", expected="a path below the object store's address")
    paths.check_text(uri)

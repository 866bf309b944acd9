"""Files in an object store such as S3, by obstore (extra `s3`).

An upload in parts shows nothing until it is completed, so a killed one leaves nothing to be seen.
Sets are as `object_sets` says, and look like folders here. Keys come from the usual variables
(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL, AWS_ALLOW_HTTP) and are in
no message.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import io
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import Any, Final, cast

from lineage.kernel import files, paths
from lineage.kernel.errors import ConfigurationError, PathRefusedError
from lineage.kernel.storage import object_sets
from lineage.kernel.storage.object_sets import ObjectSet, Pointer
from lineage.kernel.storage.object_streams import PART_BYTES, StoredObject, Upload
from lineage.kernel.storage.port import Content, Fill, Pending, Status
from lineage.kernel.storage.sets import PART_NAME

_ADDRESS: Final = re.compile(
    r"(?P<scheme>s3a?)://(?P<bucket>[a-z0-9][a-z0-9.\-]+)(/(?P<prefix>.*))?"
)
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
        upload = Upload(lambda parts: self._put(target, parts))
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
    def publishing_set(self, uri: str, *, overwrite: bool = True) -> Iterator[ObjectSet]:
        """Upload to a folder of its own, then put what names it; see `Storage.publishing_set`.

        Each part that is open takes some 20 MiB at most.
        """
        _check_uri(uri)
        self._check_replaceable(uri, overwrite=overwrite)
        folder = object_sets.new_folder()
        pending = ObjectSet(lambda path: self.publishing(f"{uri}/{folder}/{path}"))
        try:
            yield pending
        except BaseException:
            self._remove(f"{uri}/{folder}")
            raise
        try:
            old = self._name_parts(uri, folder, overwrite=overwrite)
        except FileExistsError:  # after another error the set may have these parts
            self._remove(f"{uri}/{folder}")
            raise
        if old is not None:
            self._remove(f"{uri}/{old}")
        pending.end()

    def update(self, uri: str, change: Callable[[bytes | None], bytes]) -> Content:
        """Replace an object on condition that nobody else did; see `Storage.update`."""
        _check_uri(uri)
        with self._translated(uri):
            for _ in range(_UPDATES_TRIED):
                old, mode = self._read_with_tag(uri)
                new = change(old)
                try:
                    self._obstore.put(self._store, uri, new, mode=mode, use_multipart=False)
                except self._conflicts:
                    continue
                return Content(sha256=hashlib.sha256(new).hexdigest(), size_bytes=len(new))
        raise OSError(errno.EBUSY, "others keep changing it", self._shown(uri))

    def open(self, uri: str) -> io.BufferedIOBase:
        """Open an object, seekable, at the version that it has now; see `Storage.open`."""
        with self._translated(uri):
            meta = self._head(uri)
            return io.BufferedReader(
                StoredObject(self._obstore, self._store, meta), PART_BYTES // 8
            )

    def status(self, uri: str) -> Status | None:
        """Return length and time stamp; see `Storage.status`."""
        try:
            with self._translated(uri):
                meta = self._head(uri)
        except FileNotFoundError:
            return None
        return Status(
            size_bytes=meta["size"], modified_at=meta["last_modified"], version=meta["e_tag"]
        )

    def list(self, folder: str) -> Iterator[str]:
        """Give the objects below a folder, and the parts of sets as its files."""
        prefix = folder.strip("/")
        found = self._uris(prefix)
        if not found and "=" in prefix:
            above, _ = object_sets.divided(f"{prefix}/")
            found = [uri for uri in self._files_of_set(above) if uri.startswith(f"{prefix}/")]
        files_of_sets = [
            each
            for uri in found
            if object_sets.is_pointer(uri)
            for each in self._files_of_set(uri.rpartition("/")[0])
        ]
        plain = [uri for uri in found if not _is_hidden(uri)]
        return iter(sorted({*plain, *files_of_sets}))

    def _uris(self, prefix: str) -> Sequence[str]:
        """Return all that is below a folder, as the store has it."""
        if prefix:
            _check_uri(prefix)
        with self._translated(prefix):
            return [
                str(each["path"])
                for batch in self._obstore.list(self._store, prefix=prefix or None)
                for each in batch
            ]

    def _head(self, uri: str) -> Any:
        """Return what the store says of an object, or of the part that is the file of a set."""
        _check_uri(uri)
        try:
            return self._obstore.head(self._store, uri)
        except FileNotFoundError:
            above, path = object_sets.divided(uri)
            folder = self._folder_of_set(above) if _is_file_of_set(path) else None
            if folder is None:
                raise
            return self._obstore.head(self._store, object_sets.below(folder, path))

    def _folder_of_set(self, uri: str) -> str | None:
        """Return the folder of the parts of a set; None if there is no such set."""
        place = object_sets.below(uri, object_sets.POINTER)
        content, _ = self._read_with_tag(place)
        if content is None:
            return None
        return object_sets.below(uri, Pointer.of(content, self._shown(place)).parts)

    def _files_of_set(self, uri: str) -> Sequence[str]:
        with self._translated(uri):
            folder = self._folder_of_set(uri)
        if folder is None:
            return []
        paths_below = (part.removeprefix(f"{folder}/") for part in self._uris(folder))
        return [object_sets.below(uri, path) for path in paths_below]

    def _check_replaceable(self, uri: str, *, overwrite: bool) -> None:
        """Refuse what is no set of ours: its objects could only go one by one."""
        names = [each.removeprefix(f"{uri}/") for each in self._uris(uri)]
        foreign = [each for each in names if not _is_hidden(each)]
        if foreign or self.status(uri) is not None:
            raise FileExistsError(errno.EEXIST, "is no set that can be replaced", self._shown(uri))
        if not overwrite and object_sets.POINTER in names:
            raise FileExistsError(errno.EEXIST, "exists", self._shown(uri))

    def _name_parts(self, uri: str, folder: str, *, overwrite: bool) -> str | None:
        """Let a folder be that of the parts of a set; return the one that was."""
        place = f"{uri}/{object_sets.POINTER}"
        replaced = None
        with self._translated(uri):
            for _ in range(_UPDATES_TRIED):
                content, mode = self._read_with_tag(place)
                old = None if content is None else Pointer.of(content, self._shown(place))
                if old is not None and folder in {old.parts, old.replaced}:
                    return replaced  # it was put, though the answer was lost
                if old is not None and not overwrite:
                    raise FileExistsError(errno.EEXIST, "exists", self._shown(uri))
                replaced = None if old is None else old.parts
                new = Pointer(parts=folder, replaced=replaced).content()
                with suppress(*self._conflicts):
                    self._obstore.put(self._store, place, new, mode=mode, use_multipart=False)
                    return replaced
        raise OSError(errno.EBUSY, "others keep changing it", self._shown(uri))

    def _remove(self, folder: str) -> None:
        with suppress(Exception):  # no list shows them
            self._obstore.delete(self._store, self._uris(folder))

    @property
    def _conflicts(self) -> tuple[type[Exception], ...]:
        known = self._obstore.exceptions
        return known.AlreadyExistsError, known.PreconditionError

    def _put(self, uri: str, parts: Iterator[bytes]) -> None:
        self._obstore.put(
            self._store, uri, parts, use_multipart=True, chunk_size=PART_BYTES, max_concurrency=2
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
        for chunk in self._obstore.get(self._store, uri).stream(min_chunk_size=PART_BYTES):
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


def _is_hidden(uri: str) -> bool:
    """Tell whether an object is no file: unfinished, or what sets are made of."""
    name = uri.rpartition("/")[2]
    return files.is_part(name) or object_sets.is_pointer(uri) or object_sets.is_part(uri)


def _is_file_of_set(path: str) -> bool:
    return PART_NAME.fullmatch(path.rpartition("/")[2]) is not None

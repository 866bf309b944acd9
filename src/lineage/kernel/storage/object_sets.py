"""Sets of files in an object store: parts in a folder of their own, and one object that names it.

The parts of a set "people" are below "people/_parts.TOKEN/", where TOKEN is new for each write.
The object "people/_parts.json" names that folder. It is put last, on condition that it is as it
was, so the whole set changes in one request. Names that begin with "_" are passed over by readers
of folders, which therefore see no set rather than a mixture of two.
"""

from __future__ import annotations

import errno
import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from lineage.kernel.storage.port import Content, Pending, SetContent, set_content

POINTER: Final = "_parts.json"
"""The object below a set that names the folder of its parts."""

_FOLDER: Final = re.compile(r"_parts\.[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """What is in that object.

    Attributes:
        parts: The folder of the parts.
        replaced: The one that it was before; None if there was no set.
    """

    parts: str
    replaced: str | None = None

    @classmethod
    def of(cls, content: bytes, shown: str) -> Pointer:
        """Read the content of the object.

        Args:
            content: The content.
            shown: Where it is, for the message.

        Raises:
            OSError: It names no folder of parts.
        """
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        names = found if isinstance(found, dict) else {}
        parts, replaced = (_folder(names.get(key)) for key in ("parts", "replaced"))
        if parts is None:
            raise OSError(errno.EIO, "what names the parts of the set is damaged", shown)
        return cls(parts=parts, replaced=replaced)

    def content(self) -> bytes:
        """Return the content of the object."""
        return json.dumps({"parts": self.parts, "replaced": self.replaced}).encode()


class ObjectSet:
    """The files of a set that is being written; see `port.PendingSet`.

    Args:
        upload: Uploads an object; takes its path below the folder of the parts.
    """

    def __init__(self, upload: Callable[[str], AbstractContextManager[Pending]]) -> None:
        self.content: SetContent | None = None
        self._parts: dict[str, Content] = {}
        self._upload = upload

    @contextmanager
    def part(self, path: str) -> Iterator[Pending]:
        """Upload a file, see `port.PendingSet.part`."""
        if path in self._parts:
            raise FileExistsError(errno.EEXIST, "exists", path)
        with self._upload(path) as pending:
            yield pending
        self._parts[path] = pending.written

    def end(self) -> None:
        """Take note that the set has been published."""
        self.content = set_content(self._parts.items())

    @property
    def written(self) -> SetContent:
        """What was published."""
        if self.content is None:
            raise ValueError("the set has not been published")
        return self.content


def new_folder() -> str:
    """Return a name for the folder of the parts that no other write has."""
    return f"_parts.{secrets.token_hex(6)}"


def is_pointer(uri: str) -> bool:
    """Tell whether an object names the parts of a set."""
    return PurePosixPath(uri).name == POINTER


def is_part(uri: str) -> bool:
    """Tell whether an object is in a folder of parts, be it of a set or of an unfinished one."""
    return any(_FOLDER.fullmatch(each) for each in PurePosixPath(uri).parts)


def divided(uri: str) -> tuple[str, str]:
    """Return the set that a file or a folder "column=value" may be in, and its path below it.

    The set is "" if it is what the storage begins with.
    """
    parts = uri.split("/")
    above = len(parts) - 1
    while above and "=" in parts[above - 1]:
        above -= 1
    return "/".join(parts[:above]), "/".join(parts[above:])


def below(folder: str, path: str) -> str:
    """Return the uri of a path below a folder, which may be ""."""
    return f"{folder}/{path}" if folder else path


def _folder(name: object) -> str | None:
    return name if isinstance(name, str) and _FOLDER.fullmatch(name) else None

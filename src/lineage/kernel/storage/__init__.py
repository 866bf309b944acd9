"""Where the files of the history are: written whole, read and listed by their uri.

`port` says what a storage is, `local` are the files of this machine, `objects` those of an object
store, `sets` the folders that are replaced whole, `blobs` files named after their digest. What a
file holds is nobody's business here.
"""

from lineage.kernel.storage.local import LocalStorage
from lineage.kernel.storage.port import (
    Content,
    Fill,
    Pending,
    PendingSet,
    SetContent,
    Status,
    Storage,
    StorageOf,
    set_content,
    sha256,
    sha256_of_any_or_none,
    sha256_of_set,
    sha256_or_none,
)

__all__ = [
    "Content",
    "Fill",
    "LocalStorage",
    "Pending",
    "PendingSet",
    "SetContent",
    "Status",
    "Storage",
    "StorageOf",
    "set_content",
    "sha256",
    "sha256_of_any_or_none",
    "sha256_of_set",
    "sha256_or_none",
]

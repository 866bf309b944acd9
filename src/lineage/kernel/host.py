"""Who and where: the running process, its machine and its user."""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import psutil

_PEAK: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """One process on one machine, distinct from a later one with the same number.

    Attributes:
        host: Network name of the machine.
        pid: Process number.
        started_at: Start of the process, seconds since 1970, rounded to milliseconds.
    """

    host: str
    pid: int
    started_at: float

    def is_alive(self) -> bool | None:
        """Tell whether the process still runs; None when it ran on another machine."""
        if self.host != hostname():
            return None
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < 1.0
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True


def this_process() -> ProcessIdentity:
    """Return the identity of the calling process (after a fork: of the child)."""
    pid = os.getpid()
    return ProcessIdentity(
        host=hostname(), pid=pid, started_at=round(psutil.Process(pid).create_time(), 3)
    )


@cache
def hostname() -> str:
    """Return the network name of this machine."""
    return socket.gethostname()


@cache
def user() -> str:
    """Return the login name of the user, or "unknown" where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


@cache
def system() -> str:
    """Return operating system, release and architecture in one line."""
    return platform.platform()


def peak_memory_mb() -> float:
    """Return the most memory this process has held so far, in MiB."""
    return round(_peak_bytes() / 2**20, 2)


def _peak_bytes() -> int:
    # On Linux child processes inherit `ru_maxrss`; this line covers the process alone.
    with suppress(OSError):
        found = _PEAK.search(Path("/proc/self/status").read_text(encoding="ascii"))
        if found is not None:
            return int(found[1]) * 1024
    peak: int | None = getattr(psutil.Process().memory_info(), "peak_wset", None)
    if peak is None:
        import resource  # noqa: PLC0415  # does not exist on Windows

        scale = 1 if platform.system() == "Darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    return peak

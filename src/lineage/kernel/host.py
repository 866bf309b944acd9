"""Who and where: the running process, its machine and its user."""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_MACHINE_ID: Final = Path("/etc/machine-id")
_HAS_MARKS: Final = sys.platform == "linux"
_HIGHEST_PID: Final = 2**31 - 1
_DEAD: Final = "ZXx"
"""States of a process that has ended."""

_START: Final = 19
"""Where its start is, counted from its state; field 22 of the whole (proc(5))."""

_PEAK: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelMark:
    """What distinguishes a process on Linux from every other, whatever happens to the clock.

    Attributes:
        boot_id: Id that the kernel drew when it started.
        scope: Where process numbers and ticks mean the same: machine, PID and time namespace.
        start_ticks: Start of the process, clock ticks since the machine started.
    """

    boot_id: str
    scope: str
    start_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """One process on one machine, distinct from a later one with the same number.

    Attributes:
        host: Network name of the machine.
        pid: Process number.
        mark: What the kernel knows it by; None where it does not say.
        started_at: Start of the process, seconds since 1970, rounded to milliseconds; 0 if
            unknown.
    """

    host: str
    pid: int
    mark: KernelMark | None = None
    started_at: float

    def is_alive(self) -> bool | None:
        """Tell whether the process is still running; None if that cannot be seen from here.

        On Linux boot, scope and start are compared, none of which a clock changes. A process
        of another machine or of another PID namespace cannot be seen. Without a mark (other
        systems, records of earlier releases) only the clock tells a process from a later one with
        its number: if the times differ, the clock may have been set, and that is None as well.
        """
        here = kernel_mark()
        if self.host != hostname() or (here is None and _HAS_MARKS):
            return None
        if self.mark is None or here is None:
            return self._is_alive_by_the_clock()
        if self.mark.scope != here.scope:
            return None
        if self.mark.boot_id != here.boot_id:
            return False
        return self._is_alive_by_its_start(self.mark.start_ticks)

    def _is_alive_by_its_start(self, start_ticks: int) -> bool | None:
        try:
            state, found = _state_and_start(str(self.pid))
        except OSError:
            import psutil  # noqa: PLC0415  # start-up time

            # other users' processes may be hidden
            return None if self.pid <= _HIGHEST_PID and psutil.pid_exists(self.pid) else False
        return found == start_ticks and state not in _DEAD

    def _is_alive_by_the_clock(self) -> bool | None:
        import psutil  # noqa: PLC0415  # start-up time

        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return True if abs(process.create_time() - self.started_at) < 1.0 else None
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True


def this_process() -> ProcessIdentity:
    """Return the identity of the calling process (after a fork: of the child)."""
    import psutil  # noqa: PLC0415  # start-up time

    pid, started_at = os.getpid(), 0.0
    with suppress(psutil.Error):  # /proc of another PID namespace
        started_at = round(psutil.Process(pid).create_time(), 3)
    return ProcessIdentity(host=hostname(), pid=pid, started_at=started_at, mark=kernel_mark())


def kernel_mark() -> KernelMark | None:
    """Return the mark of the calling process; None if /proc is missing or numbers others."""
    try:
        if int((_PROC / "self").readlink().name) != os.getpid():
            return None
        return KernelMark(
            boot_id=(_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
            scope="/".join(_scope()),
            start_ticks=_state_and_start("self")[1],
        )
    except (OSError, ValueError):
        return None


def _scope() -> Iterator[str]:
    with suppress(OSError):  # containers often have none; as a digest, since the id is confidential
        yield sha256(b"privacy-lineage" + _MACHINE_ID.read_bytes()).hexdigest()[:16]
    yield str((_PROC / "self/ns/pid").stat().st_ino)
    with suppress(FileNotFoundError):  # before Linux 5.6
        yield str((_PROC / "self/ns/time").stat().st_ino)


def _state_and_start(pid: str) -> tuple[str, int]:
    # the name of the program, in brackets, may hold anything, also brackets and spaces
    fields = (_PROC / pid / "stat").read_bytes().rpartition(b")")[2].decode("ascii").split()
    return fields[0], int(fields[_START])


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


def login() -> str:
    """Return user and host, "user@host"."""
    return f"{user()}@{hostname()}"


def actor(named: str | None = None) -> str:
    """Return who acts: user and host, with LINEAGE_ACTOR before them if that is set.

    Args:
        named: Who asks this process to act, in place of LINEAGE_ACTOR.
    """
    declared = (named or os.environ.get("LINEAGE_ACTOR", "")).strip()
    return f"{declared} ({login()})" if declared else login()


@cache
def system() -> str:
    """Return operating system, release and architecture in one line."""
    return platform.platform()


def peak_memory_mb() -> float:
    """Return the most memory this process has held so far, in MiB."""
    return round(_peak_bytes() / 2**20, 2)


def data_bytes() -> int:
    """Return how much memory this process has for data, in bytes, used or not."""
    with suppress(OSError):
        pages = int((_PROC / "self/statm").read_text(encoding="ascii").split()[5])
        return pages * os.sysconf("SC_PAGE_SIZE")
    import psutil  # noqa: PLC0415  # start-up time

    in_use = psutil.Process().memory_info()
    return int(getattr(in_use, "data", in_use.vms))


def _peak_bytes() -> int:
    # On Linux child processes inherit `ru_maxrss`; this line covers the process alone.
    with suppress(OSError):
        found = _PEAK.search((_PROC / "self/status").read_text(encoding="ascii"))
        if found is not None:
            return int(found[1]) * 1024
    import psutil  # noqa: PLC0415  # start-up time

    peak: int | None = getattr(psutil.Process().memory_info(), "peak_wset", None)
    if peak is None:
        import resource  # noqa: PLC0415  # does not exist on Windows

        scale = 1 if platform.system() == "Darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    return peak

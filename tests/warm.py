"""Processes that begin with everything imported, which takes a command a second otherwise.

A server imports the packages once and forks a process for each call, with the arguments, folder,
environment and standard streams of the caller. Such a process does what a new interpreter would,
but for the search for modules: what tests that search starts an interpreter of its own.
"""

from __future__ import annotations

import array
import atexit
import importlib
import json
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TextIO

CAN_FORK = sys.platform == "linux"
"""Elsewhere a fork does not keep what the libraries need."""

_PACKAGES = ("lineage", "ops", "projections")
_OTHERS = (
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "networkx",
    "pandas",
    "pyarrow.csv",
    "pyarrow.parquet",
    "typer._adapters",
    "typer._coercion",
)
"""What a command imports late."""

_COMMAND = """#!{python} -IS
import array, json, os, socket, sys
with socket.socket(socket.AF_UNIX) as call:
    call.connect({address!r})
    asked = {{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
    streams = array.array("i", [0, 1, 2])
    call.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    call.sendall(json.dumps(asked).encode())
    call.shutdown(socket.SHUT_WR)
    code = int(call.recv(8) or b"1")
    if code < 0:
        os.kill(os.getpid(), -code)
    sys.exit(code)
"""


def command() -> Path:
    """Return an executable that does what `lineage` does; it is made once a process."""
    return _server() / "lineage" if CAN_FORK else Path(sys.executable).with_name("lineage")


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `lineage` with arguments, and return the finished process."""
    is_usual = environment.get("PYTHONPATH") == os.environ.get("PYTHONPATH")
    program = [command()] if is_usual else [sys.executable, "-m", "lineage"]
    return subprocess.run(
        [*program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@cache
def _server() -> Path:
    """Start the server, which ends with this process, and return its folder."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    address = folder / "calls"
    shown = folder / "lineage"
    shown.write_text(_COMMAND.format(python=sys.executable, address=str(address)))
    shown.chmod(0o700)
    server = subprocess.Popen([sys.executable, __file__, str(address)], stdin=subprocess.PIPE)
    atexit.register(_end, server, folder)
    while not address.exists():
        assert server.poll() is None, "the server ended"
        time.sleep(0.01)
    return folder


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.terminate()
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _serve(address: str) -> None:
    """Answer calls until the standard input, which the tests hold open, is closed."""
    for name in (*_modules(), *_OTHERS):
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes
    with socket.socket(socket.AF_UNIX) as calls:
        calls.bind(f"{address}.new")
        calls.listen(64)
        Path(f"{address}.new").rename(address)
        while sys.stdin not in select.select([calls, sys.stdin], [], [])[0]:
            call, _ = calls.accept()
            with call:
                if os.fork() == 0:
                    calls.close()
                    _answer(call)


def _modules() -> Iterator[str]:
    """Yield all modules of the product but programs."""
    for package in map(importlib.import_module, _PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                yield module.name


def _answer(call: socket.socket) -> None:
    """Fork the process that does what was asked, and say how it ended."""
    streams = array.array("i")
    _, sent, _, _ = call.recvmsg(1, socket.CMSG_SPACE(3 * streams.itemsize))
    streams.frombytes(sent[0][2])
    asked = json.loads(b"".join(iter(lambda: call.recv(65536), b"")))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.fork()
    if process == 0:
        call.close()
        os._exit(_carry_out(asked, streams))
    _, status = os.waitpid(process, 0)
    call.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _carry_out(asked: dict[str, Any], streams: Sequence[int]) -> int:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = map(_text_stream, range(3))
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    sys.argv = ["lineage", *asked["arguments"]]
    sys.path[0] = asked["folder"]
    code: object = 0
    try:
        runpy.run_module("lineage", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  # what an interpreter does at its end
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def _text_stream(number: int) -> TextIO:
    """Return a standard stream as an interpreter opens it."""
    mode, buffering, errors = [("r", -1, None), ("w", -1, None), ("w", 1, "backslashreplace")][
        number
    ]
    return open(number, mode, buffering, errors=errors, closefd=False)


if __name__ == "__main__":
    _serve(sys.argv[1])

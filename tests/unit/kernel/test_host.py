"""A process is known by machine, number and start."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from lineage.kernel import host

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel says no more elsewhere")


def marked(**changes: Any) -> host.ProcessIdentity:
    """Return the identity of this process, with changes to its mark."""
    this = host.this_process()
    assert this.mark is not None
    return dataclasses.replace(this, mark=dataclasses.replace(this.mark, **changes))


def test_running_process_is_alive() -> None:
    """The process that asks still runs."""
    assert host.this_process().is_alive() is True


def test_identity_names_this_process() -> None:
    """The identity holds what the system says of the process."""
    process = host.this_process()

    assert (process.host, process.pid) == (host.hostname(), os.getpid())


def test_ended_process_is_not_alive() -> None:
    """A process that has ended and was waited for is gone."""
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        check=True,
        capture_output=True,
        text=True,
    )
    gone = dataclasses.replace(host.this_process(), pid=int(child.stdout))

    assert gone.is_alive() is False


def test_ended_process_that_nobody_waited_for_is_not_alive() -> None:
    """A zombie has ended, though its number is still taken."""
    with subprocess.Popen(
        [sys.executable, "-c", "from lineage.kernel import host; print(host.this_process())"],
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        identity = child.stdout.read()
        started_at = float(identity.rpartition("started_at=")[2].strip(")\n"))
        zombie = host.ProcessIdentity(host=host.hostname(), pid=child.pid, started_at=started_at)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        assert zombie.is_alive() is False


@on_linux
def test_other_process_under_the_same_number_is_not_the_one() -> None:
    """A number that was given to a later process does not keep the earlier one alive."""
    assert marked(start_ticks=1).is_alive() is False


@on_linux
@pytest.mark.parametrize("step_s", [-86_400.0, -2.0, 0.9, 2.0, 60.0, 1e9])
def test_process_is_alive_however_the_clock_was_set(step_s: float) -> None:
    """Its start counts from the start of the machine, not from the time of day."""
    this = host.this_process()

    assert dataclasses.replace(this, started_at=this.started_at + step_s).is_alive() is True


@pytest.mark.parametrize("step_s", [-2.0, 2.0, 60.0])
def test_process_without_a_mark_and_another_start_is_unknown(step_s: float) -> None:
    """The clock may have been set since, or the number given to another process."""
    this = dataclasses.replace(host.this_process(), mark=None)

    assert this.is_alive() is True
    assert dataclasses.replace(this, started_at=this.started_at + step_s).is_alive() is None


@on_linux
def test_process_of_another_boot_is_gone() -> None:
    """Nothing outlives the end of the machine it ran on."""
    assert marked(boot_id="another").is_alive() is False


@on_linux
@pytest.mark.parametrize("pid", [os.getpid(), 2**31 - 1], ids=["own", "free"])
@pytest.mark.parametrize("boot", [{}, {"boot_id": "another"}])
def test_process_of_another_namespace_is_unknown(pid: int, boot: dict[str, str]) -> None:
    """What its number means there cannot be seen from here."""
    assert dataclasses.replace(marked(scope="another", **boot), pid=pid).is_alive() is None


@on_linux
def test_process_is_unknown_from_another_pid_namespace() -> None:
    """A process that sees other processes under these numbers does not call this one gone."""
    code = (
        "import json, sys; from lineage.kernel.host import KernelMark, ProcessIdentity\n"
        "told = json.loads(sys.argv[1]); told['mark'] = KernelMark(**told['mark'])\n"
        "sys.exit(ProcessIdentity(**told).is_alive() is not None)"
    )
    told = json.dumps(dataclasses.asdict(host.this_process()))
    inside = ["unshare", "--user", "--pid", "--fork"]
    tried = subprocess.run([*inside, "true"], check=False, capture_output=True, text=True)
    if "unshare failed" in tried.stderr:
        # the rule itself is tried with a made-up scope above, on any machine
        pytest.skip("this system forbids user namespaces, as many containers do")
    assert tried.returncode == 0, tried.stderr

    for options in ([], ["--mount-proc"]):
        command = [*inside, *options, sys.executable, "-c", code, told]
        assert subprocess.run(command, check=False).returncode == 0


def test_process_of_another_machine_is_unknown() -> None:
    """From here nobody can tell whether a process over there still runs."""
    assert dataclasses.replace(host.this_process(), host="elsewhere").is_alive() is None


@pytest.mark.parametrize("pid", [0, 2**31 - 1, 2**40])
def test_number_that_no_process_has_is_not_alive(pid: int) -> None:
    """A recorded number that the system would never give counts as gone, without an error."""
    assert dataclasses.replace(host.this_process(), pid=pid).is_alive() is False


def test_child_made_by_fork_has_its_own_identity() -> None:
    """After a fork the child is not taken for its parent."""
    code = (
        "import os; from lineage.kernel import host; parent = host.this_process(); "
        "os.fork() and os._exit(os.waitstatus_to_exitcode(os.wait()[1])); "
        "os._exit(host.this_process() == parent)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system keeps them apart")
def test_peak_memory_is_not_that_of_the_process_that_started_it() -> None:
    """A small program started by a big one is small."""
    held = bytearray(os.urandom(1)) * (512 * 2**20)
    code = "from lineage.kernel import host; print(host.peak_memory_mb())"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert float(done.stdout) < len(held) / 2**20 / 2


def test_peak_memory_covers_what_is_held() -> None:
    """The peak grows with what is held, in mebibytes."""
    before = host.peak_memory_mb()
    held = bytearray(os.urandom(1)) * (64 * 2**20)

    assert host.peak_memory_mb() - before > -0.01
    assert host.peak_memory_mb() > len(held) / 2**20


def test_data_of_the_process_grows_with_what_it_holds() -> None:
    """A limit on data counts from what is there already."""
    before = host.data_bytes()
    held = bytearray(64 * 2**20)

    assert host.data_bytes() - before >= len(held)

"""A scratch project, in which a recorded run can be executed again without touching anything.

It has copies of the file versions that the run used, each in its place, the settings of
the real project, and a ledger in memory that knows the runs the recorded one built on. Whatever
a task writes below its project goes here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import Final

from filelock import Timeout

from lineage import settings
from lineage.events import streams
from lineage.kernel import files, paths
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.secrets import keyring
from lineage.kernel.values import document_text
from lineage.project import Project
from lineage.tasks.rerun.recorded_run import InputVersion, RecordedRun
from lineage.upkeep import rerun_folder

_ONLY_OWNER: Final = 0o700
_COPIED_AT_ONCE: Final = 2**20


@contextmanager
def scratch_project(project: Project, run: RecordedRun, *, keep: bool = False) -> Iterator[Project]:
    """Make the scratch project and work in its folder.

    There is only one at a time. One that a killed process left is removed first.

    Args:
        project: The real project.
        run: The run that is to be executed again.
        keep: Leave the folder; the next one removes it.

    Yields:
        The project, with its settings and history, and without inputs (`copy_inputs`).

    Raises:
        CommandRejectedError: Another rerun is running.
        LineageError: It cannot be made.
    """
    folder = project.state_folder / rerun_folder.FOLDER
    with _locked(project), ExitStack() as stack:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=_ONLY_OWNER)
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        else:
            stack.callback(rerun_folder.keep, folder)
        _write_settings(project, folder)
        _share_keyring(project, folder)
        scratch = stack.enter_context(
            Project(folder, clock=project.clock, ids=project.ids, ledger_url="memory://")
        )
        for run_id in run.started.upstream_runs.values():
            scratch.ledger.copy_stream(project.ledger, streams.run(run_id))
        for uri in run.outputs:
            if paths.is_within(folder / uri, folder):
                (folder / uri).parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(chdir(folder))
        yield scratch


def copy_inputs(
    project: Project, scratch: Project, inputs: Iterable[InputVersion], datasets: Iterable[str]
) -> list[str]:
    """Copy the recorded versions of files to their places.

    Args:
        project: Where they are.
        scratch: Where they go; files outside the project are used where they are.
        inputs: The versions.
        datasets: Further paths, relative to the project, under which a task looks for them.

    Returns:
        One text for each version that no longer exists; if any, the run cannot be repeated.
    """
    wanted = {version.uri: version for version in inputs}
    faults = [fault for version in inputs if (fault := _copied(project, scratch, version))]
    for path in datasets:
        uri = paths.display(project.root / path, project.root)
        if uri != path and uri in wanted:
            _copied(project, scratch, wanted[uri], path)
    return faults


def _copied(
    project: Project, scratch: Project, version: InputVersion, place: str | None = None
) -> str | None:
    """Copy one version, hashed on the way; return what is wrong with it."""
    if version.sha256 is None:
        return f"input {version.uri!r} could not be read then"
    source = project.root / version.uri
    target = scratch.root / (place or version.uri)
    try:
        if paths.is_within(target, scratch.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as reader, files.replacing(target, like=source) as pending:
                shutil.copyfileobj(reader, pending.stream, _COPIED_AT_ONCE)
            found = pending.written.sha256
        else:
            found = sha256_file(source)
    except FileNotFoundError:
        return f"input {version.uri!r} is gone"
    except OSError as error:
        return f"input {version.uri!r} cannot be copied: {error.strerror}"
    if found != version.sha256:
        return f"input {version.uri!r} has changed: {version.sha256[:8]} is now {found[:8]}"
    return None


def _write_settings(project: Project, folder: Path) -> None:
    own = project.settings.model_dump(mode="json", exclude_unset=True)
    external = [os.fspath(project.root / path) for path in project.settings.allowed_external_paths]
    own |= {"execution_log": "on_demand", "allowed_external_paths": external}
    for key in ("ledger", "datasets", "parameters"):  # the last two are in the configuration
        own.pop(key, None)
    files.write_text(
        folder / settings.CONFIG_FOLDER / settings.PROJECT_FILES[0], document_text(own)
    )


def _share_keyring(project: Project, folder: Path) -> None:
    """Let the scratch project use the real one's keys; they are never copied."""
    own, shared = keyring.keyring_folder(folder), keyring.keyring_folder(project.root)
    if own != shared and shared.is_dir():
        own.parent.mkdir(parents=True, exist_ok=True)
        own.symlink_to(shared.resolve(), target_is_directory=True)


@contextmanager
def _locked(project: Project) -> Iterator[None]:
    try:
        held = rerun_folder.lock(project).acquire()
    except Timeout:
        raise CommandRejectedError(
            "rerun",
            problem="another rerun of this project is running",
            remedy="wait until it ends",
        ) from None
    with held:
        yield

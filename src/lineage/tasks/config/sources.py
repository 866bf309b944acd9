"""The places a task's configuration comes from, weakest first, and the mistakes in each."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lineage import datasets, settings
from lineage.kernel import files
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.values import JsonValue, document_text
from lineage.settings import ProjectSettings
from lineage.tasks.config import text as config_text
from lineage.tasks.config.values import DATASETS, TaskValues, placeholders
from lineage.tasks.security.encryption_settings import KEY_VARIABLE, environment_prefix

DEFAULT: Final = "default"
COMMAND_LINE: Final = "command line"
PREFIX: Final = "LINEAGE_"
FILE_SUFFIXES: Final = (".json", ".yaml", ".yml")

PROJECT_KEYS: Final = (
    "seed",
    "continue_on_error",
    "parallel_processes",
    "use_vectorization",
    "use_encryption",
    "encryption_mode",
    "encryption_key_path",
    "encryption_key_id",
    "allow_external",
    "allowed_external_paths",
)
"""Keys of the project file that hold for every task."""

_KEY_ITSELF: Final = "encryption_key"
_SHARED: Final = {key: PREFIX + key.upper() for key in TaskValues.model_fields if key != "task_id"}
VARIABLES: Final[Mapping[str, str]] = {
    f"{PREFIX}ACTOR": "Who records, in every event; user@host if it is not set.",
    f"{PREFIX}DEBUG": "Any text: show tracebacks and log output, as --debug does.",
    f"{PREFIX}ENCRYPTION_KEY": "Key or passphrase of `EncryptionManager` for all tasks; "
    "`LINEAGE_<TASK>_ENCRYPTION_KEY` for one goes before it.",
    f"{PREFIX}KEYRING": "Folder of the keyring; `.lineage/keys` if it is not set.",
    f"{PREFIX}LEDGER": "URL of the ledger, before the key `ledger` of the project's file.",
    f"{PREFIX}MASTER_KEY": "Key or passphrase that protects the keyring.",
    f"{PREFIX}MASTER_KEY_ENTRY": "An entry of the system's keyring that holds it, if neither "
    "LINEAGE_MASTER_KEY nor LINEAGE_MASTER_KEY_FILE is set.",
    f"{PREFIX}MASTER_KEY_FILE": "A file that holds it, if LINEAGE_MASTER_KEY is not set.",
    f"{PREFIX}PROJECT": "The project folder, where --project is not given.",
    f"{PREFIX}PSEUDONYM_KEY": "Master key of `PseudonymizeOperation`, 32 random bytes.",
    f"{PREFIX}SEALS": "When heads are signed, before the key `seals` of the project's file.",
    f"{PREFIX}SIGNING_KEY": "Key that signs heads and receipts: 64 hexadecimal digits or base64.",
    f"{PREFIX}SIGNING_KEY_FILE": "A file that holds it; `.lineage/signing.key` if it is not set.",
    f"{PREFIX}SIGNING_PASSPHRASE": "What the file of the signing key opens with.",
    f"{PREFIX}SIGNING_PASSPHRASE_ENTRY": "An entry of the system's keyring that holds it.",
}
"""Variables that belong to the product itself, also if a task has such a name: what they mean."""

_ALIKE: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place, and what it says.

    Attributes:
        name: What the place is called, for people.
        values: Key to value.
        faults: What cannot be read there, one text each.
        origins: Key to a more exact name of its place, where there is one.
    """

    name: str
    values: Mapping[str, Any]
    faults: Sequence[str] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def origin(self, key: str) -> str:
        """Return where exactly a key of this place comes from."""
        return self.origins.get(key, self.name)

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong here whatever the types of the values, one text each."""
        yield from self.faults
        for key in self.values:
            fault = _misspelling(key, {*TaskValues.model_fields, _KEY_ITSELF})
            if fault is not None:
                yield f"{self.origin(key)}: {fault}"
        for name in placeholders(self.values):
            yield f"{self.name}: {name!r} is only a placeholder (set it in the environment)"
        if _KEY_ITSELF in self.values:
            yield (
                f"{self.name}: {_KEY_ITSELF!r} is no place for a key "
                f"(use {KEY_VARIABLE}, encryption_key_path or encryption_key_id)"
            )


def of_task(
    root: Path,
    project: ProjectSettings,
    task_id: str,
    *,
    defaults: Mapping[str, object],
    arguments: Mapping[str, object],
) -> list[Source]:
    """Return the places that a task's configuration comes from, weakest first.

    Args:
        root: The project's folder.
        project: What its file says.
        task_id: The task.
        defaults: What the task's class says.
        arguments: What the command line says.

    Raises:
        ConfigurationError: The task's file is damaged, or there are several.
    """
    file = of_file(root, task_id)
    return [
        Source(name=DEFAULT, values={**defaults, "task_id": task_id}),
        of_project(root, project),
        of_environment(task_id, task_ids(root, project)),
        *([] if file is None else [file]),
        Source(name=COMMAND_LINE, values=arguments),
    ]


def merged(sources: Sequence[Source]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what the places say together, and where each of the values comes from.

    Of declared datasets, each counts by itself; its place has the key "datasets.<name>".

    Args:
        sources: Weakest first.
    """
    values = {key: value for source in sources for key, value in source.values.items()}
    origins = {key: source.origin(key) for source in sources for key in source.values}
    declared: dict[str, Any] = {}
    for source in sources:
        said = source.values.get(DATASETS)
        if isinstance(said, Mapping):
            declared |= said
            origins |= {f"{DATASETS}.{name}": source.origin(DATASETS) for name in said}
    if isinstance(values.get(DATASETS), Mapping):
        values[DATASETS] = declared
    return values, origins


def of_project(root: Path, project: ProjectSettings) -> Source:
    """Return what the project's file says for every task."""
    said = project.model_dump(include={*PROJECT_KEYS}, exclude_unset=True, exclude_none=True)
    if project.datasets:
        said[DATASETS] = datasets.to_plain(project.datasets)
    name = project_file_name(root)
    misplaced = sorted(project.parameters.keys() & TaskValues.model_fields.keys())
    return Source(
        name=name,
        values={**project.parameters, **said},
        faults=[f"{name}: parameters.{key} is no parameter of your own" for key in misplaced],
    )


def of_environment(task_id: str, others: Sequence[str]) -> Source:
    """Return what the environment says.

    Args:
        task_id: The task; `LINEAGE_<TASK>_<KEY>` is for it alone and goes before
            `LINEAGE_<KEY>`, which a standard key has for all tasks.
        others: Ids of other tasks; a variable that could be of several belongs to the longest.
    """
    named = {**_for_all(), **_for_one(task_id, others)}
    values, faults = {}, []
    for key, variable in named.items():
        try:
            values[key] = config_text.convert(key, os.environ[variable])
        except ValueError as error:
            faults.append(f"{variable}: {error}")
    origins = {key: f"environment {variable}" for key, variable in named.items()}
    return Source(name="environment", values=values, faults=faults, origins=origins)


def of_file(root: Path, task_id: str) -> Source | None:
    """Return what the task's own file says; None if it has none.

    Raises:
        ConfigurationError: It is damaged, or there are several.
    """
    path = task_file(root, task_id)
    if path is None:
        return None
    name = f"{settings.CONFIG_FOLDER}/{path.name}"
    # YAML has keys of any type
    said: dict[object, Any] = dict(settings.read_mapping(path).items())
    return Source(
        name=name,
        values={key: value for key, value in said.items() if isinstance(key, str)},
        faults=[
            f"{name}: key {key!r} is not a string; quote it"
            for key in said
            if not isinstance(key, str)
        ],
    )


def task_file(root: Path, task_id: str) -> Path | None:
    """Return the file of a task in the project's `configs`; None if it has none.

    Raises:
        ConfigurationError: There are several.
    """
    folder = root / settings.CONFIG_FOLDER
    candidates = [folder / f"{task_id}{suffix}" for suffix in FILE_SUFFIXES]
    found = [path for path in candidates if path.is_file()]
    if len(found) > 1:
        raise ConfigurationError(
            f"configuration of task {task_id!r}",
            found=[path.name for path in found],
            expected="one file",
            remedy="remove the others",
        )
    return found[0] if found else None


def write_file(path: Path, values: Mapping[str, JsonValue]) -> None:
    """Write a configuration as JSON or YAML, whichever the suffix says.

    Raises:
        ConfigurationError: It says something else, or the file cannot be written.
    """
    if path.suffix not in FILE_SUFFIXES:
        raise ConfigurationError(
            f"configuration {str(path)!r}",
            found=f"suffix {path.suffix!r}",
            expected="one of " + ", ".join(FILE_SUFFIXES),
        )
    is_json = path.suffix == ".json"
    if is_json:
        text = document_text(values)
    else:
        from lineage.kernel import strict_yaml  # noqa: PLC0415  # start-up time

        text = strict_yaml.dump(values)
    try:
        files.write_text(path, text)
    except OSError as error:
        raise ConfigurationError(
            f"configuration {str(path)!r}",
            found=error.strerror,
            expected="a file that can be written",
        ) from error


def project_file_name(root: Path) -> str:
    """Return what the project's file is called, whether it is there or not."""
    path = settings.project_file(root)
    name = settings.PROJECT_FILES[0] if path is None else path.name
    return f"{settings.CONFIG_FOLDER}/{name}"


def task_ids(root: Path, project: ProjectSettings) -> list[str]:
    """Return the ids of tasks that the project lists or has a file for, sorted."""
    folder = root / settings.CONFIG_FOLDER
    files = [path for path in folder.glob("*") if path.suffix in FILE_SUFFIXES]
    others = (*settings.PROJECT_FILES, "execution_log.json")
    return sorted({*project.tasks, *(path.stem for path in files if path.name not in others)})


def _for_all() -> dict[str, str]:
    return {key: name for key, name in _SHARED.items() if name in os.environ}


def _for_one(task_id: str, others: Sequence[str]) -> dict[str, str]:
    prefix = environment_prefix(task_id)
    longer = {p for p in map(environment_prefix, others) if p.startswith(prefix)} - {prefix}
    taken = {*_SHARED.values(), *VARIABLES}
    keys = {
        name: name.removeprefix(prefix).lower()
        for name in os.environ
        if name.startswith(prefix) and name not in taken and not name.startswith(tuple(longer))
    }
    # the key itself is not configuration: lineage.tasks.encryption_settings looks it up
    return {key: name for name, key in keys.items() if key and key != _KEY_ITSELF}


def _misspelling(key: str, known: Collection[str]) -> str | None:
    """Return which known key a key is most likely a misspelling of; None if it is none."""
    if key in known:
        return None
    plain = {name.replace("_", ""): name for name in known}
    close = difflib.get_close_matches(
        key.lower().replace("_", "").replace("-", ""), plain, n=1, cutoff=_ALIKE
    )
    if not close:
        return None
    return f"{key!r} looks like {plain[close[0]]!r} (write that, or rename it)"

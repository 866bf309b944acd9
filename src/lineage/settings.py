"""What a project says about itself in `configs/prj_config.json` (or .yaml), and where it lies."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lineage.accountability import Accountability, PrivacyBudget, Required
from lineage.datasets import DatasetDeclaration, to_plain
from lineage.kernel import files, mistakes, paths, strict_json
from lineage.kernel.errors import (
    ConfigurationError,
    PathRefusedError,
    ProjectNotFoundError,
)
from lineage.kernel.values import document_text

CONFIG_FOLDER: Final = "configs"
STATE_FOLDER: Final = ".lineage"
RAW_FOLDER: Final = "raw"
"""Folder of the original data, below the folder of the data."""

PROJECT_VARIABLE: Final = "LINEAGE_PROJECT"
PROJECT_FILES: Final = ("prj_config.json", "prj_config.yaml", "prj_config.yml")

_MAX_JSON_BYTES: Final = 10_000_000
_MAX_YAML_BYTES: Final = 500_000
"""Fewer, as YAML takes some ten seconds a megabyte."""


class LedgerSettings(BaseModel):
    """How the ledger of a project is kept.

    Attributes:
        url: As `ledger` itself, where that is a text.
        encryption: Whether payloads are encrypted, with keys under the master key of the keyring.
        catalog: Where the catalog of an encrypted ledger is between commands: "snapshot", in an
            encrypted file; or "memory", in no file, so that each command folds the whole history.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str | None = None
    encryption: bool = False
    catalog: Literal["memory", "snapshot"] = "snapshot"


class ProjectSettings(BaseModel):
    """The settings of a project; every key is optional, and no others are allowed.

    Attributes:
        project: Its name.
        data_repository: Folder of the data, relative to the project.
        ledger: URL of the ledger; None for the file in `.lineage`. A relative path in it is
            relative to the project, also in LINEAGE_LEDGER. Or an object, see `LedgerSettings`.
        seed: Seed for operations that make random choices and are given none.
        allowed_external_paths: Folders outside the project that tasks may use, absolute or
            relative to the project.
        log_level: Level of the task log files, in upper or lower case.
        execution_log: When `configs/execution_log.json` is written: "each_run", "on_demand", or
            "auto", when the project is closed after a run while the history is short.
        seals: When the head of the ledger's tree is signed: "each_run", at the end of each, or
            "on_demand", by `lineage seal`. LINEAGE_SEALS goes before it.
        concurrent_runs: What a run does while another one of the same task is open: "wait" for it,
            as long as for any lock (60 s), or "refuse" to begin.
        tasks: Task id to "module:Class", for `lineage run`.
        datasets: Dataset name to what is known of it: its file, and the roles of its columns.
        accountability: Who answers for the project, for the audit report.
        require: What a run or a release has to state.
        privacy_budget: What all runs together may spend on each source; None for no bound.
        disclosure_minutes: How long a page shows what it withholds to whoever asked for it.
        parameters: Values of your own, for every task that does not say otherwise.
        continue_on_error: For every task, as the keys below: see `TaskValues`.
        parallel_processes: See `TaskValues`.
        use_vectorization: See `TaskValues`.
        use_encryption: See `TaskValues`.
        encryption_mode: See `TaskValues`.
        encryption_key_path: See `TaskValues`.
        encryption_key_id: See `TaskValues`.
        allow_external: See `TaskValues`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, serialize_by_alias=True
    )

    project: str = ""
    data_repository: str = "DATA"
    ledger: str | LedgerSettings | None = None
    seed: int | None = None
    allowed_external_paths: tuple[str, ...] = ()
    log_level: str = "INFO"
    execution_log: Literal["auto", "each_run", "on_demand"] = "auto"
    seals: Literal["each_run", "on_demand"] = "each_run"
    concurrent_runs: Literal["wait", "refuse"] = "wait"
    tasks: dict[str, str] = Field(default_factory=dict)
    datasets: dict[str, DatasetDeclaration] = Field(default_factory=dict)
    accountability: Accountability = Accountability()
    require: Required = Required()
    privacy_budget: PrivacyBudget | None = None
    disclosure_minutes: int = Field(default=15, ge=1, le=1440)
    parameters: dict[str, Any] = Field(default_factory=dict)
    continue_on_error: bool | None = None
    parallel_processes: int | None = Field(default=None, ge=1)
    use_vectorization: bool | None = None
    use_encryption: bool | None = None
    encryption_mode: Literal["none", "simple", "age"] | None = None
    encryption_key_path: str | None = None
    encryption_key_id: str | None = None
    allow_external: bool | None = None

    @property
    def ledger_settings(self) -> LedgerSettings:
        """How the ledger is kept, however that is stated."""
        if isinstance(self.ledger, LedgerSettings):
            return self.ledger
        return LedgerSettings(url=self.ledger)

    @field_validator("log_level")
    @classmethod
    def _know_level(cls, level: str) -> str:
        known = logging.getLevelNamesMapping()
        if level.upper() not in known:
            raise ValueError(f"there is no such level; there are {', '.join(known)}")
        return level.upper()


def load(root: Path) -> ProjectSettings:
    """Return the settings of the project in a folder; the defaults if it has no file.

    Raises:
        ConfigurationError: The file is unreadable or has mistakes; all are named.
        PathRefusedError: The data repository or a dataset lies outside the project and the folders
            it allows.
    """
    loaded, faults = read(root)
    if faults:
        raise ConfigurationError(
            f"configuration {str(project_file(root))!r}",
            problem="; ".join(faults),
            remedy="correct these keys; values of your own belong under 'parameters'",
        )
    roots = allowed_roots(root, loaded)
    paths.resolve(loaded.data_repository, *roots)
    if not loaded.allow_external:
        for declared in loaded.datasets.values():
            if declared.path is not None:
                paths.resolve(declared.path, *roots)
    return loaded


def read(root: Path) -> tuple[ProjectSettings, list[str]]:
    """Return the settings of the project in a folder, and its mistakes; see `load`.

    Returns:
        The settings without the keys that have a mistake, and one text for each mistake.

    Raises:
        ConfigurationError: The file is unreadable.
    """
    path = project_file(root)
    said = {} if path is None else dict(read_mapping(path))
    try:
        loaded = ProjectSettings.model_validate(said)
    except ValidationError as error:
        wrong = {fault["loc"][0] for fault in error.errors(include_url=False)}
        rest = {key: value for key, value in said.items() if key not in wrong}
        return ProjectSettings.model_validate(rest), mistakes.of_error(error, ProjectSettings)
    return loaded, _named_twice(root, loaded)


def allowed_roots(root: Path, stated: ProjectSettings) -> tuple[Path, ...]:
    """Return the folders that tasks may use, the project first."""
    return (root, *(root / folder for folder in stated.allowed_external_paths))


def project_file(root: Path) -> Path | None:
    """Return the project file in a folder's `configs`; None if there is none."""
    candidates = (root / CONFIG_FOLDER / name for name in PROJECT_FILES)
    return next((path for path in candidates if path.is_file()), None)


def is_project(folder: Path) -> bool:
    """Tell whether a folder is a project's: it has a project file or a history."""
    return project_file(folder) is not None or (folder / STATE_FOLDER).is_dir()


def find_root(start: Path | None = None) -> Path:
    """Return the project a folder belongs to.

    Args:
        start: Where to look from. When None, the project that LINEAGE_PROJECT names
            (`named_root`), or else the current folder is where to look from.

    Returns:
        The nearest folder upward with `configs/prj_config.json` (or .yaml) or `.lineage`,
        symlinks followed.

    Raises:
        ProjectNotFoundError: There is none, or where to look from does not exist.
    """
    named = os.environ.get(PROJECT_VARIABLE) if start is None else None
    if named:
        return named_root(Path(named))
    origin = (start or Path.cwd()).resolve()
    candidates = (origin, *origin.parents) if origin.exists() else ()
    found = next(filter(is_project, candidates), None)
    if found is None:
        raise ProjectNotFoundError(
            "project",
            found=f"none at or above {str(origin)!r}",
            expected="a folder with configs/prj_config.json",
            remedy="`lineage init DIR` makes one, --project or LINEAGE_PROJECT names one",
        )
    return found


def named_root(folder: Path) -> Path:
    """Return a folder that somebody says is a project, symlinks followed.

    A misspelt name must not lead to the project around it, so nothing else is looked at.

    Raises:
        ProjectNotFoundError: It does not exist, or is no project itself.
    """
    root = folder.resolve()
    if not is_project(root):
        raise ProjectNotFoundError(
            f"project {str(folder)!r}",
            found="no project" if root.is_dir() else "no such folder",
            expected="a folder with configs/prj_config.json",
            remedy="correct --project or LINEAGE_PROJECT; `lineage init DIR` makes a project",
        )
    return root


def find_root_or_here() -> Path:
    """Return where to record what belongs to no project yet.

    Returns:
        What `find_root` finds; where there is none, the folder that LINEAGE_PROJECT names, or
        the current one.

    Raises:
        ProjectNotFoundError: LINEAGE_PROJECT names a folder that is not there.
    """
    try:
        return find_root()
    except ProjectNotFoundError:
        named = os.environ.get(PROJECT_VARIABLE)
        if named and not Path(named).is_dir():
            raise
        return Path(named or Path.cwd())


def make_project(root: Path, datasets: Mapping[str, Any] | None = None) -> list[Path]:
    """Make a folder a project and return the files and folders that were missing.

    Args:
        root: The folder.
        datasets: What its project file declares, if it has none yet.

    Raises:
        ConfigurationError: The folder cannot be written.
        PathRefusedError: The folder cannot be a project's (`paths.check_root`), or its data is
            elsewhere and its project file does not allow that; nothing was written.
    """
    paths.check_root(root)
    allowed = allowed_roots(root, load(root))
    names = (CONFIG_FOLDER, "DATA/raw", "DATA/processed", "DATA/reports")
    folders = [root / name for name in names]
    for name in names:
        paths.resolve(name, *allowed)
    try:
        made = [folder for folder in folders if not folder.is_dir()]
        for folder in made:
            folder.mkdir(parents=True)
        if project_file(root) is None:
            path = root / CONFIG_FOLDER / PROJECT_FILES[0]
            said = ProjectSettings(project=root.name, datasets=dict(datasets or {}))
            plain = said.model_dump(
                mode="json", exclude_none=True, exclude={"accountability", "require"}
            )
            plain["datasets"] = to_plain(said.datasets)
            files.write_text(path, document_text(plain))
            made.append(path)
    except OSError as error:
        raise ConfigurationError(
            f"folder {str(root)!r}",
            found=error.strerror,
            expected="a folder that can be made and written",
            remedy="check its owner and permissions, or name another",
        ) from error
    return made


def check_target(path: Path, root: Path, data_folder: Path) -> Path:
    """Refuse a place that nothing may be written to by name, and return it, links followed.

    Args:
        path: The file or folder, absolute.
        root: The project.
        data_folder: The folder of its data.

    Raises:
        PathRefusedError: It is in the folder of a ledger with its keys and catalog, of this
            project or another, or among the raw data; also by another name of the same file.
    """
    real, real_root = Path(os.path.realpath(path)), Path(os.path.realpath(root))
    inner = real.relative_to(real_root) if real.is_relative_to(real_root) else real
    kept = {root / STATE_FOLDER: "the ledger", data_folder / RAW_FOLDER: "the raw data"}
    found = [what for folder, what in kept.items() if paths.holds(folder, real)]
    if STATE_FOLDER in (part.lower() for part in inner.parts):
        found.append("the ledger of a project")
    if found:
        raise no_target(path, found[0])
    return real


def no_target(path: Path, owner: str) -> PathRefusedError:
    """Return the error that nothing may be written to a path, since it belongs to something."""
    return PathRefusedError(
        f"target {str(path)!r}",
        problem=f"it belongs to {owner} and must not be overwritten",
        remedy="write to another place",
    )


def read_mapping(path: Path) -> Mapping[str, Any]:
    """Return the object that a JSON or YAML file holds.

    Raises:
        ConfigurationError: The file is unreadable, damaged, too large, or holds something else.
    """
    subject = f"configuration {str(path)!r}"
    content = _content(path, subject)
    if path.suffix == ".json":
        value: object = strict_json.parse(content, subject, fault=ConfigurationError)
    else:
        from lineage.kernel import strict_yaml  # noqa: PLC0415  # start-up time

        value = strict_yaml.parse(content, subject, fault=ConfigurationError)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigurationError(subject, found=type(value).__name__, expected="an object")
    return value


def mistakes_of(error: ValidationError) -> str:
    """Return all mistakes in one line; values are not shown."""
    return "; ".join(mistakes.of_error(error))


def _named_twice(root: Path, loaded: ProjectSettings) -> list[str]:
    """Return one text for each dataset whose file has another name already."""
    names: dict[str, str] = {}
    found = []
    for name, declared in loaded.datasets.items():
        if declared.path is not None:
            first = names.setdefault(os.path.realpath(root / declared.path), name)
            if first != name:
                found.append(f"datasets.{name}: the file of {first!r} again (declare it once)")
    return found


def _content(path: Path, subject: str) -> bytes:
    limit = _MAX_JSON_BYTES if path.suffix == ".json" else _MAX_YAML_BYTES
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ConfigurationError(
            subject,
            found=type(error).__name__,
            expected="a file that can be read",
            remedy="correct the file",
        ) from None
    if len(content) > limit:
        raise ConfigurationError(
            subject,
            problem=f"over {limit:,} bytes",
            remedy="keep data in a data file, and name its path",
        )
    return content

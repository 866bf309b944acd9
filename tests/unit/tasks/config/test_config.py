"""Where each value of a task's configuration comes from, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lineage.kernel import strict_yaml
from lineage.kernel.errors import (
    ConfigurationError,
    DependencyError,
    PathRefusedError,
    ProjectNotFoundError,
)
from lineage.kernel.secrets import keyring
from lineage.project import Project
from lineage.tasks import TaskReporter
from lineage.tasks.config.config import TaskConfig, find_project_root, load_task_config
from lineage.tasks.config.task_paths import find_previous_output, find_task_report
from lineage.tasks.config.text import convert

SECRET = "marker-7f3a9c-secret"  # noqa: S105  # a mark to look for


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "LINEAGE_PROJECT",
        "LINEAGE_LEDGER",
        "LINEAGE_ENCRYPTION_KEY",
        keyring.MASTER_VARIABLE,
        keyring.MASTER_FILE_VARIABLE,
        keyring.MASTER_ENTRY_VARIABLE,
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder, with an empty configuration."""
    folder = tmp_path / "project"
    (folder / "configs").mkdir(parents=True)
    say(folder, "prj_config", {})
    return folder


def say(root: Path, name: str, values: object) -> None:
    """Write a configuration file."""
    (root / "configs" / f"{name}.json").write_text(json.dumps(values))


def test_stronger_place_goes_before_weaker_ones(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behaviour 51: command line > task file > environment (task, global) > project > default."""
    places: list[tuple[str, Callable[[], object]]] = [
        ("environment LINEAGE_SEED", lambda: monkeypatch.setenv("LINEAGE_SEED", "3")),
        ("environment LINEAGE_T_1_SEED", lambda: monkeypatch.setenv("LINEAGE_T_1_SEED", "4")),
        ("configs/t_1.json", lambda: say(root, "t_1", {"seed": 5})),
    ]
    config = TaskConfig(root, "t_1", defaults={"seed": 1})
    assert (config.seed, config.origins["seed"]) == (1, "default")
    say(root, "prj_config", {"seed": 2})
    config = TaskConfig(root, "t_1", defaults={"seed": 1})
    assert (config.seed, config.origins["seed"]) == (2, "configs/prj_config.json")
    for expected, (origin, set_it) in enumerate(places, 3):
        set_it()
        config = TaskConfig(root, "t_1", defaults={"seed": 1})
        assert (config.seed, config.origins["seed"]) == (expected, origin)
    config = TaskConfig(root, "t_1", arguments={"seed": 6})
    assert (config.seed, config.origins["seed"]) == (6, "command line")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("0", 0),
        ("007", "007"),
        ("1.5", 1.5),
        ("2e3", 2000.0),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("none", None),
        ("null", None),
        ("no", "no"),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        ("[1, no, '2', 2.5, null]", [1, "no", "2", 2.5, None]),
        ('{"a": {"b": [true]}}', {"a": {"b": [True]}}),
        ("'12'", "12"),
        ("a: b # c", "a: b # c"),
        ("", ""),
    ],
)
def test_text_of_an_own_parameter_becomes_what_it_looks_like(
    root: Path, monkeypatch: pytest.MonkeyPatch, text: str, value: object
) -> None:
    """Behaviour 51: "1" is the integer 1; true, false, none, lists and floats convert."""
    monkeypatch.setenv("LINEAGE_T_1_LIMIT", text)
    found = TaskConfig(root, "t_1").require("limit")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("parallel_processes", "1", 1),
        ("continue_on_error", "yes", True),
        ("continue_on_error", "0", False),
        ("seed", "none", None),
        ("description", "12", "12"),
        ("description", "true", "true"),
        ("dependencies", "t_2, t_3", ("t_2", "t_3")),
        ("dependencies", "[t_2, '007', 007]", ("t_2", "007", "007")),
        ("input_datasets", "{people: 2024}", {"people": "2024"}),
        ("read_options", "{people: {infer_types: false}}", {"people": {"infer_types": False}}),
    ],
)
def test_text_of_a_known_key_gets_the_type_of_the_key(
    root: Path, monkeypatch: pytest.MonkeyPatch, key: str, text: str, value: object
) -> None:
    """Behaviour 51: a text field stays text, though it looks like a number."""
    monkeypatch.setenv(f"LINEAGE_T_1_{key.upper()}", text)
    assert TaskConfig(root, "t_1").require(key) == value


@example_settings(deadline=None)  # the disk of a busy machine
@given(st.one_of(st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False)))
def test_scalar_written_as_json_is_read_back(value: object) -> None:
    """Every number, boolean and null comes back from its JSON text."""
    text = json.dumps(value)
    if "Infinity" not in text:
        assert convert("limit", text) == value


@example_settings(deadline=None)  # the disk of a busy machine
@given(st.text())
def test_secret_text_is_never_converted(text: str) -> None:
    """A password of digits, or "none", stays what it is."""
    assert convert("db_password", text) == text


def test_variable_belongs_to_the_task_with_the_longer_id(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LINEAGE_T_1_CLEAN_K sets k of t_1_clean, and nothing of t_1."""
    say(root, "t_1_clean", {})
    monkeypatch.setenv("LINEAGE_T_1_CLEAN_K", "5")
    assert TaskConfig(root, "t_1_clean").require("k") == 5
    assert TaskConfig(root, "t_1").get("clean_k") is None


def test_variables_of_the_product_are_no_parameters(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task called "master" does not get the master key as its parameter."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", SECRET)
    monkeypatch.setenv("LINEAGE_T_1_ENCRYPTION_KEY", SECRET)
    for task_id in ("master", "encryption", "t_1"):
        assert SECRET not in repr(vars(TaskConfig(root, task_id)))


def test_yaml_file_is_read_like_json(root: Path) -> None:
    """Both formats of the task framework's documentation give the same configuration."""
    values = {
        "task_id": "t_custom_analysis",
        "task_type": "analysis",
        "description": "Custom analysis task for customer data",
        "dependencies": ["t_data_ingest"],
        "continue_on_error": True,
        "use_encryption": False,
        "use_vectorization": True,
        "parallel_processes": 4,
        "scope": {
            "fields": ["customer_id", "age", "gender", "zipcode", "income"],
            "datasets": ["customers", "transactions"],
        },
        "custom_parameter": "custom value",
    }
    say(root, "t_custom_analysis", values)
    from_json = TaskConfig(root, "t_custom_analysis")
    (root / "configs/t_custom_analysis.json").unlink()
    (root / "configs/t_custom_analysis.yaml").write_text(yaml.safe_dump(values))
    from_yaml = TaskConfig(root, "t_custom_analysis")
    assert from_json.to_dict() == from_yaml.to_dict()
    assert from_json.scope.fields[0] == "customer_id"
    assert from_json.custom_parameter == "custom value"


WORDS = [
    *("NO", "yes", "off", "y", "01234", "-007", "0o17", "0x1F", "017", "0b11", "1_000", "12:30"),
    *("190:20:30", "2024-13-45", "2024-01-01", "2024-01-01T00:00:00Z", ".inf", "-.INF", ".nan"),
    *("None", "<<", "=", "1e5", "12E3", ".5", "5.", "+12", "-0", "10.50", "1.2.3", "~", "null"),
    *("NULL", "true", "True", "FALSE", "tRUE", "nan", "1e", "0", "00.5", "9" * 30),
]


@pytest.mark.parametrize("word", [word for word in WORDS if word != "None"])
def test_word_means_the_same_in_a_file_and_on_the_command_line(root: Path, word: str) -> None:
    """There is one reading of values: alone, in a list, in a file and given as text."""
    (root / "configs/t_1.yaml").write_text(f"k: {word}\nmany: [{word}]\n")
    config = TaskConfig(root, "t_1")

    found = [config.require("k"), *config.require("many")]
    found += [convert("k", word), *convert("many", f"[{word}]")]  # type: ignore[misc]  # a list
    assert [(type(value), value) for value in found] == [(type(found[0]), found[0])] * 4


def test_words_that_other_readers_change_stay_texts_in_a_file(root: Path) -> None:
    """No country, code, time or date in a file becomes something else."""
    texts = WORDS[: WORDS.index("1e5")]
    (root / "configs/t_1.yaml").write_text("".join(f"k{i}: {t}\n" for i, t in enumerate(texts)))
    config = TaskConfig(root, "t_1")

    assert [config.require(f"k{i}") for i in range(len(texts))] == texts


@given(st.one_of(st.text(), st.sampled_from(WORDS), st.floats(allow_nan=False)))
def test_text_in_a_saved_file_is_read_back_by_every_yaml(value: str | float) -> None:
    """What is written as YAML means the same to YAML 1.1, 1.2 and us."""
    if value in {float("inf"), float("-inf")}:
        return
    written = strict_yaml.dump({"k": value})
    assert strict_yaml.parse(written, "x", fault=ConfigurationError) == {"k": value}
    assert yaml.safe_load(written) == {"k": value}


@pytest.mark.parametrize("name", ["t_1.json", "t_1.yaml"])
def test_key_that_occurs_twice_is_named_with_file_and_line(root: Path, name: str) -> None:
    """None of two values of one key is taken, at any depth."""
    (root / "configs" / name).write_text('{"a": [{"b": 1,\n"k": 1,\n"k": 1}]}')
    with pytest.raises(ConfigurationError, match=rf"{name}', line 3, column 1.*'k' occurs twice"):
        TaskConfig(root, "t_1")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("allowed_external_paths", "/data"),
        ("dependencies", "t_a"),
        ("scope", {"fields": "age"}),
        ("scope", {"datasets": "people"}),
        ("scope", "age"),
        ("input_datasets", "people.csv"),
        ("read_options", {"people": "utf-8"}),
    ],
)
@pytest.mark.parametrize("place", ["file", "argument", "default"])
def test_text_in_the_place_of_a_list_is_refused(
    root: Path, key: str, value: object, place: str
) -> None:
    """A text is never taken for the list of its letters, wherever it is said."""
    say(root, "t_1", {key: value} if place == "file" else {})
    said = {f"{place}s": {key: value}} if place != "file" else {}
    with pytest.raises(ConfigurationError, match=key):
        TaskConfig(root, "t_1", **said)


def test_parameter_may_be_called_like_a_method_of_the_model(root: Path) -> None:
    """Names such as "schema", "copy" and "json" are free for tasks."""
    say(root, "t_1", {"schema": {"a": "text"}, "copy": 1, "json": "x", "model_dump": 2})
    config = TaskConfig(root, "t_1")
    assert (config.schema, config.copy, config.json) == ({"a": "text"}, 1, "x")
    assert config.require("model_dump") == 2


def test_missing_key_is_told_by_get_require_and_attribute(root: Path) -> None:
    """`get` has a default, `require` an error with the file to change."""
    config = TaskConfig(root, "t_1")
    assert config.get("k", 7) == 7
    with pytest.raises(ConfigurationError, match=r"'k'.*configs/t_1\.json"):
        config.require("k")
    with pytest.raises(AttributeError, match="no key 'k'"):
        _ = config.k


def test_edited_project_file_changes_the_next_run(root: Path) -> None:
    """Behaviour 54: the project file is read anew for each run, in one process and project."""
    with Project(root) as project:
        say(root, "prj_config", {"seed": 1})
        assert TaskConfig(project, "t_1").seed == 1
        say(root, "prj_config", {"seed": 2, "data_repository": "OTHER"})
        config = TaskConfig(project, "t_1")
    assert config.seed == 2
    assert config.get_data_repository() == root / "OTHER"


def refused(root: Path, **arguments: object) -> str:
    """Return the message with which a configuration is refused."""
    with pytest.raises(ConfigurationError, match="configuration") as caught:
        TaskConfig(root, "t_1", arguments=arguments)
    return str(caught.value)


def test_all_mistakes_are_told_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Types, names, contradictions and unreadable variables of all places are in one message."""
    say(root, "prj_config", {"use_encrypton": True})
    say(
        root,
        "t_1",
        {
            "task_id": "t_2",
            "continue_on_eror": True,
            "parallel_processes": "zero",
            "scope": {"fieldz": []},
            "dependencies": ["../t_3"],
            "encryption_mode": "rot13",
            "read_options": {"people": {"sep": ";"}},
        },
    )
    monkeypatch.setenv("LINEAGE_T_1_LIMIT", "[1,")
    monkeypatch.setenv("LINEAGE_SEED", "x")
    message = refused(root, description=5)
    for part in (
        "configs/prj_config.json: use_encrypton: unknown key (did you mean 'use_encryption'?)",
        "configs/t_1.json: 'continue_on_eror' looks like 'continue_on_error'",
        "configs/t_1.json: parallel_processes: ",
        "configs/t_1.json: scope.fieldz: ",
        "configs/t_1.json: encryption_mode: Input should be 'none', 'simple' or 'age'",
        "no option ['sep']",
        "task_id 't_2', not 't_1'",
        "'../t_3'",
        "LINEAGE_T_1_LIMIT: no list that can be read",
        "environment LINEAGE_SEED: seed: ",
        "command line: description: ",
    ):
        assert part in message


def test_wrong_type_of_the_id_is_told(root: Path) -> None:
    """A task id that is not a string is a mistake like any other."""
    say(root, "t_1", {"task_id": 5})
    assert "configs/t_1.json: task_id: " in refused(root)


def test_yaml_key_that_is_no_text_is_told(root: Path) -> None:
    """YAML has keys of other types; the message says what to do."""
    (root / "configs/t_1.yaml").write_text("true: 1\n")
    assert "key True is not a string; quote it" in refused(root)


@pytest.mark.parametrize(
    "name", ["k", "seeds", "custom_parameter", "quasi_identifiers", "schema", "fields"]
)
def test_own_parameter_is_no_misspelling(root: Path, name: str) -> None:
    """Names of their own are left to tasks."""
    assert TaskConfig(root, "t_1", arguments={name: 1}).require(name) == 1


def test_two_files_of_one_task_are_refused(root: Path) -> None:
    """Which of two files counts is not guessed."""
    say(root, "t_1", {})
    (root / "configs/t_1.yaml").write_text("{}")
    with pytest.raises(ConfigurationError, match="expected one file"):
        TaskConfig(root, "t_1")


@pytest.mark.parametrize("content", ["{", "[]", "\xff"])
def test_damaged_file_is_named(root: Path, content: str) -> None:
    """A file that cannot be read is an error with its path."""
    (root / "configs/t_1.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"t_1\.json"):
        TaskConfig(root, "t_1")


@pytest.mark.parametrize("task_id", ["../t", "a/b", "", "~"])
def test_task_id_that_is_no_folder_name_is_refused(root: Path, task_id: str) -> None:
    """A path-like id never becomes a path."""
    with pytest.raises(PathRefusedError, match="task id"):
        TaskConfig(root, task_id)


def test_encryption_without_key_is_named(root: Path) -> None:
    """Behaviour 52: validation names encryption without key."""
    assert "use_encryption without a key that can be used" in refused(root, use_encryption=True)


def test_encryption_with_a_key_is_no_fault(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behaviour 67: with a key the task may run; the key is nowhere in its configuration."""
    monkeypatch.setenv("LINEAGE_ENCRYPTION_KEY", SECRET)
    config = TaskConfig(root, "t_one", arguments={"use_encryption": True})
    assert config.use_encryption
    assert SECRET not in repr(config)


def test_encryption_in_the_project_file_holds_for_every_task(root: Path) -> None:
    """The wish is not passed over because it stands in another file."""
    say(root, "prj_config", {"use_encryption": True})
    assert "use_encryption without a key" in refused(root)


def test_mode_without_the_wish_to_encrypt_is_refused(root: Path) -> None:
    """A mode alone may not mean plaintext; an outspoken false may."""
    say(root, "t_1", {"encryption_mode": "simple"})
    assert "asks for encryption" in refused(root)
    say(root, "t_1", {"encryption_mode": "simple", "use_encryption": False})
    assert TaskConfig(root, "t_1").use_encryption is False


def test_mode_none_contradicts_the_wish_to_encrypt(root: Path) -> None:
    """Encryption in mode none is not taken for plaintext."""
    assert "contradict" in refused(root, use_encryption=True, encryption_mode="none")


@pytest.mark.parametrize("place", ["file", "command line"])
def test_key_in_a_file_or_argument_is_refused(root: Path, place: str) -> None:
    """A key does not belong where it is saved or shown by other programs."""
    if place == "file":
        say(root, "t_1", {"encryption_key": SECRET})
    message = refused(root, **({} if place == "file" else {"encryption_key": SECRET}))
    assert "'encryption_key' is no place for a key" in message
    assert SECRET not in message


def test_configuration_shows_no_secret(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behaviour 52: a printed configuration shows no secret, at any depth."""
    say(root, "t_1", {"db": {"password": SECRET, "user": "me"}, "urls": [f"db://me:{SECRET}@h/x"]})
    monkeypatch.setenv("LINEAGE_T_1_API_KEY", SECRET)
    config = TaskConfig(root, "t_1", defaults={"salt": SECRET}, arguments={"access_token": SECRET})
    shown = (
        f"{config!r} {config} {config.values!r} {config.values} {config.entries()} "
        f"{config.to_dict()} {config.to_event().to_payload()!r}"
    )
    assert SECRET not in shown
    assert config.db["password"] == config.api_key == config.salt == SECRET


def test_error_shows_no_secret_also_with_its_trace(root: Path) -> None:
    """The exception and what led to it do not quote the values they are about."""
    with pytest.raises(ConfigurationError, match="parallel_processes") as caught:
        TaskConfig(root, "t_1", arguments={"parallel_processes": SECRET, "password": SECRET})
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__


def test_saved_configuration_holds_no_secret_and_loads_again(root: Path) -> None:
    """Behaviour 52: secrets are left out of a saved file; the rest comes back."""
    config = TaskConfig(
        root,
        "t_1",
        arguments={"k": 5, "db": {"password": SECRET, "user": "me"}, "api_key": SECRET},
    )
    path = config.save()
    assert path == root / "configs/t_1.json"
    assert SECRET not in path.read_text()
    again = TaskConfig(root, "t_1")
    assert (again.k, again.db, again.get("api_key")) == (5, {"user": "me"}, None)


@pytest.mark.parametrize("name", ["saved.json", "saved.yaml", "saved.yml"])
def test_saved_file_has_the_format_of_its_suffix(root: Path, name: str) -> None:
    """JSON and YAML hold the same values, and text that looks like a number stays text."""
    arguments: dict[str, Any] = {"code": "007", "limits": [1, 2.5], "seed": 4, "scope": {}}
    path = TaskConfig(root, "t_1", arguments=arguments).save(f"configs/{name}")
    load = json.loads if name.endswith("json") else yaml.safe_load
    read = load(path.read_text())
    assert read["code"] == "007"
    assert (read["task_id"], read["limits"], read["seed"]) == ("t_1", [1, 2.5], 4)


def test_saving_over_a_yaml_file_keeps_it_the_only_one(root: Path) -> None:
    """A task that has a YAML file gets no JSON file beside it."""
    (root / "configs/t_1.yaml").write_text("k: 1\n")
    assert TaskConfig(root, "t_1", arguments={"k": 2}).save().name == "t_1.yaml"
    assert TaskConfig(root, "t_1").k == 2


@pytest.mark.parametrize(
    ("path", "error"), [("../out.json", PathRefusedError), ("x.ini", ConfigurationError)]
)
def test_saving_elsewhere_or_otherwise_is_refused(
    root: Path, path: str, error: type[Exception]
) -> None:
    """A configuration is saved inside the project, in a format it can be read from."""
    with pytest.raises(error, match=r"out\.json|suffix"):
        TaskConfig(root, "t_1").save(path)


def test_placeholder_of_a_secret_is_refused(root: Path) -> None:
    """A printed "***" that found its way into a file is not taken for the secret."""
    say(root, "t_1", {"db": {"password": "***"}})
    assert "'db.password' is only a placeholder" in refused(root)


@example_settings(deadline=None)  # the disk of a busy machine
@given(
    values=st.dictionaries(
        st.text("abcxyz", min_size=1, max_size=6),
        st.one_of(st.integers(), st.booleans(), st.text(max_size=5), st.lists(st.integers())),
        max_size=4,
    )
)
def test_saved_parameters_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    """Saving and loading is the identity on parameters, in both formats."""
    folder = tmp_path_factory.mktemp("saved")
    (folder / "configs").mkdir()
    for suffix in (".json", ".yaml"):
        path = TaskConfig(folder, "t_1", arguments=values).save(f"configs/t_1{suffix}")
        loaded = TaskConfig(folder, "t_1")
        assert {key: loaded.require(key) for key in values} == values
        path.unlink()


def test_paths_follow_the_layout(root: Path) -> None:
    """Every folder of the documented layout has its function."""
    config = TaskConfig(root, "t_1")
    data = root / "DATA"
    assert config.get_project_root() == root
    assert config.get_data_repository() == data
    assert config.get_reports_dir() == data / "reports"
    assert config.get_report_path() == data / "reports/t_1_report.json"
    assert config.get_task_dir() == data / "processed/t_1"
    assert config.get_task_output_dir("t_2") == data / "processed/t_2/output"
    assert config.get_task_input_dir() == data / "processed/t_1/input"
    with pytest.raises(PathRefusedError, match="task id"):
        config.get_task_dir("../t_2")


def test_output_of_a_dependency_is_folder_or_files(root: Path) -> None:
    """A pattern gives the matching files in order, without half-written and foreign ones."""
    output = root / "DATA/processed/t_2/output"
    (output / "people").mkdir(parents=True)
    for name in ("b.csv", "a.csv", "c.json", ".d.csv.0123456789ab.part", "people/p0.csv"):
        (output / name).touch()
    (root.parent / "foreign.csv").touch()
    (output / "link.csv").symlink_to(root.parent / "foreign.csv")
    config = TaskConfig(root, "t_1")
    assert config.get_dependency_output("t_2") == output
    assert config.get_dependency_output("t_2", "*.csv") == [output / "a.csv", output / "b.csv"]
    assert config.get_dependency_output("t_2", "people/*") == [output / "people/p0.csv"]
    assert config.get_dependency_output("t_2", "*.xml") == []


def test_output_and_report_of_a_task_are_found_without_its_configuration(root: Path) -> None:
    """What a task left is found by its id; nothing gives nothing."""
    output = root / "DATA/processed/t_2/output"
    (output / "folder").mkdir(parents=True)
    (output / "a.csv").touch()
    assert find_previous_output("t_2", root) == [output / "a.csv"]
    assert find_previous_output("t_2", root, "*.json") == find_previous_output("t_9", root) == []
    assert find_task_report("t_2", root) is None
    (root / "DATA/reports").mkdir()
    (root / "DATA/reports/t_2_report.json").touch()
    assert find_task_report("t_2", root) == root / "DATA/reports/t_2_report.json"
    with pytest.raises(PathRefusedError, match="task id"):
        find_task_report("../t_2", root)


def test_missing_output_of_a_dependency_is_an_error(root: Path) -> None:
    """A task that never wrote is named; under `continue_on_error` the answer is empty."""
    with pytest.raises(DependencyError, match=r"'t_2'.*lineage run t_2"):
        TaskConfig(root, "t_1").get_dependency_output("t_2")
    relaxed = TaskConfig(root, "t_1", arguments={"continue_on_error": True})
    assert relaxed.get_dependency_output("t_2", "*") == []
    assert relaxed.get_dependency_output("t_2") == root / "DATA/processed/t_2/output"


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "a/../../*", "~/*", "..\\*"])
def test_pattern_that_climbs_is_refused(root: Path, pattern: str) -> None:
    """A pattern finds nothing outside the output folder."""
    with pytest.raises(PathRefusedError, match=r"pattern|path"):
        TaskConfig(root, "t_1").get_dependency_output("t_2", pattern)


@pytest.mark.parametrize("dependency", ["../t_2", "/etc", "a/b"])
def test_dependency_like_a_path_is_refused(root: Path, dependency: str) -> None:
    """A dependency is a task id."""
    with pytest.raises(PathRefusedError, match="task id"):
        TaskConfig(root, "t_1").get_dependency_output(dependency)


def test_path_outside_needs_leave(root: Path, tmp_path: Path) -> None:
    """`allowed_external_paths` opens one folder, `allow_external` all but the system's."""
    outside = tmp_path / "shared/x.csv"
    with pytest.raises(PathRefusedError, match="allowed_external_paths"):
        TaskConfig(root, "t_1").safe_path(outside)
    say(root, "prj_config", {"allowed_external_paths": ["../shared"]})
    assert TaskConfig(root, "t_1").safe_path(outside) == outside
    say(root, "prj_config", {"allow_external": True})
    anywhere = TaskConfig(root, "t_1")
    assert anywhere.safe_path(outside) == outside
    assert anywhere.safe_path("DATA/raw/a; b.csv") == root / "DATA/raw/a; b.csv"
    with pytest.raises(PathRefusedError, match="operating system"):
        anywhere.safe_path("/etc/passwd")


def run_of(project: Project, task_id: str, *, success: bool) -> None:
    """Record a run of a task."""
    report = project.root / f"DATA/reports/{task_id}_report.json"
    reporter = TaskReporter(task_id, "test", "", report)
    reporter.add_task_summary(success)
    reporter.close()


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    """The project, opened."""
    with Project(root) as opened:
        yield opened


def test_completed_dependencies_are_true(project: Project) -> None:
    """Every latest run succeeded, whatever happened before."""
    run_of(project, "t_2", success=False)
    run_of(project, "t_2", success=True)
    config = TaskConfig(project, "t_1", arguments={"dependencies": ["t_2"]})
    assert config.assert_dependencies_completed() is True
    assert TaskConfig(project.root, "t_1").assert_dependencies_completed() is True


def test_unmet_dependencies_are_all_named(project: Project) -> None:
    """Failed and missing runs are an error, never False."""
    run_of(project, "t_2", success=True)
    run_of(project, "t_3", success=False)
    dependencies = {"dependencies": ["t_2", "t_3", "t_4"]}
    for place in (project, project.root):
        config = TaskConfig(place, "t_1", arguments=dependencies)
        with pytest.raises(DependencyError, match=r"t_3' .* is failed; task 't_4' has never run"):
            config.assert_dependencies_completed()


def test_configuration_is_loaded_without_a_task(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`load_task_config` finds the project around the current folder."""
    say(root, "t_1", {"k": 3})
    monkeypatch.chdir(root / "configs")
    config = load_task_config("t_1", "analysis", {"seed": 2}, {"k": 1, "m": 4})
    assert (config.task_type, config.k, config.m, config.seed) == ("analysis", 3, 4, 2)
    assert config.get_project_root() == root
    assert not (root / ".lineage").exists()


def test_project_root_is_found_by_variable_marker_and_configs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behaviour 53: by variable, marker, configs folder, in that order, from any subfolder."""
    marked, other = tmp_path / "marked", tmp_path / "other"
    for folder in (root / "a/b", marked / ".lineage", marked / "a/b", other / ".lineage"):
        folder.mkdir(parents=True)
    monkeypatch.chdir(root / "a/b")
    assert find_project_root() == root
    monkeypatch.chdir(marked / "a/b")
    assert find_project_root() == marked
    assert find_project_root(root / "a") == root
    monkeypatch.setenv("LINEAGE_PROJECT", str(other))
    assert find_project_root() == other


def test_folder_without_project_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no project the message says how to make one."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectNotFoundError, match="lineage init"):
        load_task_config("t_1")

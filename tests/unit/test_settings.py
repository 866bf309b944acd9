"""What a project says about itself, and where it lies."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from small_tasks import make_project

from lineage import settings
from lineage.kernel.errors import (
    ConfigurationError,
    PathRefusedError,
    ProjectionError,
    ProjectNotFoundError,
)
from lineage.settings import ProjectSettings


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests names no project."""
    monkeypatch.delenv("LINEAGE_PROJECT", raising=False)


def write(root: Path, text: str | bytes, name: str = "prj_config.json") -> Path:
    """Write the project file of a folder, and return the folder."""
    path = root / "configs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


# the file


def test_folder_without_file_has_the_defaults(tmp_path: Path) -> None:
    """Every setting has a default."""
    assert settings.load(tmp_path) == ProjectSettings()
    assert settings.project_file(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prj_config.json", '{"project": "census", "seed": 7, "tasks": {"a": "m:C"}}'),
        ("prj_config.yaml", "project: census\nseed: 7\ntasks: {a: 'm:C'}\n"),
        ("prj_config.yml", "project: census\nseed: 7\ntasks:\n  a: m:C\n"),
    ],
)
def test_json_and_yaml_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    """The project file may be JSON or YAML."""
    found = settings.load(write(tmp_path, text, name))

    assert (found.project, found.seed, found.tasks) == ("census", 7, {"a": "m:C"})


def test_json_is_preferred_to_yaml(tmp_path: Path) -> None:
    """Where there are two files the JSON one counts."""
    write(tmp_path, "project: yaml", "prj_config.yaml")
    write(tmp_path, '{"project": "json"}')

    assert settings.load(tmp_path).project == "json"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"sede": 5}', r"sede: unknown key \(did you mean 'seed'\?\)"),
        ('{"Log-Level": 5}', r"Log-Level: unknown key \(did you mean 'log_level'\?\)"),
        ('{"qqqqqq": 5}', "qqqqqq: unknown key; correct .*'parameters'"),
        ('{"k": 5, "seed": "x", "tsks": {}}', r"seed: .*k: unknown key; tsks: unknown key \(did"),
        (
            '{"datasets": {"a": {"pth": "x"}}}',
            r"datasets.a.pth: unknown key \(did you mean 'path'\?\)",
        ),
        (
            '{"datasets": {"a": {"columns": {"b": {"klass": "x"}}}}}',
            r"b.klass: unknown key \(.*'class'",
        ),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_known_one(
    tmp_path: Path, text: str, told: str
) -> None:
    """A key that nothing reads is a mistake at any depth, told with all others at once."""
    with pytest.raises(ConfigurationError, match=told):
        settings.load(write(tmp_path, text))


def test_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """YAML has keys of other types."""
    with pytest.raises(ConfigurationError, match="1: "):
        settings.load(write(tmp_path, "1: x", "prj_config.yaml"))


def test_dataset_outside_the_project_is_refused_until_its_folder_is_allowed(
    tmp_path: Path,
) -> None:
    """A declared file is where tasks may read."""
    said: dict[str, object] = {"datasets": {"people": {"path": "../elsewhere/people.csv"}}}
    root = write(tmp_path / "project", json.dumps(said))
    with pytest.raises(PathRefusedError, match=r"people\.csv"):
        settings.load(root)

    for allowed in ({"allowed_external_paths": ["../elsewhere"]}, {"allow_external": True}):
        write(root, json.dumps({**said, **allowed}))
        assert settings.load(root).datasets["people"].path == "../elsewhere/people.csv"


@pytest.mark.parametrize("again", ["DATA/a.csv", "./DATA/a.csv", "DATA/../DATA/a.csv"])
def test_file_that_is_declared_twice_is_refused(tmp_path: Path, again: str) -> None:
    """One file is one dataset, however its path is written."""
    said = {"datasets": {"one": {"path": "DATA/a.csv"}, "two": {"path": again}}}
    with pytest.raises(ConfigurationError, match=r"datasets\.two: the file of 'one' again"):
        settings.load(write(tmp_path, json.dumps(said)))


def test_own_values_are_kept_under_parameters(tmp_path: Path) -> None:
    """Below `parameters` any key is allowed."""
    found = settings.load(write(tmp_path, '{"parameters": {"k": 5}}'))

    assert found.parameters == {"k": 5}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufeff"])
def test_empty_yaml_is_an_empty_object(tmp_path: Path, text: str) -> None:
    """A YAML file without a value has the defaults."""
    assert settings.load(write(tmp_path, text, "prj_config.yaml")) == ProjectSettings()


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        pytest.param("prj_config.json", '{\n  "seed" 7\n}', "line 2, column 10", id="JSON"),
        pytest.param("prj_config.json", "", "line 1, column 1", id="empty JSON"),
        pytest.param("prj_config.yaml", "seed: 7\n b: [", "line 2", id="YAML"),
        pytest.param("prj_config.yaml", "a: !!python/name:os.system", "line 1", id="YAML tag"),
        pytest.param("prj_config.json", b'{"project": "\xff"}', "not UTF-8", id="bytes"),
        pytest.param("prj_config.json", '{"a": {"k": 1, "k": 2}}', "'k' occurs twice", id="twice"),
        pytest.param("prj_config.yaml", "a: {k: 1, k: 2}", "'k' occurs twice", id="YAML twice"),
        pytest.param("prj_config.json", "[" * 9_999, "200 levels", id="deep JSON"),
        pytest.param("prj_config.yaml", "a: " + "[" * 9_999, "200 levels", id="deep YAML"),
        pytest.param("prj_config.json", f'{{"k": {"9" * 5000}}}', "4,300 digits", id="digits"),
        pytest.param("prj_config.yaml", f"k: {'9' * 5000}", "'k'.*4,300 digits", id="YAML digits"),
        pytest.param("prj_config.yaml", "a: 1\n---\nb: 2", "second document", id="two"),
        pytest.param("prj_config.yaml", "a: 1".encode("utf-16"), "UTF-16", id="UTF-16"),
        pytest.param("prj_config.json", "{}".encode("utf-16-le"), "UTF-16", id="UTF-16 JSON"),
        pytest.param("prj_config.yaml", "#" * 500_001, "over 500,000 bytes", id="large YAML"),
        pytest.param("prj_config.json", " " * 10_000_001, "10,000,000 bytes", id="large JSON"),
        pytest.param("prj_config.json", "[1, 2]", "'list', expected an object", id="list"),
        pytest.param("prj_config.yaml", "only text", "'str', expected an object", id="text"),
    ],
)
def test_damaged_file_is_told_with_the_place(
    tmp_path: Path, name: str, text: str | bytes, fault: str
) -> None:
    """A file that cannot be read is named with what is wrong in it."""
    with pytest.raises(ConfigurationError, match=fault) as caught:
        settings.load(write(tmp_path, text, name))
    assert name in str(caught.value)


def test_folder_in_the_place_of_a_mapping_is_told(tmp_path: Path) -> None:
    """A file that cannot be opened is a configuration error."""
    with pytest.raises(ConfigurationError, match="IsADirectoryError"):
        settings.read_mapping(tmp_path)


def test_mistakes_are_all_named_without_their_values(tmp_path: Path) -> None:
    """Wrong keys are told at once; what stood there is not repeated, it may be a secret."""
    text = json.dumps({"seed": "hush", "tasks": ["hush"], "execution_log": "hush"})

    with pytest.raises(ConfigurationError, match=r"seed: .*execution_log: .*tasks: ") as caught:
        settings.load(write(tmp_path, text))
    assert "hush" not in str(caught.value)


def test_level_of_the_log_is_checked_when_it_is_read(tmp_path: Path) -> None:
    """A level that does not exist is told with those there are, before any task runs."""
    with pytest.raises(ConfigurationError, match=r"log_level: .*WARNING"):
        settings.load(write(tmp_path, '{"log_level": "LOUD"}'))

    assert settings.load(write(tmp_path, '{"log_level": "debug"}')).log_level == "DEBUG"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    """What was loaded stays what the file said."""
    with pytest.raises(ValueError, match="frozen"):
        settings.load(tmp_path).seed = 1  # type: ignore[misc]  # that is the point


# the place


def test_root_is_found_from_a_subfolder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behaviour 53: from any folder below, the project's folder is found."""
    root = write(tmp_path / "project", "{}")
    deep = root / "DATA/raw"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)

    assert settings.find_root() == root
    assert settings.find_root(deep) == root


def test_nearest_project_is_found(tmp_path: Path) -> None:
    """A project inside a project is a project of its own."""
    write(tmp_path, "{}")
    inner = write(tmp_path / "inner", "{}")

    assert settings.find_root(inner / "configs") == inner


def test_folder_with_a_ledger_is_a_project(tmp_path: Path) -> None:
    """A folder that has a history needs no project file."""
    (tmp_path / ".lineage").mkdir()
    (tmp_path / "deep").mkdir()

    assert settings.find_root(tmp_path / "deep") == tmp_path


def test_variable_names_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behaviour 53: LINEAGE_PROJECT is followed wherever one stands."""
    root = write(tmp_path / "project", "{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINEAGE_PROJECT", "project")

    assert settings.find_root() == root
    assert settings.find_root_or_here() == root


@pytest.mark.parametrize(
    ("name", "found"), [("project/DATA", "no project"), ("project/mispelt", "no such folder")]
)
def test_named_folder_that_is_no_project_does_not_lead_to_the_one_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, found: str
) -> None:
    """A misspelt name is an error, though there is a project above it and where one stands."""
    root = write(tmp_path / "project", "{}")
    (root / "DATA").mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("LINEAGE_PROJECT", str(tmp_path / name))

    with pytest.raises(ProjectNotFoundError, match=f"{name}': found '{found}'"):
        settings.find_root()
    with pytest.raises(ProjectNotFoundError, match=found):
        settings.named_root(tmp_path / name)


def test_folder_that_does_not_exist_has_no_project_above(tmp_path: Path) -> None:
    """Looking upward begins where something is; a file is as good as its folder."""
    root = write(tmp_path / "project", "{}")

    assert settings.find_root(root / "configs/prj_config.json") == root
    with pytest.raises(ProjectNotFoundError, match="none at or above"):
        settings.find_root(root / "misspelt")


def test_what_belongs_to_no_project_is_recorded_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is named and there becomes the project, one that is missing never."""
    named = tmp_path / "named"
    named.mkdir()
    monkeypatch.chdir(tmp_path)

    assert settings.find_root_or_here() == tmp_path
    monkeypatch.setenv("LINEAGE_PROJECT", str(named))
    assert settings.find_root_or_here() == named
    monkeypatch.setenv("LINEAGE_PROJECT", str(tmp_path / "misspelt"))
    with pytest.raises(ProjectNotFoundError, match="misspelt"):
        settings.find_root_or_here()


def test_given_folder_counts_more_than_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder on the command line overrules LINEAGE_PROJECT."""
    root = write(tmp_path / "project", "{}")
    monkeypatch.setenv("LINEAGE_PROJECT", str(write(tmp_path / "other", "{}")))

    assert settings.find_root(root) == root


def test_link_to_a_project_is_followed(tmp_path: Path) -> None:
    """Through a symlink the real folder is found, so that one project has one name."""
    root = write(tmp_path / "project", "{}")
    link = tmp_path / "link"
    link.symlink_to(root)

    assert settings.find_root(link / "configs") == root


def test_no_project_names_the_remedies(tmp_path: Path) -> None:
    """Outside of any project the error says how to make or name one."""
    with pytest.raises(ProjectNotFoundError, match=r"lineage init.*LINEAGE_PROJECT"):
        settings.find_root(tmp_path)


# making one


def test_new_project_has_folders_and_a_file_with_the_defaults(tmp_path: Path) -> None:
    """A new project loads to the defaults, with its folder's name."""
    made = settings.make_project(tmp_path / "census")

    assert [path.relative_to(tmp_path / "census").as_posix() for path in made] == [
        "configs",
        "DATA/raw",
        "DATA/processed",
        "DATA/reports",
        "configs/prj_config.json",
    ]
    assert settings.load(tmp_path / "census") == ProjectSettings(project="census")


def test_making_a_project_again_changes_nothing(tmp_path: Path) -> None:
    """A project that is there is left as it is."""
    settings.make_project(tmp_path)
    write(tmp_path, '{"project": "mine"}')

    assert settings.make_project(tmp_path) == []
    assert settings.load(tmp_path).project == "mine"


def test_file_in_the_way_is_told(tmp_path: Path) -> None:
    """A project cannot be made where a file is."""
    (tmp_path / "census").write_text("in the way")

    with pytest.raises(ConfigurationError, match="census"):
        settings.make_project(tmp_path / "census")


@pytest.mark.parametrize(
    "name", ["a?b", "a\\b", "a\tb", "a\nb", "a\x7fb", "x" * 200 + "/" + "y" * 250]
)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_folder_that_a_database_reads_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    """DuckDB takes "?" and a backslash for something else, SQLite takes 512 bytes."""
    with pytest.raises(PathRefusedError, match="choose another folder"):
        settings.make_project(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_catalog_in_such_a_folder_says_what_helps(tmp_path: Path) -> None:
    """A project that was moved there keeps its ledger; the remedy is to move it again."""
    words = r"without '\?' in its path; the ledger is not affected"
    with make_project(tmp_path / "a?b") as project, pytest.raises(ProjectionError, match=words):
        project.projector.rebuild()


@pytest.mark.parametrize("link", ["DATA", "DATA/raw", "DATA/processed", "DATA/reports"])
def test_data_on_another_disk_is_refused_until_its_folder_is_allowed(
    tmp_path: Path, link: str
) -> None:
    """Making a project there says what to add to which file, and that helps."""
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere)
    with pytest.raises(PathRefusedError, match=f"add '{elsewhere}' .* allowed_external_paths"):
        settings.make_project(root)
    assert not (root / "configs").exists()

    write(root, json.dumps({"allowed_external_paths": [str(elsewhere)]}))

    settings.make_project(root)
    assert settings.load(root).data_repository == "DATA"

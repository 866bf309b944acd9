"""Policies are read from one file, all mistakes at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.policies import declared
from lineage.policies.declared import KAtLeast, Policies


def write(root: Path, text: str, name: str = "policies.json") -> None:
    """Write a file of policies into a project."""
    (root / "configs").mkdir(exist_ok=True)
    (root / "configs" / name).write_text(text, "utf-8")


def test_project_without_a_file_keeps_identifiers_back(tmp_path: Path) -> None:
    """One rule holds even where nobody declared any."""
    found = declared.load(tmp_path)

    assert found == Policies(by_name=Policies.DEFAULT)
    assert [policy.kind for policy in found.by_name.values()] == ["no_direct_identifier"]


def test_declared_policies_replace_the_default(tmp_path: Path) -> None:
    """A project that declares its own says all that holds, in its order."""
    write(tmp_path, "few: {kind: k_at_least, k: 5, severity: warn}\n", "policies.yaml")

    found = declared.load(tmp_path)

    assert found.by_name == {"few": KAtLeast(kind="k_at_least", k=5, severity="warn")}
    assert found.to_plain() == {"few": {"kind": "k_at_least", "k": 5, "severity": "warn"}}


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"kind": "k_at_most", "k": 5}, "few"),
        ({"kind": "k_at_least"}, "k: Field required"),
        ({"kind": "k_at_least", "k": 1}, "greater than or equal to 2"),
        ({"kind": "k_at_least", "k": 5, "severty": "warn"}, "severty"),
        ({"kind": "k_at_least", "k": 5, "severity": "stop"}, "severity"),
        ({"kind": "t_at_most", "t": 2}, "less than or equal to 1"),
        ({"kind": "class_not_released", "classes": []}, "classes"),
        ({"kind": "budget_at_most", "epsilon": 0}, "epsilon"),
        ({}, "kind"),
        (5, "few"),
    ],
    ids=str,
)
def test_mistake_is_named_with_its_place(tmp_path: Path, policy: object, told: str) -> None:
    """A misspelt policy is no policy that silently passes."""
    write(tmp_path, json.dumps({"few": policy}))

    with pytest.raises(ConfigurationError, match=told):
        declared.load(tmp_path)


def test_two_files_are_refused(tmp_path: Path) -> None:
    """Nobody could tell which one holds."""
    write(tmp_path, "{}")
    write(tmp_path, "{}", "policies.yaml")

    with pytest.raises(ConfigurationError, match=r"in policies\.json and in policies\.yaml"):
        declared.load(tmp_path)


def test_digest_follows_what_is_demanded(tmp_path: Path) -> None:
    """The form of the file does not count, its content does."""
    write(tmp_path, '{"few": {"k": 5, "kind": "k_at_least"}}')
    in_json = declared.load(tmp_path).sha256
    (tmp_path / "configs/policies.json").unlink()
    write(tmp_path, "few: {kind: k_at_least, k: 5, severity: block}", "policies.yaml")

    assert declared.load(tmp_path).sha256 == in_json
    write(tmp_path, "few: {kind: k_at_least, k: 6}", "policies.yaml")
    assert declared.load(tmp_path).sha256 != in_json

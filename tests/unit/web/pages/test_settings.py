"""How the project is set up, to be read only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_pages import Pages, pages_of
from screen_project import fixed_surroundings, make_screen_keys

PASSWORD = "hunter2-of-the-ledger"  # noqa: S105  # a marker


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Pages]:
    """A project with keys, one of them destroyed."""
    (tmp_path / "configs").mkdir()
    settings = {"project": "<b>", "parameters": {"password": PASSWORD}}
    (tmp_path / "configs/prj_config.json").write_text(json.dumps(settings))
    with fixed_surroundings():
        make_screen_keys(tmp_path)
    with pages_of(tmp_path) as pages:
        yield pages


def test_values_have_their_origin(census: Pages) -> None:
    """They are those that `lineage config` prints, and datasets lead to their files."""
    values = {one["key"]: one for one in census.json("settings")["values"]}
    text = census.html("settings")

    assert (values["project"]["value"], values["project"]["origin"]) == (
        "census",
        "configs/prj_config.json",
    )
    assert 'href="dataset?file=DATA%2Fraw%2Fpeople.csv"' in text
    assert "3 columns" in text
    assert "The keyring is empty" in text


def test_keys_are_listed_without_a_secret(keyed: Pages) -> None:
    """A destroyed key stays, with the reason; passwords and markup are not there."""
    keys = keyed.json("settings")["keys"]
    text = keyed.html("settings")

    assert {one["key_id"]: one["status"] for one in keys}["trial"] == "destroyed"
    assert "the trial has ended" in text
    assert PASSWORD not in text
    assert "<b>" not in text

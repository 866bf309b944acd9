"""Commands that are made when they are called."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer

from lineage.cli.late_commands import LateCommands, late_group


def making(made: list[str], name: str) -> Callable[[], typer.Typer]:
    """A function that makes a command, and notes that it did."""

    def make() -> typer.Typer:
        made.append(name)
        return typer.main.get_command(typer.Typer(name=name, callback=lambda: None))  # type: ignore[return-value]  # any object does

    return make


def test_command_is_made_once_and_no_other_with_it() -> None:
    """Whoever calls one does not pay for the rest; names are known without making any."""
    made: list[str] = []
    commands = LateCommands({name: making(made, name) for name in ("run", "show")})

    assert [*commands] == ["run", "show"]
    assert made == []
    assert commands["show"] is commands.get("show")
    assert made == ["show"]


def test_unknown_name_is_no_command() -> None:
    """What a group asks for to refuse a name: None, or an error of a dictionary."""
    commands = LateCommands({})

    assert commands.get("nobody") is None
    with pytest.raises(KeyError, match="nobody"):
        commands["nobody"]


def test_group_finds_its_commands_late() -> None:
    """A second group of the class finds what the first one made."""
    made: list[str] = []
    app = typer.Typer(cls=late_group({"show": making(made, "show")}), callback=lambda: None)
    groups = [typer.main.get_command(app) for _ in range(2)]

    assert made == []
    assert {id(group.commands["show"]) for group in groups} == {id(groups[0].commands["show"])}  # type: ignore[attr-defined]  # groups
    assert made == ["show"]

"""Commands that are made when they are called: to make all takes longer than many of them run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from typer.core import TyperGroup


class LateCommands(MutableMapping[str, Any]):
    """Commands by name, each made when it is first asked for.

    Args:
        makers: Name to the function that makes the command of this name.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = makers
        self._made: dict[str, Any] = dict.fromkeys(makers)

    def __getitem__(self, name: str) -> Any:
        """Return a command, and make it if nobody has asked for it."""
        if self._made[name] is None:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        """Add a command that is made already."""
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        """Remove a command."""
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def late_group(makers: Mapping[str, Callable[[], Any]]) -> type[TyperGroup]:
    """Return the class of a group of commands that are made once a process, when called.

    Args:
        makers: Name to the function that makes the command of this name, in the order of the help.
    """
    commands = LateCommands(makers)

    class LateGroup(TyperGroup):
        """A group whose commands nobody has to register."""

        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = commands

    return LateGroup

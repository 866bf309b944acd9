"""Commands nobody would type: every option of every command, with values of every kind."""

from __future__ import annotations

import random
from functools import cache
from typing import Any, Final

import typer

from lineage.cli.main import app

LEFT_OUT: Final = frozenset({"demo", "init"})
"""Commands that take long, or write where they are told to."""

ENDLESS: Final = "--follow"

VALUES: Final = (
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "1",
    "99999999999999999999",
    "1e400",
    "nan",
    "\udcff",
    "é\u202e",
    "a" * 5000,
    "t_one",
    "t_two",
    "people.csv:age",
    "DATA/raw/people.csv",
    "copy.csv",
    "2026-01-01",
    "2026-01-01T00:00Z",
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "'",
    '";',
    "select 1",
    "select * from runs",
    "select 1/0, 'x'::int",
    "select repeat('x', 10000000)",
    "with recursive t as (select 1 union all select * from t) select count(*) from t",
    "k",
    "k=",
    "=",
    "k=v",
    "k={",
    "k=&a [*a]",
    "k=.inf",
    "continue_on_error=perhaps",
    "input_datasets=5",
    "\x1b[31m",
    "line\nbreak",
    "%s{}$HOME",
    "*",
    "10MB",
    "0.001",
    "x.parquet",
    "x.svg",
    "x.png",
    "json",
    "csv",
    "mermaid",
    "succeeded",
    "running",
)


def command(draw: random.Random) -> list[str]:
    """Return a command and its arguments."""
    name = draw.choice(sorted(_commands()))
    words = [name]
    for parameter in _commands()[name].params:
        if parameter.param_type_name == "argument":
            words += draw.choices(VALUES, k=draw.choice((0, 1, 1, 1, 2)))
        elif ENDLESS not in parameter.opts and draw.random() < _SHARE:
            words.append(draw.choice(parameter.opts))
            if not parameter.is_flag or draw.random() < _SHARE / 4:
                words.append(draw.choice(VALUES))
    if draw.random() < _SHARE:
        draw.shuffle(words)
    return words


_SHARE: Final = 0.3
"""How often an option is given."""


@cache
def _commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    return {name: c for name, c in group.commands.items() if name not in LEFT_OUT}

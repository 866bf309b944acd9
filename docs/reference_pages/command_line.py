"""The page about the command line."""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

import typer

from lineage.cli.main import app, main
from reference_pages.markdown import anchor, code, page, prose, table

_INTRODUCTION: Final = """
Every command, argument and option. `lineage COMMAND --help` says the same. Results go to standard
output, notes and errors to standard error. A command that shows something takes `--json`.
"""

_EXTRA: Final = re.compile(
    r" *\[(?:(?P<must>required)|default: (?P<default>[^\];]*)[^\]]*|[^\]]*)\]$"
)
"""What typer writes behind the help."""


def pages() -> dict[str, str]:
    """Return the page of all commands."""
    group: Any = typer.main.get_command(app)
    commands = list(_commands(group, "lineage"))
    lines = ["Exit codes: " + prose(_exit_codes()), "", "Options before the command:", ""]
    lines += _parameters(group, "option")
    overview = [(f"[`{path}`](#{anchor(path)})", _paragraphs(c)[0]) for path, c in commands]
    lines += table(("command", "what it does"), overview)
    for path, command in commands:
        lines += _section(path, command)
    return {"reference/command-line.md": page("Command line", _INTRODUCTION, lines)}


def _commands(group: Any, path: str) -> list[tuple[str, Any]]:
    found = []
    for name, command in group.commands.items():
        whole = f"{path} {name}"
        if getattr(command, "hidden", False):
            continue
        found.append((whole, command))
        found += _commands(command, whole) if hasattr(command, "commands") else []
    return found


def _section(path: str, command: Any) -> list[str]:
    lines = [f"## {path}", "", "```text", " ".join([path, *_usage(command)]), "```", ""]
    for paragraph in _paragraphs(command):
        lines += [prose(paragraph), ""]
    return lines + _parameters(command, "argument") + _parameters(command, "option")


def _usage(command: Any) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    names = (n if p.required else f"[{n}]" for p in arguments for n in [_name(p)])
    # a group may do something itself, without a word behind it
    words = [] if getattr(command, "invoke_without_command", True) else ["COMMAND"]
    return ["[OPTIONS]", *names, *words]


def _parameters(command: Any, kind: str) -> list[str]:
    context = command.context_class(command, info_name=command.name)
    rows = []
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if parameter.param_type_name == kind and record is not None:
            found = _EXTRA.search(record[1])
            default = "" if found is None else code(found["default"] or "") or found["must"] or ""
            names = record[0] if kind == "option" else _name(parameter)
            rows.append((code(names), default, _EXTRA.sub("", record[1])))
    return table((kind, "default", "meaning"), rows)


def _name(argument: Any) -> str:
    return (argument.metavar or argument.name.upper()).strip("[]")


def _paragraphs(command: Any) -> list[str]:
    text = re.sub(r"\f.*", "", inspect.cleandoc(command.help or ""), flags=re.DOTALL)
    return [" ".join(p.replace("\b", "").split()) for p in text.split("\n\n")]


def _exit_codes() -> str:
    paragraphs = inspect.cleandoc(main.__doc__ or "").split("\n\n")
    return " ".join(paragraphs[1].split())

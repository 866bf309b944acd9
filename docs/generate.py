"""Write docs/reference from the source, so that it cannot say anything else.

Usage: python docs/generate.py [--check]

`--check` writes nothing and fails if a file is missing, differs, or is left over.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from lineage.events import VOCABULARY, Event

REFERENCE: Final = Path(__file__).parent / "reference"
NOTE: Final = "<!-- Written by docs/generate.py; change the source and run `make docs`. -->"

EVENTS_INTRODUCTION: Final = """\
The vocabulary of this release: {count} events. The type word is stored with each event, the
class name is not. A type word never changes its meaning; a change of the fields raises the
version and adds a step from the one before.

Who, when, which run, which task and which position stand in the ledger's envelope, not in the
payload.
"""

Pages = Mapping[str, str]
"""Path below docs/reference, with forward slashes, to the file's text."""


def event_pages() -> Pages:
    """Return the JSON Schema of every event's payload, and a page about all of them."""
    schemas = {f"events/{cls.TOPIC}.json": _json(event_schema(cls)) for cls in VOCABULARY}
    return {"events/README.md": _event_page(), **schemas}


PRODUCERS: Final[tuple[tuple[str, Callable[[], Pages]], ...]] = (("events/*", event_pages),)
"""A pattern of files below docs/reference, and the function that gives all of them."""


def event_schema(cls: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema of an event's payload as it is stored."""
    schema = cls.model_json_schema(mode="serialization")
    definitions = schema.get("$defs", {})
    for model in {cls, *_models_in(cls)}:
        _describe(definitions.get(model.__name__, schema), model)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:privacy-lineage:event:{cls.TOPIC}:{cls.SCHEMA_VERSION}",
        **schema,
        "title": f"{cls.TOPIC}, version {cls.SCHEMA_VERSION}",
    }


def summary(cls: type) -> str:
    """Return the first paragraph of a class's docstring as one line."""
    return _one_line(inspect.cleandoc(cls.__doc__ or "").split("\n\n", 1)[0])


def attributes(cls: type) -> dict[str, str]:
    """Return the meanings in the section "Attributes" of a class's docstring, by name."""
    _, _, section = inspect.cleandoc(cls.__doc__ or "").partition("Attributes:\n")
    entries = re.split(r"^ {4}(\w+): ", section, flags=re.MULTILINE)[1:]
    return {name: _one_line(text) for name, text in zip(entries[::2], entries[1::2], strict=True)}


def stale_files(reference: Path, pattern: str, pages: Pages) -> list[str]:
    """Return what is wrong with the files of a pattern, one line a file; nothing if fresh."""
    present = _files(reference, pattern)
    wrong = dict.fromkeys(present - pages.keys(), "is left over")
    wrong |= dict.fromkeys(pages.keys() - present, "is missing")
    for name in present & pages.keys():
        if (reference / name).read_text(encoding="utf-8") != pages[name]:
            wrong[name] = "differs from the source"
    return [f"{name} {fault}" for name, fault in sorted(wrong.items())]


def write(reference: Path, pattern: str, pages: Pages) -> None:
    """Make these pages, and nothing else, the files of a pattern."""
    for name in _files(reference, pattern) - pages.keys():
        (reference / name).unlink()
    for name, text in pages.items():
        path = reference / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    """Write or check all files; return 1 if a check found something."""
    parser = argparse.ArgumentParser(description="Write docs/reference from the source.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    is_check = parser.parse_args().check
    faults: list[str] = []
    for pattern, producer in PRODUCERS:
        if is_check:
            faults += stale_files(REFERENCE, pattern, producer())
        else:
            write(REFERENCE, pattern, producer())
    for fault in faults:
        print(f"docs/reference/{fault}; run `make docs`", file=sys.stderr)
    return 1 if faults else 0


def _files(reference: Path, pattern: str) -> set[str]:
    paths = reference.glob(pattern)
    return {path.relative_to(reference).as_posix() for path in paths if path.is_file()}


def _event_page() -> str:
    nouns = groupby(VOCABULARY, key=lambda cls: cls.TOPIC.split(".")[0])
    return "\n".join(
        [
            NOTE,
            "",
            "# Events",
            "",
            EVENTS_INTRODUCTION.format(count=len(VOCABULARY)),
            *_overview(),
            *(line for noun, classes in nouns for line in _noun_section(noun, list(classes))),
        ]
    )


def _overview() -> list[str]:
    rows = (
        f"| [`{cls.TOPIC}`](#{cls.TOPIC.replace('.', '')}) | {cls.SCHEMA_VERSION} | "
        f"{summary(cls)} | [{cls.TOPIC}.json]({cls.TOPIC}.json) |"
        for cls in VOCABULARY
    )
    return ["| type | version | what it says | schema |", "| --- | --- | --- | --- |", *rows, ""]


def _noun_section(noun: str, classes: list[type[Event]]) -> list[str]:
    return [f"## {noun}", "", *(line for cls in classes for line in _event_section(cls))]


def _event_section(cls: type[Event]) -> list[str]:
    properties = event_schema(cls)["properties"]
    meanings = attributes(cls)
    rows = (
        f"| `{name}` | {_cell(_type_word(field))} | {_cell(meanings.get(name, ''))} |"
        for name, field in properties.items()
    )
    head = [f"### {cls.TOPIC}", "", f"`{cls.__name__}`: {summary(cls)}", ""]
    return [*head, "| field | JSON type | meaning |", "| --- | --- | --- |", *rows, ""]


def _type_word(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type_word(choice) for choice in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return " or ".join(f'"{word}"' for word in field["enum"])
    if "const" in field:
        return f'"{field["const"]}"'
    if field.get("type") == "array":
        return f"array of {_type_word(field.get('items', {}))}"
    return str(field.get("format") or field.get("type") or "any")


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    schema["description"] = summary(model)
    meanings = attributes(model)
    for name, field in schema["properties"].items():
        field.pop("title", None)
        field["description"] = meanings.get(name, "")


def _models_in(cls: type[BaseModel]) -> set[type[BaseModel]]:
    """Return the models that fields of a model hold, directly or in a container."""
    found: set[type[BaseModel]] = set()
    waiting = [field.annotation for field in cls.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        waiting.extend(getattr(annotation, "__args__", ()))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.add(annotation)
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())

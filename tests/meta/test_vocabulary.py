"""Every event is documented, and the documentation is fresh."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from lineage.events import VOCABULARY, Event
from lineage.events.vocabulary import UPCASTS
from ops import docstring

DOCS = Path(__file__).parents[2] / "docs"


def _load_generator() -> ModuleType:
    path = DOCS / "generate.py"
    spec = importlib.util.spec_from_file_location("docs_generate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _load_generator()


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in generate.PRODUCERS])
def test_generated_reference_is_fresh(pattern: str) -> None:
    """What docs/generate.py would write is what stands in docs."""
    pages = dict(generate.PRODUCERS)[pattern]()

    assert generate.stale_files(DOCS, pattern, pages) == []


@pytest.mark.parametrize("cls", VOCABULARY, ids=lambda cls: cls.TOPIC)
def test_event_is_documented(cls: type[Event]) -> None:
    """An event has a schema file, a section, a first sentence, and a meaning for each field."""
    page = (DOCS / "reference/events/README.md").read_text("utf-8")
    schema = json.loads((DOCS / f"reference/events/{cls.TOPIC}.json").read_text("utf-8"))

    assert f"\n### {cls.TOPIC}\n" in page
    assert schema["description"].endswith(".")
    assert docstring.read(cls).entries("Attributes").keys() == cls.model_fields.keys()


@pytest.mark.parametrize("cls", VOCABULARY, ids=lambda cls: cls.TOPIC)
def test_type_word_is_noun_and_participle(cls: type[Event]) -> None:
    """A type word is `noun.verbed`, whatever the class is called."""
    participle = r"([a-z]+ed|read|set|spent|withdrawn|written)"
    assert re.fullmatch(rf"[a-z]+\.([a-z]+_)?{participle}(_[a-z]+)?", cls.TOPIC)


def test_type_words_are_unique() -> None:
    """No two classes are stored under one word."""
    topics = [cls.TOPIC for cls in VOCABULARY]

    assert len(topics) == len(set(topics))


def test_upcasts_belong_to_known_events() -> None:
    """Every step between versions starts from an event of this release."""
    present = {cls.TOPIC: cls.SCHEMA_VERSION for cls in VOCABULARY}

    assert all(version < present[topic] for topic, version in UPCASTS)

"""The product's one YAML reader: values mean the same in files, on the command line and elsewhere.

Words and numbers are read as YAML 1.2 says, if a number loses nothing of what is written. So `NO`,
`12:30`, `01234`, `0o17`, `1_000`, `.inf` and `2024-01-01` are texts. What other readers accept
silently, or crash on, is an error with its place: equal keys, tags, several documents, aliases
that multiply, nesting and integers without bound.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import yaml

from lineage.kernel import strict_json
from lineage.kernel.errors import LineageError

MAX_DEPTH: Final = strict_json.MAX_DEPTH
"""Levels of lists and objects that a document may have, aliases followed."""
MAX_REPEATED: Final = 1_000_000
"""Characters that the aliases of a document may repeat."""

_WORDS: Final[Mapping[str, object]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SHOWN: Final = 100
_MERGE: Final = "<<"
_CORE: Final = "tag:yaml.org,2002:"
_TAGS: Final = {
    yaml.ScalarEvent: {"!", f"{_CORE}str"},
    yaml.SequenceStartEvent: {"!", f"{_CORE}seq"},
    yaml.MappingStartEvent: {"!", f"{_CORE}map"},
}


def parse(
    content: str | bytes, subject: str, *, fault: type[LineageError], only_texts: bool = False
) -> object:
    """Return the value of a YAML document; None if it is empty.

    Args:
        content: The document; bytes are UTF-8, with or without a byte order mark.
        subject: What it is, for the message ("file '/data/t_1.yaml'").
        fault: The error to raise.
        only_texts: Leave every word and number as the text it is.

    Returns:
        What JSON has too, but keys may be numbers, booleans or None.

    Raises:
        LineageError: As `fault`, with line, column and key: no YAML, or what is refused here. It
            names keys, and no value.
    """
    text = strict_json.decoded(content, subject, fault)
    reader = _Reader(text, only_texts=only_texts)
    try:
        return reader.document()
    except _RefusedError as error:
        refused = error
    except yaml.MarkedYAMLError as error:
        at = _place(error.problem_mark or error.context_mark)
        refused = _RefusedError(at, f"not YAML ({error.problem or error.context})", "repair it")
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        at = (line, error.position - text.rfind("\n", 0, error.position))
        refused = _RefusedError(at, "a character that YAML does not have", "remove it")
    # Raised outside the handler: the reader's error holds the document.
    where = f"{subject}, line {refused.at[0]}, column {refused.at[1]}"
    if reader.path:
        where += f", key {'.'.join(map(str, reader.path))[:_SHOWN]!r}"
    raise fault(where, problem=refused.problem, remedy=refused.remedy)


def scalar(word: str) -> object:
    """Return the value of a word without quotes: None, a boolean, a number, or the word itself.

    Raises:
        ValueError: It is a number without bound.
    """
    if word in _WORDS:
        return _WORDS[word]
    is_integer = _INTEGER.fullmatch(word) is not None
    if not is_integer and not _FLOAT.fullmatch(word):
        return word
    problem = strict_json.number_fault(word.lstrip("+"), allow_nan=False, keep_digits=False)
    if problem is not None:
        raise ValueError("; ".join(problem))
    return int(word) if is_integer else float(word)


def dump(values: Mapping[str, Any]) -> str:
    """Return a mapping of JSON values as YAML that YAML 1.1 and `parse` read back."""
    return yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False)


class _Dumper(yaml.SafeDumper):
    """Puts every text in quotes that one of the versions of YAML would not take for one."""


_Dumper.add_implicit_resolver(f"{_CORE}float", re.compile(f"{_FLOAT.pattern}$"), [*"+-.0123456789"])


class _RefusedError(Exception):
    """What is refused, and its line and column, counted from one."""

    def __init__(self, at: tuple[int, int], problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.at = at
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class _Built:
    """A value with what it would cost to write it out.

    Attributes:
        value: The value.
        size: Its characters, aliases written out.
        height: Its levels of lists and objects.
    """

    value: Any
    size: int
    height: int = 0


class _Reader:
    """Builds the value of a document from the parser's events.

    Attributes:
        path: The keys around what is being read.
    """

    def __init__(self, text: str, *, only_texts: bool) -> None:
        self.path: list[object] = []
        self._only_texts = only_texts
        self._text = text
        self._anchors: dict[str, _Built | None] = {}
        self._repeated = 0
        self._depth = 0

    def document(self) -> object:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(self._text, Loader=yaml.SafeLoader))
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        built = self._next()
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            _refuse(after, "a second document", "keep one in a file")
        return built.value

    def _next(self) -> _Built:
        return self._build(next(self._events))

    def _build(self, event: Any) -> _Built:
        if isinstance(event, yaml.AliasEvent):
            return self._repeat(event)
        if event.tag is not None and event.tag not in _TAGS[type(event)]:
            tag = event.tag.replace(_CORE, "!!")[:_SHOWN]
            _refuse(event, f"the tag {tag!r}", "write the value without it")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        built = self._scalar(event) if isinstance(event, yaml.ScalarEvent) else self._inside(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = built
        return built

    def _repeat(self, event: yaml.AliasEvent) -> _Built:
        if event.anchor not in self._anchors:
            _refuse(event, "an alias without its anchor", "put a text with * in quotes")
        built = self._anchors[event.anchor]
        if built is None:
            _refuse(event, "an alias inside the value that it repeats", "write the value out")
        self._repeated += built.size
        if self._repeated > MAX_REPEATED:
            limit = f"aliases that repeat over {MAX_REPEATED:,} characters"
            _refuse(event, limit, "keep such data in a data file")
        self._check_depth(event, built.height)
        return built

    def _scalar(self, event: yaml.ScalarEvent) -> _Built:
        value: object = event.value
        if event.style is None and event.tag is None and not self._only_texts:
            try:
                value = scalar(event.value)
            except ValueError as error:
                problem, _, remedy = str(error).partition("; ")
                _refuse(event, problem, remedy)
        return _Built(value, len(event.value) + 1)

    def _inside(self, event: yaml.CollectionStartEvent) -> _Built:
        self._depth += 1
        self._check_depth(event, 0)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        built = self._sequence() if is_list else self._mapping()
        self._depth -= 1
        return built

    def _sequence(self) -> _Built:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._build(event))
        return _around([item.value for item in items], items)

    def _mapping(self) -> _Built:
        own: dict[Hashable, _Built] = {}
        merged: dict[Hashable, object] | None = None
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            shown = str(key)[:_SHOWN]
            if key in own:
                _refuse(event, f"key {shown!r} occurs twice in one object", "remove or rename one")
            self.path.append(shown)
            own[key] = self._next()
            if key == _MERGE and getattr(event, "style", "") is None and not self._only_texts:
                merged = self._merged(event, own[key].value)
            self.path.pop()
        values = {key: built.value for key, built in own.items()}
        if merged is not None:
            values = merged | {key: value for key, value in values.items() if key != _MERGE}
        return _around(values, list(own.values()))

    def _key(self, event: Any) -> Hashable:
        key: object = self._build(event).value
        if not isinstance(key, Hashable):
            _refuse(event, "a list or an object as a key", "write a text")
        return key

    def _merged(self, event: yaml.Event, value: object) -> dict[Hashable, object]:
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            _refuse(event, "<< without an object to merge", "name an alias of an object")
        return {key: item for part in reversed(parts) for key, item in part.items()}

    def _check_depth(self, event: yaml.Event, height: int) -> None:
        if self._depth + height > MAX_DEPTH:
            _refuse(event, f"over {MAX_DEPTH} levels of nesting", "nest less deep")


def _around(value: object, inside: list[_Built]) -> _Built:
    size = 1 + sum(built.size for built in inside)
    return _Built(value, size, 1 + max((built.height for built in inside), default=0))


def _refuse(event: yaml.Event, problem: str, remedy: str) -> NoReturn:
    raise _RefusedError(_place(event.start_mark), problem, remedy)


def _place(mark: Any) -> tuple[int, int]:
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)

"""The one YAML reader: what it reads, and what it refuses with the place."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel import strict_yaml
from lineage.kernel.errors import ConfigurationError


def read(text: str | bytes) -> object:
    """Return what a document holds."""
    return strict_yaml.parse(text, "file 'x.yaml'", fault=ConfigurationError)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("---\n", None),
        ("\ufeffa: 1", {"a": 1}),
        (b"\xef\xbb\xbfa: 1", {"a": 1}),
        ("a: NO\n", {"a": "NO"}),
        ("a: !!str 12", {"a": "12"}),
        ('a: "12"', {"a": "12"}),
        ("a: |\n  x\n", {"a": "x\n"}),
        ("a:\nb: ~", {"a": None, "b": None}),
        ("1: a\n'1': b", {1: "a", "1": "b"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        (
            "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3",
            {"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 3}},
        ),
        ("a: {<<: [{k: 1}, {k: 2, l: 2}]}", {"a": {"k": 1, "l": 2}}),
        ("a: {'<<': 3}", {"a": {"<<": 3}}),
        ("%YAML 1.1\n---\na: on\n...\n", {"a": "on"}),
    ],
)
def test_document_is_read(text: str | bytes, value: object) -> None:
    """Values are JSON's, anchors and merge keys are followed, marks and comments pass."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", r"x.yaml', line 4, column 3, key 'b': key 'c' occurs twice"),
        ("a: {1: x, 1.0: y}", "occurs twice"),
        ("a: {<<: {k: 1}, <<: {k: 2}}", "'<<' occurs twice"),
        ("a: !!python/object/apply:os.system [ls]", r"key 'a': the tag '!!python/object"),
        ("!!set {a}", "the tag '!!set'"),
        ("a: !!timestamp 2024-01-01", "the tag"),
        ("a: !mine b", "the tag '!mine'"),
        ("a: 1\n---\nb: 2", "line 2, column 1: a second document"),
        ("a: &x [*x]", "an alias inside the value that it repeats"),
        ("a: *x", "line 1, column 4, key 'a': an alias without its anchor"),
        ("a: {<<: 5}", "<< without an object"),
        ("? [a]\n: 1", "a list or an object as a key"),
        ("a: 1e999", "beyond the range"),
        ("a:\n  b: [", "line 2, column 7, key 'a.b': not YAML"),
        ("a:\n\t- b", "line 2, column 1, key 'a': not YAML"),
        ("a: b\nc: \x07", "line 2, column 4: a character"),
        ("a: [1]\nb: @home", "line 2, column 4, key 'b'"),
        ("a: b: c", "line 1, column 5"),
        ("- " * 5_000, "over 200 levels"),
        ("{a: " * 5_000, "over 200 levels"),
        ("? " * 5_000, "over 200 levels"),
    ],
)
def test_fault_is_told_with_its_place(text: str, fault: str) -> None:
    """Every kind of fault names the document, the line, the column, and the key around it."""
    with pytest.raises(ConfigurationError, match=fault) as caught:
        read(text)
    assert "file 'x.yaml', line " in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("first", "following"),
    [
        ("[x, x, x, x, x, x, x, x, x]", "[*{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}]"),
        ("{k: v}", "{{a: *{0}, b: *{0}, c: *{0}, d: *{0}}}"),
        ("x" * 100_000, "[*{0}, *{0}, *{0}]"),
        ("[x]", "[*{0}]"),
    ],
)
def test_aliases_that_multiply_or_nest_are_refused_at_once(first: str, following: str) -> None:
    """Neither values, characters nor levels can be had without bound from few lines."""
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{i}: &a{i} {following.format(f'a{i - 1}')}" for i in range(1, 300)]
    began = time.monotonic()
    with pytest.raises(ConfigurationError, match=r"1,000,000 characters|200 levels"):
        read("\n".join(lines))
    assert time.monotonic() - began < 5


@given(st.one_of(st.text(), st.text("[]{}&*x:,!?-'\"|<> \n0", max_size=40), st.binary(max_size=40)))
def test_any_text_is_read_or_refused_in_words(text: str | bytes) -> None:
    """No text ends in another error than ours."""
    try:
        read(text)
    except ConfigurationError as error:
        assert "x.yaml" in str(error)  # noqa: PT017  # either way is right

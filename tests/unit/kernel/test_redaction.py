"""What is kept out of records: secrets, and data passed as parameters."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel.redaction import is_secret, masked, redacted, redacted_metrics, secret_names

SECRET_NAMES = [
    "password",
    "DB_PASSWORD",
    "Passwd",
    "passphrase",
    "client_secret",
    "auth-token",
    "api_key",
    "apiKey",
    "API KEY",
    "private-key",
    "encryption_key",
    "credentials",
    "hash_salt",
    "salt",
    "pepper",
    "key",
    "pwd",
    "Authorization",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names_are_recognized(name: str) -> None:
    """Names in use for secrets are recognized however they are spelled."""
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["join_key", "primary_key", "keys", "monkey", "k", "basalt", "dataset", "columns"]
)
def test_other_names_are_not_taken_for_secrets(name: str) -> None:
    """Names of the trade that only look alike stay readable."""
    assert not is_secret(name)


@given(
    st.sampled_from(SECRET_NAMES),
    st.text(min_size=1) | st.integers() | st.binary() | st.lists(st.text()),
)
def test_value_under_a_secret_name_is_hidden_at_any_depth(name: str, value: object) -> None:
    """Whatever stands under a secret name, at the top, inside or in a list, becomes "***"."""
    shown = redacted({name: value, "deep": [{"er": {name: value}}]})

    assert shown == {name: "***", "deep": [{"er": {name: "***"}}]}


def test_missing_secret_can_be_told_from_a_present_one() -> None:
    """None under a secret name stays None."""
    assert redacted({"password": None}) == {"password": None}


def test_secret_among_keys_that_fall_together_is_hidden() -> None:
    """A mapping that becomes a list of entries loses no entry and shows no secret."""
    shown = redacted({"deep": {1: "a", "1": "b", "token": "hush"}})

    assert shown["deep"] == [
        {"key": 1, "value": "a"},
        {"key": "1", "value": "b"},
        {"key": "token", "value": "***"},
    ]


def test_top_level_keys_that_fall_together_are_kept() -> None:
    """Parameters whose names are equal as text are all kept."""
    assert redacted({1: "a", "1": "b"}) == {  # type: ignore[dict-item]  # people do that
        "entries": [{"key": 1, "value": "a"}, {"key": "1", "value": "b"}]
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:hush@host/db", "postgresql://ada:***@host/db"),
        ("see https://:hush@host and ftp://a:hush@b", "see https://:***@host and ftp://a:***@b"),
        ("host=h password=hush port=1", "host=h password=*** port=1"),
        ("--api-key=hush", "--api-key=***"),
        ("https://host:8080/a@b", "https://host:8080/a@b"),
        ("k=5, columns=a", "k=5, columns=a"),
    ],
)
def test_passwords_within_texts_are_masked(text: str, shown: str) -> None:
    """Passwords in URLs and after "password=" are masked, the rest stays."""
    assert masked(text) == shown
    assert redacted({"where": [text]}) == {"where": [shown]}


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"name": ["Zaphod"]}),
        pd.Series(["Zaphod"]),
        pa.table({"name": ["Zaphod"]}),
        pa.record_batch({"name": ["Zaphod"]}),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_frame_among_parameters_is_described_not_shown(frame: object) -> None:
    """A data frame passed as parameter leaves its type and shape, and no cell."""
    shown = json.dumps(redacted({"df": frame, "more": {"frames": [frame]}}))

    assert "Zaphod" not in shown
    assert type(frame).__name__ in shown


def test_nested_containers_that_contain_themselves_are_described() -> None:
    """A parameter that contains itself is recorded without an endless search."""
    loop: list[object] = [1]
    loop.append(loop)

    assert redacted({"loop": loop})["loop"] is not None


def test_metrics_keep_numbers_and_hide_texts_under_secret_names() -> None:
    """A count of tokens is a measure; a text called token is a secret."""
    shown = redacted_metrics({"token_count": 5, "api": {"token": "hush", "tokens": np.int64(3)}})

    assert shown == {"token_count": 5, "api": {"token": "***", "tokens": 3}}


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_is_found_by_its_name(name: str) -> None:
    """What must not be changed can be refused, wherever the secret stands."""
    assert list(secret_names({"a": [{name: "swordfish"}]})) == [name]
    assert list(secret_names([{"key": name, "value": ["swordfish"]}])) == [name]
    assert list(secret_names({name: 5, "b": {name: None}, "c": {name: [0.5, True, ""]}})) == []


def test_password_within_a_text_is_found_by_the_name_of_the_text() -> None:
    """An address with a password in it is one, whatever it is called."""
    assert list(secret_names({"ledger": ["postgresql://me:swordfish@host/db"]})) == ["ledger"]

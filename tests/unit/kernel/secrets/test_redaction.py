"""What is kept out of records: secrets, and data passed as parameters."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel.secrets.redaction import (
    hidden,
    is_secret,
    masked,
    redacted,
    redacted_metrics,
    secret_names,
)

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
    *("hmac_key", "ssh_key", "db_pass", "pass", "pw", "auth", "pin", "otp", "sas", "basic_auth"),
    *("dbPass", "smtpPw", "PIN", "pinCode", "oauth2_token", "accountKey", "SharedAccessSignature"),
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names_are_recognized(name: str) -> None:
    """Names in use for secrets are recognized however they are spelled."""
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("join_key", "primary_key", "keys", "monkey", "k", "basalt", "dataset", "columns"),
        *("passed", "passengers", "bypass", "compass", "pins", "author", "authority", "opinion"),
        *("password_policy_length", "max_tokens", "token_count", "pass_rate", "first_pass"),
        *("key_column", "foreign_key", "group_key", "sort_key", "keyword", "passport_column"),
        *("spin", "sasquatch", "shipping", "mapping", "authored_by", "pin_memory", "sas_file"),
    ],
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


FORMS = [
    "postgresql://ada:<secret>@host/db",
    "postgresql://ada:a/<secret>@host/db",
    "postgresql://ada:a@<secret>@host/db",
    "https://<secret>@host/x",
    "see https://:<secret>@host and ftp://a:<secret>@b",
    "--api-key=<secret> --k=5",
    "password: <secret>",
    "Passphrase: '<secret>'",
    "{'password': '<secret>'}",
    '{"pin": "<secret>", "a": 1}',
    "Authorization: Bearer <secret>",
    "curl -H 'Bearer <secret>'",
    "AccountName=x;AccountKey=<secret>==;EndpointSuffix=y",
    "https://h/b?sv=1&sig=<secret>&se=2",
    "SharedAccessSignature=<secret>",
    "-----BEGIN RSA PRIVATE KEY-----\n<secret>\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\\n<secret>",
    "export DB_PASS=<secret>",
    "pw=<secret>",
    "connect(user='ada', password='<secret> and more')",
    "AWS_SECRET_ACCESS_KEY=<secret>",
    "X-Api-Key: <secret>",
    "sas: sig=<secret>",
    "note=pw=<secret>",
    "path:url:password=<secret>",
]


@given(
    form=st.sampled_from(FORMS),
    secret=st.from_regex(r"[A-Z][a-z]{3}[0-9][A-Za-z0-9_+-]{3,12}[0-9]", fullmatch=True),
    before=st.sampled_from(["", "cannot connect to ", "(", "k=5, "]),
)
def test_secret_of_any_form_is_masked_wherever_it_stands(
    form: str, secret: str, before: str
) -> None:
    """No form leaves its secret in a text, a name, a value or a list."""
    text = before + form.replace("<secret>", secret)

    assert secret not in masked(text)
    assert secret not in json.dumps(hidden({"a": [text, {text: text}], "b": {"key": text}}))
    assert list(secret_names({"a": [text]})) == ["a"]


@pytest.mark.parametrize(
    "token",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG0abcdefghijkl_mnopq",
        "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM",
        "glpat-abcdefghij0123456789",
    ],
)
def test_token_of_a_known_service_is_masked_by_itself(token: str) -> None:
    """What can only be a token needs no name before it."""
    assert masked(f"sent {token} to the host") == "sent *** to the host"


@pytest.mark.parametrize(
    "text",
    [
        "ssh://git@github.com/a/b",
        "abfss://data@account.dfs.core.windows.net/x",
        "join on key=customer_id",
        "DATA/key=5/part.parquet",
        "primary_key=id, sort_key: age",
        "passed: 12, failed: 3, first pass: 5 rows",
        "pass_rate=0.5 and sig=0.05",
        "the author: Ada, the authority: the state",
        "configs/t_1.json: db_password: Input should be a valid string",
        "'db.password' is only a placeholder (set it in the environment)",
        "token_count=5, max_tokens: 512, password_policy_length=12",
        "mail ada@example.org: hello",
        "at 12:30, a: b: c, x = y",
        "Basic statistics of age",
        "the bearer of bad news",
        "PIN codes are dropped",
        "{'k': 5, 'quasi_identifiers': ['age']}",
        "password=None",
        "https://host:8080/a@b?k=5&l=6",
        "C:\\data\\people.csv",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_innocent_text_stays_as_it_is(text: str) -> None:
    """Names of columns, keys of joins, measures and prose are not taken for secrets."""
    assert masked(text) == text
    assert hidden({"note": text}) == {"note": text}


@given(st.text() | st.text("abkpw=:/@ '\"-BEGIN\n", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    """What is masked already stays, whatever text it was."""
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "part", ["a.", "a-", "://", "://a:", "a=", "a:'", "-----BEGIN A-----", "@"]
)
def test_long_text_does_not_keep_the_masking_busy(part: str) -> None:
    """No text, however made, takes time that grows with its square."""
    began = time.monotonic()
    masked(part * 20_000 + "=")
    assert time.monotonic() - began < 10


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

"""Pseudonyms are the same for the same value in one domain, and tell nothing without the key."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError, CipherError, ConfigurationError
from lineage.kernel.secrets.keyring import Keyring
from lineage.kernel.secrets.secret import Passphrase, SecretKey
from ops.base import is_plain
from ops.data.source import DataSource
from ops.deidentify.pseudonymize import PseudonymizeOperation
from ops.deidentify.pseudonyms import canonical, pseudonyms
from ops.deidentify.vault import Vault
from ops.result import OperationResult

KEY = SecretKey(bytes(range(32)))
NAMES = ["Ada", " ada ", "\uff21\uff24\uff21", "Straße", "STRASSE", None, "Bo"]


def run(folder: Path, values: Any = NAMES, **parameters: Any) -> OperationResult:
    """Pseudonymize a column."""
    source = DataSource()
    source.add_dataframe("people", pa.table({"name": values, "age": range(len(values))}))
    chosen: dict[str, Any] = {"domain": "trial", "secret": KEY} | parameters
    operation = PseudonymizeOperation(dataset_name="people", columns=["name"], **chosen)
    return operation.execute(source, folder)


def names(result: OperationResult) -> list[Any]:
    """Return the pseudonyms in the written file."""
    found: list[Any] = pd.read_parquet(result.artifacts[0].path)["name"].tolist()
    return found


@given(st.text(max_size=99), st.binary(min_size=32, max_size=32))
@settings(max_examples=40, deadline=None)
def test_pseudonym_is_the_keyed_hash_of_the_canonical_text(text: str, key: bytes) -> None:
    """It can be computed elsewhere: RFC 2104 over a label, the version and the text."""
    plain = text.encode("utf-8", "replace")
    found = pseudonyms(pa.array([plain.decode()]), SecretKey(key), version=3, bits=160).to_pylist()
    expected = hmac.new(key, b"lineage pseudonym\x001\x00" + plain, hashlib.sha256).hexdigest()
    assert found == [f"v3-{expected[:40]}"]


def test_spellings_of_one_value_are_one(tmp_path: Path) -> None:
    """Width, case and white space do not count; nulls stay null."""
    result = run(tmp_path)
    ada, ada2, ada3, street, street2, null, bo = names(result)
    assert ada == ada2 == ada3
    assert street == street2
    assert len({ada, street, bo}) == 3
    assert pd.isna(null)
    assert result.metrics["merged"] == {"name": 3}
    assert (result.metrics["distinct"], result.metrics["k"]) == ({"name": 3}, {"name": 1})


def test_case_counts_where_it_is_kept() -> None:
    """Then only white space and width are made alike."""
    found = canonical(pa.array(["Ada", " ada", "\uff21\uff24\uff21"]), keep_case=True).to_pylist()
    assert found == ["Ada", "ada", "ADA"]


@given(
    texts=st.lists(st.text(st.characters(max_codepoint=0x17F), max_size=6), max_size=6),
    keep_case=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_canonical_form_does_not_depend_on_other_texts(
    texts: list[str], *, keep_case: bool
) -> None:
    """Texts of ASCII are made alike many at once, and get the form that each has alone."""
    normal = [unicodedata.normalize("NFKC", text).strip() for text in texts]
    folded = [unicodedata.normalize("NFKC", text.casefold()) for text in normal]
    found = canonical(pa.array(texts, pa.string()), keep_case=keep_case).to_pylist()
    assert found == (normal if keep_case else folded)


@given(st.text(max_size=8))
@settings(max_examples=40, deadline=None)
def test_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    """So what is pseudonymized by its canonical form is the same value."""
    once = canonical(pa.array([text.encode("utf-8", "replace").decode()]))
    assert canonical(once) == once


@pytest.mark.parametrize(
    "other",
    [{"domain": "b"}, {"purpose": "b"}, {"key_version": 2}, {"secret": SecretKey(bytes(32))}],
)
def test_other_domain_purpose_version_or_key_gives_others(tmp_path: Path, other: Any) -> None:
    """No value has the same pseudonym in both."""
    first, again, second = run(tmp_path), run(tmp_path), run(tmp_path, output_name="b", **other)
    assert names(first) == names(again)
    assert not {*map(str, names(first)[:5])} & {*map(str, names(second)[:5])}


def test_number_has_one_pseudonym_whatever_its_type(tmp_path: Path) -> None:
    """Pandas makes floats of integers with nulls; they are the same people."""
    whole = names(run(tmp_path, [17, 4, 17]))
    floats = names(run(tmp_path, [17.0, 4.0, None]))
    assert floats[:2] == whole[:2]
    assert whole[0] == whole[2]


@pytest.mark.parametrize("method", ["hmac", "vault"])
@pytest.mark.parametrize(
    "values",
    [
        pa.array([], pa.string()),
        pa.nulls(3),
        pa.array(["x", None]).dictionary_encode(),
        pa.array(["x"], pa.large_string()),
        pa.array([True, False]),
        pa.array([1, 2]).cast(pa.timestamp("s", "Europe/Berlin")),
    ],
)
def test_columns_of_any_type_and_length(tmp_path: Path, values: pa.Array, method: str) -> None:
    """Rows and nulls stay where they are."""
    chosen = {"method": method} | ({"vault_path": str(tmp_path / "v")} if method == "vault" else {})
    result = run(tmp_path, values, **chosen)
    found = pa.parquet.read_table(result.artifacts[0].path).column("name")
    assert (len(found), found.null_count) == (len(values), values.null_count)


def test_vault_gives_random_tokens_that_it_turns_back(tmp_path: Path) -> None:
    """A second dataset gets the same ones; after an erasure, a new one."""
    place = str(tmp_path / "people.vault")
    first = names(run(tmp_path, method="vault", vault_path=place))
    second = names(run(tmp_path, ["BO"], method="vault", vault_path=place))
    vault = Vault(place, KEY, domain="trial")
    assert second == [first[-1]]
    assert [vault.reveal(first[0]), vault.reveal(first[-1])] == ["Ada", "Bo"]
    vault.erase("bo")
    assert names(run(tmp_path, ["Bo"], method="vault", vault_path=place)) != second


def test_key_comes_from_variable_file_or_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All three give the pseudonyms of that key; none of them is on record."""
    text = KEY.reveal().hex()
    (tmp_path / "key").write_text(text)
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("LINEAGE_PSEUDONYM_KEY", text)
    monkeypatch.setenv("LINEAGE_MASTER_KEY", "ab" * 32)
    created = Keyring(tmp_path / ".lineage" / "keys", SecretKey(b"\xab" * 32)).create("pseudonyms")
    expected = names(run(tmp_path))
    assert names(run(tmp_path, secret=None)) == expected
    assert names(run(tmp_path, secret=None, key_path=str(tmp_path / "key"))) == expected
    ring = run(tmp_path / "data" / "task", secret=None, key_id=created.key_id)
    assert ring.details["key_id"] == created.key_id
    assert text not in str(ring)


def test_missing_key_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no default key, and a passphrase is none."""
    monkeypatch.delenv("LINEAGE_PSEUDONYM_KEY", raising=False)
    with pytest.raises(CipherError, match="set LINEAGE_PSEUDONYM_KEY to 64 random"):
        run(tmp_path, secret=None)
    monkeypatch.setenv("LINEAGE_PSEUDONYM_KEY", "correct horse battery")
    with pytest.raises(CipherError, match="a passphrase, which can be guessed") as caught:
        run(tmp_path, secret=None)
    assert "horse" not in str(caught.value)


def test_report_says_what_pseudonyms_are(tmp_path: Path) -> None:
    """Method, key, domain and form are on record; a keyed hash is no Safe Harbor code."""
    hashed = run(tmp_path).details
    vault = run(tmp_path, method="vault", vault_path=str(tmp_path / "v")).details
    assert hashed["key_id"] == KEY.fingerprint
    assert (hashed["reversible"], vault["reversible"]) == (False, True)
    assert "no code of 45 CFR 164.514(c)" in str(hashed["note"])
    assert "as 45 CFR 164.514(c) asks" in str(vault["note"])


def test_key_given_in_a_notebook_is_no_parameter() -> None:
    """What is recorded does not hold it, and the result is not taken for an earlier one."""
    given: dict[str, Any] = {"dataset_name": "people", "columns": ["name"], "domain": "trial"}
    operation = PseudonymizeOperation(**given, secret=KEY)
    assert "secret" not in operation.parameters
    assert KEY.reveal().hex() not in repr(operation)
    assert (is_plain(operation), is_plain(PseudonymizeOperation(**given))) == (False, True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bits": 64}, "bits of PseudonymizeOperation"),
        ({"bits": 129}, "a multiple of 8 from 128 to 256"),
        ({"bits": 264}, "a multiple of 8 from 128 to 256"),
        ({"domain": ""}, "domain of PseudonymizeOperation: empty"),
        ({"key_version": 0}, "key_version of PseudonymizeOperation"),
        ({"method": "vault"}, "vault_path of PseudonymizeOperation: missing"),
        ({"vault_path": "v"}, "no vault is used"),
        ({"key_id": "a", "key_path": "b"}, "named twice"),
        ({"columns": []}, "no direct-identifier"),
    ],
)
def test_pseudonyms_that_would_not_hold_are_refused(wrong: Any, message: str) -> None:
    """The message names the parameter and what was expected."""
    given: Any = {"dataset_name": "people", "columns": ["name"], "domain": "trial"}
    with pytest.raises(ConfigurationError, match=message):
        PseudonymizeOperation(**(given | wrong))


def test_values_without_a_text_are_refused(tmp_path: Path) -> None:
    """Lists cannot be compared."""
    with pytest.raises(AnonymizationError, match="column 'name' of dataset 'people'"):
        run(tmp_path, pa.array([["Zoster"]]))


def test_passphrase_given_as_secret_is_refused(tmp_path: Path) -> None:
    """Who tries passphrases finds it by the pseudonym of a known value."""
    with pytest.raises(CipherError, match="secret: a passphrase"):
        run(tmp_path, secret=Passphrase("correct horse"))

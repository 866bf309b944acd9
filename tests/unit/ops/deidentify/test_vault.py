"""A vault gives a value one token, turns it back for holders of its key, and forgets for good."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.secret import SecretKey
from ops.deidentify.vault import Vault

KEY = SecretKey(bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the place of a vault."""
    return tmp_path / "people.vault"


def vault(path: Path, key: SecretKey = KEY, domain: str = "trial") -> Vault:
    """Open a vault."""
    return Vault(path, key, domain=domain)


def test_token_is_kept_and_turned_back(path: Path) -> None:
    """Another process finds the same tokens; what is shown may differ from what is looked up."""
    given = vault(path).tokens(["ada", "bo"], ["Ada", "Bo"])
    assert vault(path).tokens(["bo", "ada", "cy"])[:2] == given[::-1]
    assert [vault(path).reveal(token) for token in given] == ["Ada", "Bo"]
    assert len(set(given)) == 2


def test_file_shows_no_value_to_others(path: Path) -> None:
    """Neither values nor keys are in it, and only its owner may read it."""
    vault(path).tokens(["Zoster, Maria"])
    data = path.read_bytes()
    assert b"Zoster" not in data
    assert KEY.reveal().hex().encode() not in data
    assert path.stat().st_mode & 0o077 == 0


def test_erased_value_is_gone_and_gets_another_token(path: Path) -> None:
    """Its record and key leave the file, the others stay, and its token never comes back."""
    ada, bo = vault(path).tokens(["ada", "bo"])
    before = json.loads(path.read_text())["records"]
    assert (vault(path).erase("ada"), vault(path).erase("ada")) == (True, False)
    after = json.loads(path.read_text())["records"]
    assert len(after) == len(before) - 1
    with pytest.raises(CipherError, match="token: its value was erased, for good"):
        vault(path).reveal(ada)
    assert vault(path).tokens(["ada", "bo"])[1] == bo
    assert vault(path).tokens(["ada"]) != [ada]


def test_old_file_is_overwritten_when_a_value_is_erased(path: Path) -> None:
    """Who kept the old file open reads zeros."""
    vault(path).tokens(["ada"])
    with path.open("rb") as held:
        vault(path).erase("ada")
        assert set(held.read()) <= {0}


def test_crash_between_the_names_loses_nothing(path: Path) -> None:
    """Another name of the file itself is removed, not overwritten; an old file is overwritten."""
    token = vault(path).tokens(["ada"])[0]
    os.link(path, path.with_name(f".{path.name}.0a1b2c.part"))
    path.with_name(f".{path.name}.3d4e5f.part").write_bytes(b"old")
    assert vault(path).reveal(token) == "ada"
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


@pytest.mark.parametrize(
    ("key", "domain"), [(SecretKey(bytes(32)), "trial"), (KEY, "another trial")]
)
def test_other_key_or_domain_is_refused(path: Path, key: SecretKey, domain: str) -> None:
    """Neither reads nor adds to the vault."""
    token = vault(path).tokens(["ada"])[0]
    other = vault(path, key, domain)
    for use in (partial(other.reveal, token), partial(other.tokens, ["bo"])):
        with pytest.raises(CipherError, match="another key or for another domain"):
            use()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": "lineage vault 2"}', b"\xff"])
def test_damaged_file_is_an_error_and_stays(path: Path, content: bytes) -> None:
    """It is never taken for an empty vault."""
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CipherError, match="it is damaged"):
        vault(path).tokens(["ada"])
    assert path.read_bytes() == content


def test_records_cannot_be_swapped(path: Path) -> None:
    """A value is bound to its token."""
    ada, bo = vault(path).tokens(["ada", "bo"])
    document = json.loads(path.read_text())
    records = {record["token"]: record for record in document["records"].values()}
    records[ada]["value"], records[bo]["value"] = records[bo]["value"], records[ada]["value"]
    path.write_text(json.dumps(document))
    with pytest.raises(CipherError, match="does not open"):
        vault(path).reveal(ada)


def test_file_that_others_may_read_is_refused(path: Path) -> None:
    """A vault is a secret, too."""
    vault(path).tokens(["ada"])
    path.chmod(0o644)
    with pytest.raises(CipherError, match="others have access"):
        vault(path).tokens(["ada"])


def test_unknown_token_is_refused(path: Path) -> None:
    """The message does not quote it."""
    with pytest.raises(CipherError, match="token: not one of vault") as caught:
        vault(path).reveal("0123")
    assert "0123" not in str(caught.value)


def test_vault_that_would_be_too_large_is_refused_and_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit counts values, not calls: known ones are still found, and no new one is kept."""
    monkeypatch.setattr("ops.deidentify.vault.MOST_VALUES", 3)
    given = vault(path).tokens(["ada", "bo"])
    before = path.read_bytes()
    with pytest.raises(CipherError, match=r"it would have 4 values.*at most 3.*'hmac'"):
        vault(path).tokens(["ada", "cy", "di"])
    assert path.read_bytes() == before
    assert vault(path).tokens(["bo", "ada", "cy"])[:2] == given[::-1]


def test_vaults_at_the_same_time_give_one_token_a_value(path: Path) -> None:
    """No addition is lost, and nobody gets a token of his own."""
    names = [f"person {n}" for n in range(6)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: vault(path).tokens(names[n % 3 :]), range(8)))
    kept = dict(zip(names, vault(path).tokens(names), strict=True))
    assert all(tokens == [kept[name] for name in names[n % 3 :]] for n, tokens in enumerate(found))


WORKER = """
import sys
from lineage.kernel.secrets.secret import SecretKey
from ops.deidentify.vault import Vault
vault = Vault(sys.argv[1], SecretKey(bytes(range(32))), domain="trial")
for number in range(int(sys.argv[2]), 10**9):
    print(number, *vault.tokens([str(number)]), flush=True)
    if number % 3 == 2:
        vault.erase(str(number - 1))
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_vault_has_what_was_acknowledged(path: Path) -> None:
    """A token that was returned is revealed after kill -9, unless its value was erased."""
    known: dict[str, str] = {}
    for attempt in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path), str(attempt * 1000)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(5 + attempt):
            number, token = process.stdout.readline().decode().split()
            known[number] = token
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    content = json.loads(path.read_text())
    for number, token in known.items():
        if token not in content["erased"]:
            assert vault(path).reveal(token) == number

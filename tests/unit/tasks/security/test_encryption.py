"""What a task asks to be encrypted is, or an error says why not; and no key is ever shown."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lineage.kernel.errors import CipherError, PathRefusedError
from lineage.kernel.secrets import keyring, secret_files
from lineage.kernel.secrets.cipher import Cipher
from lineage.kernel.secrets.keyring import Keyring
from lineage.kernel.secrets.secret import SecretKey
from lineage.kernel.values import canonical_text
from lineage.tasks.security.encryption import EncryptionManager, detect_file_mode, detect_mode
from lineage.tasks.security.encryption_settings import EncryptionMode, effective_mode, key_variables

KEY = bytes(range(32))
MASTER = "ab" * 32
AGE_TEXT = b"age-encryption.org/v1\n-> X25519 abc\n"


@dataclass
class Settings:
    """The part of a configuration that encryption asks for."""

    root: Path
    task_id: str = "t_1-A"
    use_encryption: bool = True
    encryption_mode: EncryptionMode | None = None
    encryption_key_path: str | None = None
    encryption_key_id: str | None = None

    def get_project_root(self) -> Path:
        """Return the folder of the test."""
        return self.root


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (
        *key_variables("t_1-A"),
        keyring.MASTER_VARIABLE,
        keyring.MASTER_FILE_VARIABLE,
        keyring.FOLDER_VARIABLE,
    )
    for name in names:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A configuration that asks for encryption and names no key."""
    return Settings(tmp_path)


@pytest.fixture
def pyrage() -> Any:
    """The optional package; tests of the format itself are skipped without it."""
    return pytest.importorskip("pyrage", reason="the extra package pyrage is not installed")


def test_data_and_text_come_back(settings: Settings) -> None:
    """What is encrypted is unreadable, and decrypts to what it was."""
    manager = EncryptionManager(settings, key=KEY)
    sealed = manager.encrypt_data(b"canary-0123456789", b"place")
    assert b"canary" not in sealed
    assert manager.decrypt_data(sealed, b"place") == b"canary-0123456789"
    assert manager.decrypt_string(manager.encrypt_string("Übersicht")) == "Übersicht"


def test_one_key_encrypts_again_and_again(settings: Settings) -> None:
    """The second use of a key works as the first, and gives another text."""
    manager = EncryptionManager(settings, key=KEY)
    first, second = manager.encrypt_data(b"x"), manager.encrypt_data(b"x")
    assert first != second
    assert manager.decrypt_data(first) == manager.decrypt_data(second) == b"x"


def test_other_manager_with_the_key_decrypts(settings: Settings) -> None:
    """A key written as bytes, hexadecimal or an object is the same key."""
    sealed = EncryptionManager(settings, key=KEY).encrypt_data(b"x")
    for key in (KEY, KEY.hex(), SecretKey(KEY)):
        assert EncryptionManager(settings, key=key).decrypt_data(sealed) == b"x"


def test_encryption_without_a_key_is_an_error(settings: Settings) -> None:
    """Asked for and no key: an error that names every place a key may be in."""
    expected = r"no key.*LINEAGE_ENCRYPTION_KEY, or encryption_key_path or encryption_key_id"
    with pytest.raises(CipherError, match=expected):
        EncryptionManager(settings).initialize()
    with pytest.raises(CipherError, match=expected):
        EncryptionManager(settings).encrypt_data(b"x")


def test_encrypting_while_it_is_off_is_an_error(settings: Settings) -> None:
    """Plaintext is never handed back in place of encrypted data."""
    settings.use_encryption = False
    manager = EncryptionManager(settings, key=KEY)
    assert manager.initialize()
    with pytest.raises(CipherError, match="use_encryption is false"):
        manager.encrypt_data(b"x")


def test_old_message_decrypts_while_encryption_is_off(settings: Settings) -> None:
    """Turning encryption off does not lose what was encrypted before."""
    sealed = EncryptionManager(settings, key=KEY).encrypt_data(b"x")
    settings.use_encryption = False
    assert EncryptionManager(settings, key=KEY).decrypt_data(sealed) == b"x"


def test_wrong_key_is_an_error(settings: Settings) -> None:
    """Another key does not give other text."""
    sealed = EncryptionManager(settings, key=KEY).encrypt_data(b"x")
    with pytest.raises(CipherError, match="does not open"):
        EncryptionManager(settings, key=bytes(range(1, 33))).decrypt_data(sealed)


def test_plaintext_is_not_decrypted(settings: Settings) -> None:
    """A message that was never encrypted is told apart."""
    manager = EncryptionManager(settings, key=KEY)
    with pytest.raises(CipherError, match="not encrypted"):
        manager.decrypt_data(b"plain")
    with pytest.raises(CipherError, match="not base64"):
        manager.decrypt_string("no base64!")


def test_key_is_taken_from_the_first_place_that_has_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is argument, variable of the task, variable for all, key file, keyring."""
    monkeypatch.setenv(keyring.MASTER_VARIABLE, MASTER)
    Keyring(tmp_path / ".lineage/keys", SecretKey(bytes.fromhex(MASTER))).create("p", "mine")
    secret_files.write_new(tmp_path / "key.bin", KEY)

    def source(key: bytes | None = None) -> object:
        manager = EncryptionManager(settings, key=key)
        manager.initialize()
        return manager.get_encryption_info()["key_source"]

    settings.encryption_key_id = "mine"
    assert source() == "keyring"
    settings.encryption_key_path = "key.bin"
    assert source() == "key file"
    monkeypatch.setenv("LINEAGE_ENCRYPTION_KEY", "a passphrase for all")
    assert source() == "LINEAGE_ENCRYPTION_KEY"
    monkeypatch.setenv("LINEAGE_T_1_A_ENCRYPTION_KEY", "a passphrase for one")
    assert source() == "LINEAGE_T_1_A_ENCRYPTION_KEY"
    assert source(KEY) == "argument"


def test_key_of_the_keyring_encrypts(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key named by its id decrypts until it is destroyed."""
    monkeypatch.setenv(keyring.MASTER_VARIABLE, MASTER)
    ring = Keyring(tmp_path / ".lineage/keys", SecretKey(bytes.fromhex(MASTER)))
    ring.create("p", "mine")
    settings.encryption_key_id = "mine"
    sealed = EncryptionManager(settings).encrypt_data(b"x")
    assert EncryptionManager(settings).decrypt_data(sealed) == b"x"
    ring.destroy("mine", "test")
    with pytest.raises(CipherError, match="was destroyed"):
        EncryptionManager(settings).decrypt_data(sealed)


def test_keyring_without_a_master_key_names_it(settings: Settings) -> None:
    """A key id alone is not enough."""
    settings.encryption_key_id = "mine"
    with pytest.raises(CipherError, match="LINEAGE_MASTER_KEY"):
        EncryptionManager(settings).initialize()


@pytest.mark.parametrize(
    ("path", "error", "expected"),
    [
        ("missing.key", CipherError, "missing.key"),
        ("~/key", PathRefusedError, "no leading '~'"),
        ("open.key", CipherError, "chmod 600"),
    ],
)
def test_key_file_that_cannot_be_used_is_an_error(
    settings: Settings, tmp_path: Path, path: str, error: type[Exception], expected: str
) -> None:
    """A named file is not passed over for the next place."""
    (tmp_path / "open.key").write_bytes(KEY)
    (tmp_path / "open.key").chmod(0o644)
    settings.encryption_key_path, settings.encryption_key_id = path, "mine"
    with pytest.raises(error, match=expected):
        EncryptionManager(settings).initialize()


def test_mode_is_simple_unless_another_is_asked_for(settings: Settings) -> None:
    """Encryption without a mode is AES-256-GCM; without encryption there is no mode."""
    assert effective_mode(settings) is EncryptionMode.SIMPLE
    settings.encryption_mode = EncryptionMode.AGE
    assert effective_mode(settings) is EncryptionMode.AGE
    settings.use_encryption = False
    assert effective_mode(settings) is EncryptionMode.NONE


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        pytest.param(Cipher(SecretKey(KEY)).seal(b"x"), "simple", id="sealed"),
        (AGE_TEXT, "age"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "age"),
        (b"plain", "none"),
        (b"", "none"),
        ("plain text", "none"),
    ],
)
def test_mode_of_a_message_is_seen(data: bytes | str, mode: str, tmp_path: Path) -> None:
    """Detection tells simple, age and none, in memory and in files."""
    assert detect_mode(data) == mode
    if isinstance(data, bytes):
        (tmp_path / "file").write_bytes(data)
        assert detect_file_mode(tmp_path / "file") == mode


def test_encrypted_text_and_file_are_seen(settings: Settings, tmp_path: Path) -> None:
    """The manager tells encrypted texts and files from others."""
    manager = EncryptionManager(settings, key=KEY)
    (tmp_path / "sealed").write_bytes(manager.encrypt_data(b"x" * 1000))
    (tmp_path / "plain").write_bytes(b"x" * 1000)
    assert manager.is_encrypted(manager.encrypt_string("x" * 1000))
    assert not manager.is_encrypted("x" * 1000)
    assert manager.is_file_encrypted(tmp_path / "sealed")
    assert not manager.is_file_encrypted(tmp_path / "plain")


def test_info_says_what_is_used_and_no_secret(settings: Settings) -> None:
    """The report gets mode, source and fingerprint, and never the key."""
    info = EncryptionManager(settings, key=KEY).get_encryption_info()
    assert info == {
        "enabled": True,
        "mode": "simple",
        "algorithm": "AES-256-GCM",
        "key_available": True,
        "key_source": "argument",
        "key_id": SecretKey(KEY).fingerprint,
    }
    assert KEY.hex() not in canonical_text(info)


def test_info_without_encryption_or_key_says_so(settings: Settings) -> None:
    """What is missing is shown as missing."""
    unavailable = EncryptionManager(settings).get_encryption_info()
    assert (unavailable["enabled"], unavailable["key_available"]) == (True, False)
    settings.use_encryption = False
    off = EncryptionManager(settings, key=KEY).get_encryption_info()
    assert (off["enabled"], off["mode"], off["key_source"]) == (False, "none", None)


def test_no_key_is_shown_or_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behaviour 67: neither texts of the manager nor its log lines hold the key."""
    monkeypatch.setenv("LINEAGE_ENCRYPTION_KEY", KEY.hex())
    caplog.set_level(logging.DEBUG)
    manager = EncryptionManager(settings, logging.getLogger("task.t"))
    sealed = manager.encrypt_data(b"x")
    with pytest.raises(CipherError, match="does not open") as caught:
        manager.decrypt_data(sealed[:-1])
    shown = f"{manager!r} {manager} {caught.value!r} {caplog.text} {vars(manager)!r}"
    assert "encryption key from LINEAGE_ENCRYPTION_KEY" in caplog.text
    assert KEY.hex() not in shown
    assert repr(KEY) not in shown


def test_age_without_its_package_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behaviour 67: mode age asked for and impossible is an error with the remedy."""
    monkeypatch.setitem(sys.modules, "pyrage", None)
    settings.encryption_mode = EncryptionMode.AGE
    with pytest.raises(CipherError, match="pip install pyrage"):
        EncryptionManager(settings, key="a long passphrase").encrypt_data(b"x")


def test_age_with_a_32_byte_key_is_an_error(settings: Settings) -> None:
    """Age has keys of its own."""
    settings.encryption_mode = EncryptionMode.AGE
    with pytest.raises(CipherError, match="AGE-SECRET-KEY-1"):
        EncryptionManager(settings, key=KEY).initialize()


def test_age_identity_encrypts_and_decrypts(settings: Settings, pyrage: Any) -> None:
    """An identity file as age-keygen writes it encrypts to itself."""
    identity = pyrage.x25519.Identity.generate()
    text = f"# created: today\n# public key: {identity.to_public()}\n{identity}\n"
    settings.encryption_mode = EncryptionMode.AGE
    manager = EncryptionManager(settings, key=text)
    sealed = manager.encrypt_data(b"canary")
    assert detect_mode(sealed) is EncryptionMode.AGE
    assert manager.decrypt_data(sealed) == b"canary"
    assert manager.get_encryption_info()["key_id"] == str(identity.to_public())


def test_age_recipient_encrypts_and_cannot_decrypt(settings: Settings, pyrage: Any) -> None:
    """A public key is enough to write, and not to read."""
    settings.encryption_mode = EncryptionMode.AGE
    identity = pyrage.x25519.Identity.generate()
    writer = EncryptionManager(settings, key=str(identity.to_public()))
    sealed = writer.encrypt_data(b"x")
    with pytest.raises(CipherError, match="public key cannot decrypt it; give the identity"):
        writer.decrypt_data(sealed)
    assert EncryptionManager(settings, key=str(identity)).decrypt_data(sealed) == b"x"


def test_age_faults_are_errors_of_ours(settings: Settings, pyrage: Any) -> None:
    """A damaged message, a wrong key and a mistyped one are each told, without the key."""
    settings.encryption_mode = EncryptionMode.AGE
    one, other = (str(pyrage.x25519.Identity.generate()) for _ in range(2))
    sealed = EncryptionManager(settings, key=one).encrypt_data(b"x")
    for key, data, words in ((one, sealed[:-1], "not open"), (other, sealed, "another key")):
        with pytest.raises(CipherError, match=words):
            EncryptionManager(settings, key=key).decrypt_data(data)
    with pytest.raises(CipherError, match="not a valid identity or recipient") as caught:
        EncryptionManager(settings, key=one[:-1]).initialize()
    assert one[:-1] not in repr(caught.value)


def test_age_refuses_associated_data(settings: Settings, pyrage: Any) -> None:
    """What the format cannot bind is not silently left out."""
    settings.encryption_mode = EncryptionMode.AGE
    with pytest.raises(CipherError, match="the age format has none"):
        EncryptionManager(settings, key="a long passphrase").encrypt_data(b"x", b"place")


@pytest.mark.slow
def test_age_passphrase_encrypts_and_decrypts(settings: Settings, pyrage: Any) -> None:
    """A passphrase works as well; age makes it take seconds on purpose."""
    settings.encryption_mode = EncryptionMode.AGE
    manager = EncryptionManager(settings, key="a long passphrase")
    assert manager.decrypt_data(manager.encrypt_data(b"x")) == b"x"

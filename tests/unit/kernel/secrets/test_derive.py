"""A derived key depends on its master and on every word about its use."""

from __future__ import annotations

import pytest

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.derive import derive_key
from lineage.kernel.secrets.secret import SecretKey

MASTER = SecretKey(bytes(range(32)))


def test_equal_uses_give_the_same_key() -> None:
    """The key of a use is always the same, in every release."""
    key = derive_key(MASTER, domain="study", purpose="pseudonyms", version=1)
    assert key.reveal().hex() == "0fe8a427ca95a1a07a8f5fade40f065f016955ad3e62eaa2855e1c3c73e293ed"


def test_other_uses_give_other_keys() -> None:
    """Master, domain, purpose and version each count, also where their texts run together."""
    uses = [("ab", "c", 1), ("a", "bc", 1), ("ab", "c", 2), ("abc", "1", 1), ("ab", "c1", 1)]
    keys = {
        derive_key(m, domain=d, purpose=p, version=v).reveal()
        for m in (MASTER, SecretKey(bytes(32)))
        for d, p, v in uses
    }
    assert len(keys) == 2 * len(uses)


@pytest.mark.parametrize(
    ("domain", "purpose", "version"), [("", "p", 1), ("d", "", 1), ("d", "p", 0)]
)
def test_unnamed_uses_are_refused(domain: str, purpose: str, version: int) -> None:
    """A use has a domain, a purpose and a version from 1."""
    with pytest.raises(CipherError, match="derived key"):
        derive_key(MASTER, domain=domain, purpose=purpose, version=version)

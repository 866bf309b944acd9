"""What the keys of a ledger said of those that followed them, as proofs carry it.

Whoever knows one verifier key of a ledger trusts a later one, if endorsements lead to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lineage.domain.seal import is_endorsed
from lineage.events import SignerAdopted
from lineage.kernel import notes
from lineage.kernel.errors import IntegrityError
from lineage.kernel.notes import ED25519, VerifierKey


def of(adopted: Iterable[SignerAdopted]) -> list[dict[str, str]]:
    """Return the endorsements of keys that were adopted, in their order, for a JSON document.

    A key that was adopted without the word of the one before it has none, and no endorsement
    leads to it.
    """
    return [
        {
            "replaces": str(adoption.replaces),
            "verifier_key": adoption.verifier_key,
            "endorsement": str(adoption.endorsement),
        }
        for adoption in adopted
        if is_endorsed(adoption)
    ]


def follow(said: object, trusted: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return the keys that are trusted, and those to which endorsements lead from them.

    Args:
        said: What `of` returned, as somebody else hands it over.
        trusted: Keys that the reader trusts.

    Returns:
        The keys, in the order in which they are reached.

    Raises:
        IntegrityError: One of them is no endorsement, or its signature is false.
    """
    found = list(trusted)
    stated: list[Any] = said if isinstance(said, list) else [said]
    for one in stated:
        try:
            earlier, text, word = (
                str(one[name]) for name in ("replaces", "verifier_key", "endorsement")
            )
        except (KeyError, TypeError):
            raise _bad("it cannot be read") from None
        before, key = VerifierKey.parse(earlier), VerifierKey.parse(text)
        if not notes.is_endorsed(text, word, before):
            raise _bad(f"key {before.key_id.hex()} has not signed that {key.key_id.hex()} follows")
        is_signer = before.name == key.name and before.algorithm == key.algorithm == ED25519
        if is_signer and before in found and key not in found:
            found.append(key)
    return tuple(found)


def _bad(problem: str) -> IntegrityError:
    return IntegrityError(
        "endorsement of a key", problem=problem, remedy="get it again from who made it"
    )

"""What a secret looks like: by the name of a value, and by its form within a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

REDACTED: Final = "***"


def _words(text: str) -> list[str]:
    return text.split()


_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ANYWHERE: Final = re.compile(
    r"(?i)password|passwd|passphrase|passcode|pwd|secret|token|credential|authorization|^key$"
    r"|shared[^a-z0-9]*access"
    r"|(api|access|private|encryption|decryption|master|signing|data|hmac|ssh|rsa|aes|gpg|pgp"
    r"|cipher|crypto|account|storage|shared|session|deploy|root|tls|ssl|jwt|wrapping)[^a-z0-9]*key"
)
_WORDS: Final = frozenset(
    _words("pass pw auth oauth pin otp totp sas psk hmac jwt creds cookie cookies salt pepper")
)
_INNOCENT: Final = re.compile(
    r"(?i)(^|_)(first|second|single|one|two|multi|low|high|band)_pass($|_)|(^|_)pass_through($|_)"
    r"|(^|_)pin_memory$|(^|_)sas_(file|format|path|dataset|table|library|version|program)$"
)
_MEASURES: Final = frozenset(
    _words(
        "count counts length len size policy limit ttl expiry age days hours minutes "
        "seconds strength column columns field fields required enabled type kind mode "
        "method rate ratio score attempts retries"
    )
)
_AMOUNTS: Final = frozenset(_words("max min num n total mean avg"))

_PEM: Final = re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)
_KNOWN: Final = re.compile(
    r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}\b|eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"
    r"|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}"
    r"|sk[-_](?:live_|test_|proj-|ant-)?[A-Za-z0-9]{20,}[\w-]*|AIza[\w-]{30,}"
    r"|AGE-SECRET-KEY-1[0-9A-Z]+)"
)
_BEARER: Final = re.compile(
    r"\b((?:Bearer|BEARER)\s+)(?!(?i:tokens?|auth\w*)\b)[^\s,;\"'*][^\s,;\"']{3,}"
    r"|\b((?:bearer|basic|Basic)\s+)(?=[^\s,;\"']*[0-9=])[^\s,;\"'*][^\s,;\"']{7,}"
)
_IN_URL: Final = re.compile(
    r"(?<=://)([^\s/:@\"'<>]*):(?!\d{1,5}(?:[/?#\s]|\Z))(?:(?!://)[^\s\"'<>])*@"
)
_TOKEN_IN_URL: Final = re.compile(r"(?i)([a-z][a-z0-9+.-]{0,30}://)([^\s/:@\"'<>]+)@")
_NO_TOKEN: Final = frozenset({"git", "postgres", "root", "anonymous", "hdfs"})
_CONTAINERS: Final = ("abfs", "wasb")
"""Beginnings of schemes that have the name of a container before the @."""

_NAMED: Final = re.compile(
    r"(?<!\w)(?P<name>[A-Za-z_][\w.-]{0,200})(?P<quote>[\"']?)(?P<sign>\s*[:=]\s*)"
)
_VALUE: Final = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|[^\s;&,]*[^\s;&,.)\]}\"']")
_SHORT: Final = re.compile(
    r"(?i)password|passwd|passphrase|passcode|pwd|secret|token|credential|key"
)
_ONLY_IN_TEXTS: Final = frozenset({"sig", "x-amz-signature", "x-goog-signature"})
_NOT_VALUES: Final = frozenset(
    _words(
        "none null true false *** input field must required should is are missing value "
        "invalid expected not no found wrong a an the set unset given empty extra text "
        "string number integer list object bearer basic looks"
    )
)
_NUMBER: Final = re.compile(r"[0-9.]+")
_HINT: Final = re.compile(
    r"[=:]|-----BEGIN|[Bb]earer|BEARER|[Bb]asic|AKIA|ASIA|eyJ|gh._|github_pat_|glpat-|xox|sk[-_]|AIza|AGE-"
)


def is_secret(name: str) -> bool:
    """Tell whether a name sounds like that of a secret."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _MEASURES or words[0] in _AMOUNTS:
        return False
    if _ANYWHERE.search(name) is not None:
        return True
    return not _WORDS.isdisjoint(words) and _INNOCENT.search("_".join(words)) is None


def masked(text: str) -> str:
    """Return a text in which secrets are "***".

    They are known by what is around them (the password of a URL, what follows "password=",
    "token: " or "Bearer ") or by themselves (PEM blocks, keys and tokens of known services).
    Masking twice changes nothing more.
    """
    if _HINT.search(text) is None:
        return text  # true of most texts, at a fraction of the cost
    text = _KNOWN.sub(REDACTED, _PEM.sub(REDACTED, text))
    text = _TOKEN_IN_URL.sub(_without_token, _IN_URL.sub(rf"\1:{REDACTED}@", text))
    text = _BEARER.sub(lambda found: f"{found[1] or found[2]}{REDACTED}", text)
    return "".join(_without_values(text))


def _without_token(found: re.Match[str]) -> str:
    is_name = found[2] in _NO_TOKEN or found[1].lower().startswith(_CONTAINERS)
    return found[0] if is_name else f"{found[1]}{REDACTED}@"


def _without_values(text: str) -> Iterator[str]:
    done = 0
    # What follows a name may hold names of its own, so only values that are secret are passed over.
    for named in _NAMED.finditer(text):
        if named.start() < done:
            continue
        is_plain = ":" in named["sign"] and not named["quote"]
        value = (
            _VALUE.match(text, named.end())
            if _sounds_assigned(named["name"], is_plain=is_plain)
            else None
        )
        if value is None or not _is_value(named["name"], value[0].strip("\"'")):
            continue
        mark = value[0][0] if value[0][0] in "\"'" and len(value[0]) > 1 else ""
        yield f"{text[done : named.end()]}{mark}{REDACTED}{mark}"
        done = value.end()
    yield text[done:]


def _sounds_assigned(name: str, *, is_plain: bool) -> bool:
    if name.lower() in _ONLY_IN_TEXTS:
        return not is_plain
    if name.lower() == "key":  # what tables are joined on
        return False
    return is_secret(name) and (not is_plain or _SHORT.search(name) is not None)


def _is_value(name: str, value: str) -> bool:
    if not value or value.lower() in _NOT_VALUES or value.startswith(("//", REDACTED)):
        return False
    return name.lower() not in _ONLY_IN_TEXTS or _NUMBER.fullmatch(value) is None

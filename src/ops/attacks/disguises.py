"""Ways to write a value that anybody can undo by trying values: plain hashes and encodings."""

from __future__ import annotations

import base64
import codecs
import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_PROBES: Final = 2_000
"""Different source values by which a way is recognized."""

_AT_ONCE: Final = 1_000_000
"""Different source values that are written at a time, for the memory that takes."""

_SEVERAL: Final = 2
_SHORTEST: Final = 8
"""Characters of a hash that was cut off; fewer may agree by chance."""

_HASHES: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "sha3_256")
_SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "": str,
    " of lower case": str.lower,
    " of upper case": str.upper,
}
_ENCODINGS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "hex": bytes.hex,
    "upper-case hex": lambda data: data.hex().upper(),
    "base64": lambda data: base64.b64encode(data).decode(),
    "URL-safe base64": lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
}


def _hash(name: str, spelling: Callable[[str], str], encode: Callable[[bytes], str]) -> Write:
    return lambda text: encode(hashlib.new(name, spelling(text).encode()).digest())


def _encoded(encode: Callable[[bytes], str]) -> Write:
    return lambda text: encode(text.encode())


Write = Callable[[str], str]

HASHED: Final[Mapping[str, Write]] = {
    f"{name}{said} in {form}": _hash(name, spelling, encode)
    for name in _HASHES
    for said, spelling in _SPELLINGS.items()
    for form, encode in _ENCODINGS.items()
}
"""Name of a plain hash to how it writes a text."""

WAYS: Final[Mapping[str, Write]] = {
    **{f"itself{said}": spelling for said, spelling in _SPELLINGS.items()},
    **{f"itself in {name}": _encoded(encode) for name, encode in _ENCODINGS.items()},
    "itself backwards": lambda text: text[::-1],
    "itself by ROT13": lambda text: codecs.encode(text, "rot13"),
    **HASHED,
}
"""Name of a way to how it writes a text."""


def recognized(
    source: pa.Array, output: pa.Array, *, at_once: int = _AT_ONCE
) -> tuple[str, npt.NDArray[np.bool_]] | None:
    """Return the way that best explains values by those of a source; None if none explains any.

    Args:
        source: Different texts of the source.
        output: Different texts of what was made of it.
        at_once: How many texts of the source are written at a time.

    Returns:
        Name of the way, and of each text of the output whether that way makes it of one value of
        the source and no other.
    """
    probes = _chosen(source, _PROBES)
    length = _length(output)
    texts = [text for way in WAYS for text in _written(way, probes, length)]
    made = pa.array(texts, pa.large_string())
    # one look-up for all ways, in an index of the few: one of the output takes its memory again
    seen = output.filter(pc.is_in(output, value_set=made))
    is_found = pc.is_in(made, value_set=seen)
    hits = is_found.to_numpy(zero_copy_only=False).reshape(len(WAYS), -1).sum(axis=1)
    best = [*WAYS][hits.argmax()]  # the first of equally good ones
    if not hits.any():
        return None
    times = np.zeros(len(output), np.int64)
    for start in range(0, len(source), at_once):
        part: list[str] = source.slice(start, at_once).to_pylist()
        counted = pc.value_counts(pa.array(_written(best, part, length), pa.large_string()))
        alone = pc.equal(counted.field("counts"), 1)
        for weight, chosen in ((1, alone), (_SEVERAL, pc.invert(alone))):
            texts_made = counted.field("values").filter(chosen)
            if len(texts_made):
                found = pc.is_in(output, value_set=texts_made)
                times += weight * found.to_numpy(zero_copy_only=False)
    return best, times == 1


def spread(size: int, most: int) -> npt.NDArray[np.int64]:
    """Return all places, or as many as wanted, from the first to the last."""
    if size <= most:
        return np.arange(size)
    return np.linspace(0, size - 1, most).astype(np.int64)


def _chosen(texts: pa.Array, most: int) -> list[str]:
    chosen: list[str] = texts.take(pa.array(spread(len(texts), most))).to_pylist()
    return chosen


def _length(output: pa.Array) -> int | None:
    """Return the length that all texts have; None if they differ, or are short."""
    lengths = pc.unique(pc.utf8_length(output)).to_pylist()
    return lengths[0] if len(lengths) == 1 and lengths[0] >= _SHORTEST else None


def _written(way: str, texts: list[str], length: int | None) -> list[str]:
    # texts of one length may be hashes that were cut off
    end = length if way in HASHED else None
    return [WAYS[way](text)[:end] for text in texts]

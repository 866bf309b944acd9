"""What a kind of personal data is told by."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from lineage.kernel.roles import ColumnRole

Confidence: TypeAlias = Literal["high", "medium", "low"]

_WORD: Final = re.compile(r"[^\W\d_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COUNT_WORDS: Final = frozenset({"no", "nr", "num", "number", "nbr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One kind of personal data.

    Attributes:
        kind: Its key in results.
        meaning: What it is called in sentences, in the plural.
        role: The role it is proposed for.
        names: Phrases in a column's name that say so, lower case, words apart.
        endings: Phrases that say so at the end of a column's name only.
        form: RE2 pattern of a value, without surrounding white space and `separators`.
        separators: Characters that a value may be written with.
        check: Tells from a value of the form whether its check digits or ranges hold.
        chance: Share of other values of the form for which `check` holds all the same; 1.0 if that
            proves nothing.
        is_telling: The form is seen in nothing else, so that it needs neither name nor check.
        whole: Tells from all values of the form whether the column as a whole looks so.
        least_share: Share of the values that must look so if the name does not say it.
        most: The most that values alone can give.
        hipaa: Letter in 45 CFR 164.514(b)(2)(i), if it is one of the 18 identifiers.
        is_special: A special category of GDPR Art. 9.
        is_hidden: A column whose name says so shows no values in a profile.
        source: Who defined form and check digits.
    """

    kind: str
    meaning: str
    role: ColumnRole
    names: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    form: str | None = None
    separators: str = ""
    check: Callable[[str], bool] | None = None
    chance: float = 1.0
    is_telling: bool = False
    whole: Callable[[Sequence[str]], bool] | None = None
    least_share: float = 0.05
    most: Confidence = "high"
    hipaa: str | None = None
    is_special: bool = False
    is_hidden: bool = False
    source: str = ""

    def phrase_in(self, name: str) -> str | None:
        """Return the phrase by which a column's name says that it holds this; None for none."""
        words = words_of(name)
        spaced, solid = f" {' '.join(words)} ", {*words, "".join(words)}
        found = [p for p in self.names if f" {p} " in spaced or p.replace(" ", "") in solid]
        while len(words) > 1 and words[-1] in _COUNT_WORDS:
            words.pop()
        found += [p for p in self.endings if f" {' '.join(words)}".endswith(f" {p}")]
        return max(found, key=len, default=None)


def words_of(name: str) -> list[str]:
    """Return the words of a column's name in lower case."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", name))]

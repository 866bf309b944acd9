"""What a group of rows publishes in place of its values; see `ops.measures.value_domain`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ops.measures.classes import Integers
from ops.measures.value_domain import NULL_TEXT, Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Tuples put into groups, none of them empty.

    Attributes:
        order: The tuples' positions, group after group; shape (tuples,).
        lengths: The number of tuples of each group; shape (groups,).
    """

    order: Integers
    lengths: Integers

    @property
    def starts(self) -> Integers:
        """Where each group begins in `order`; shape (groups,)."""
        return np.cumsum(self.lengths) - self.lengths

    @property
    def numbers(self) -> Integers:
        """The group of each tuple, in the order of `order`; shape (tuples,)."""
        return np.repeat(np.arange(len(self.lengths), dtype=np.int64), self.lengths)

    def group_of(self) -> Integers:
        """Return the group of each tuple, by the tuple's position; shape (tuples,)."""
        groups = np.empty(len(self.order), dtype=np.int64)
        groups[self.order] = self.numbers
        return groups


def label_groups(groups: Groups, codes: Integers, domain: Domain) -> pd.Categorical:
    """Say what each group publishes for one column.

    Args:
        groups: The tuples in groups.
        codes: The column's code of each tuple, by the tuple's position.
        domain: What the codes mean.

    Returns:
        One label a group, in the order of the groups; null where the group has only nulls. The
        categories are texts.
    """
    if not len(groups.lengths):
        return pd.Categorical([], categories=pd.Index([], dtype="str"))
    label = _range_labels if domain.is_range else _set_labels
    numbers, texts = label(groups, codes[groups.order], domain)
    return _categorical(numbers, texts)


def _categorical(numbers: Integers, texts: list[str]) -> pd.Categorical:
    """Return the texts by number; `<null>` alone becomes null."""
    # Values that differ may read the same (1 and "1"): they become one category.
    merged, found = pd.factorize(pd.Index(texts, dtype="str"))
    is_kept = np.asarray(found != NULL_TEXT, dtype=np.bool_)
    codes = np.where(is_kept, np.cumsum(is_kept) - 1, -1)
    return pd.Categorical.from_codes(codes[merged][numbers], categories=found[is_kept])


def _range_labels(groups: Groups, codes: Integers, domain: Domain) -> tuple[Integers, list[str]]:
    """Return the label number of each group, and the labels."""
    # A range that holds null starts at its lowest value that is not null; null comes first.
    offset = 0 if domain.null_code is None else 1
    high = np.maximum.reduceat(codes, groups.starts)
    has_null = np.minimum.reduceat(codes, groups.starts) < offset
    known = np.where(codes < offset, domain.size, codes)
    low = np.minimum(np.minimum.reduceat(known, groups.starts), high)
    keys, numbers = np.unique((low * domain.size + high) * 2 + has_null, return_inverse=True)
    lows, highs = keys // 2 // domain.size, keys // 2 % domain.size
    used, places = np.unique(np.concatenate([lows, highs]), return_inverse=True)
    texts = np.array(domain.texts(used), dtype=object)[places].tolist()
    first, last = texts[: len(lows)], texts[len(lows) :]
    is_single, is_mixed = lows == highs, (keys % 2 == 1) & (highs >= offset)
    facts = zip(first, last, is_single.tolist(), is_mixed.tolist(), strict=True)
    mark = domain.range_mark if len(domain.values) else ""
    return numbers, [
        (f"{NULL_TEXT}|" if mixed else "") + (a if single else a + mark + b)
        for a, b, single, mixed in facts
    ]


def _set_labels(groups: Groups, codes: Integers, domain: Domain) -> tuple[Integers, list[str]]:
    """Return the label number of each group, and the labels."""
    texts = domain.texts(np.arange(domain.size))
    by_text = sorted(range(domain.size), key=lambda code: (code != domain.null_code, texts[code]))
    sorted_texts = [texts[code] for code in by_text]
    rank = np.empty(domain.size, dtype=np.int64)
    rank[by_text] = np.arange(domain.size)
    members = np.unique(groups.numbers * domain.size + rank[codes])
    lengths = np.bincount(members // domain.size)
    ranks = members % domain.size
    stops = np.cumsum(lengths)
    numbers = ranks[stops - lengths]
    several = np.flatnonzero(lengths > 1)
    numbers[several] = domain.size + np.arange(len(several))
    spans = zip((stops - lengths)[several].tolist(), stops[several].tolist(), strict=True)
    member_ranks = ranks.tolist()
    joined = ["|".join(dict.fromkeys(sorted_texts[r] for r in member_ranks[a:b])) for a, b in spans]
    return numbers, sorted_texts + joined

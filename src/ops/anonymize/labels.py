"""What the rows of a group publish in place of their values; `ops.anonymize.domain` says how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ops.anonymize.classes import Integers
from ops.anonymize.domain import NULL_TEXT, Domain


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

    def group_of(self) -> Integers:
        """Return the group of each tuple, by the tuple's position; shape (tuples,)."""
        groups = np.empty(len(self.order), dtype=np.int64)
        groups[self.order] = np.repeat(np.arange(len(self.lengths)), self.lengths)
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
    # Values that differ may read the same (1 and "1"): they become one category.
    merged, categories = pd.factorize(pd.Index(texts, dtype="str"))
    is_null = categories.get_indexer(pd.Index([NULL_TEXT], dtype="str"))[0]
    kept = np.delete(np.arange(len(categories)), is_null) if is_null >= 0 else slice(None)
    renumber = np.full(len(categories), -1, dtype=np.int64)
    renumber[kept] = np.arange(len(categories[kept]))
    return pd.Categorical.from_codes(renumber[merged][numbers], categories=categories[kept])


def _range_labels(groups: Groups, codes: Integers, domain: Domain) -> tuple[Integers, list[str]]:
    """Return the label number of each group, and the labels."""
    texts = domain.texts()
    size = domain.size
    low_with_null = np.minimum.reduceat(codes, groups.starts)
    high = np.maximum.reduceat(codes, groups.starts)
    has_null = (low_with_null == domain.null_code) if domain.null_code is not None else high < 0
    known = np.where(codes == domain.null_code, size, codes)
    low = np.minimum(np.minimum.reduceat(known, groups.starts), high)
    keys, numbers = np.unique((low * size + high) * 2 + has_null, return_inverse=True)
    ends = zip((keys // 2 // size).tolist(), (keys // 2 % size).tolist(), strict=True)
    ranges = [
        texts[first] if first == last else texts[first] + domain.range_mark + texts[last]
        for first, last in ends
    ]
    mixed = (keys % 2 == 1) & (keys // 2 % size != domain.null_code)
    marked = zip(ranges, mixed.tolist(), strict=True)
    return numbers, [f"{NULL_TEXT}|{text}" if is_mixed else text for text, is_mixed in marked]


def _set_labels(groups: Groups, codes: Integers, domain: Domain) -> tuple[Integers, list[str]]:
    """Return the label number of each group, and the labels."""
    texts = domain.texts()
    by_text = sorted(range(domain.size), key=lambda code: (code != domain.null_code, texts[code]))
    sorted_texts = [texts[code] for code in by_text]
    rank = np.empty(domain.size, dtype=np.int64)
    rank[by_text] = np.arange(domain.size)
    of_group = np.repeat(np.arange(len(groups.lengths)), groups.lengths)
    members = np.unique(of_group * domain.size + rank[codes])
    lengths = np.bincount(members // domain.size)
    ranks = members % domain.size
    starts = np.cumsum(lengths) - lengths
    numbers = ranks[starts]
    several = np.flatnonzero(lengths > 1)
    numbers[several] = domain.size + np.arange(len(several))
    spans = zip(starts[several].tolist(), (starts + lengths)[several].tolist(), strict=True)
    member_ranks = ranks.tolist()
    joined = ["|".join([sorted_texts[r] for r in member_ranks[a:b]]) for a, b in spans]
    return numbers, sorted_texts + joined

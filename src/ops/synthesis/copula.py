"""How columns depend on each other: a Gaussian copula over their places.

Source: Nelsen, An Introduction to Copulas (2006), section 2.9; for mixed columns, Patki, Wedge,
Veeramachaneni, The Synthetic Data Vault, DSAA 2016, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ops.synthesis.marginals import Categories, Floats, Marginal

_GRID: Final = np.linspace(-6.0, 6.0, 6001)
_NORMAL: Final = np.array([0.5 * (1 + math.erf(x / math.sqrt(2))) for x in _GRID])
_ROUNDS: Final = 3
_LEAST: Final = 1e-6


def fit(marginals: Sequence[Marginal], random: np.random.Generator) -> Floats:
    """Return the correlation of the normal scores of columns.

    Values of nominal columns are first put in an order in which they depend on the others most:
    by the mean score of what goes along with them.

    Args:
        marginals: The models of the columns, of the same rows; nominal ones are reordered.
        random: Where the places of equal values come from.

    Returns:
        A correlation matrix, shape (columns, columns), positive definite.
    """
    scores = np.column_stack([_scores(each, random) for each in marginals])
    for _ in range(_ROUNDS):
        for at, each in enumerate(marginals):
            if isinstance(each, Categories) and each.is_nominal and len(each.values) > 1:
                weights = _correlation(scores)[at]
                weights[at] = 0.0
                _order_by(each, np.nan_to_num(scores) @ weights)
                scores[:, at] = _scores(each, random)
    return _positive(_correlation(scores))


def draw(correlation: Floats, rows: int, random: np.random.Generator) -> Floats:
    """Return places of rows whose normal scores are so correlated; shape (rows, columns)."""
    normal = random.standard_normal((rows, len(correlation)))
    return _places(normal @ np.linalg.cholesky(correlation).T)


def _scores(marginal: Marginal, random: np.random.Generator) -> Floats:
    return np.asarray(np.interp(marginal.places(random), _NORMAL, _GRID), dtype=np.float64)


def _places(scores: Floats) -> Floats:
    return np.asarray(np.interp(scores, _GRID, _NORMAL), dtype=np.float64)


def _order_by(marginal: Categories, scores: Floats) -> None:
    is_known = marginal.codes >= 0
    codes, count = marginal.codes[is_known], len(marginal.values)
    sizes = np.bincount(codes, minlength=count)
    sums = np.bincount(codes, weights=scores[is_known], minlength=count)
    means = np.round(sums / np.maximum(sizes, 1), 9)
    marginal.reorder(np.argsort(means, kind="stable").astype(np.int64))


def _correlation(scores: Floats) -> Floats:
    """Return the correlation of each pair over the rows in which both are known."""
    is_known = ~np.isnan(scores)
    filled = np.nan_to_num(scores)
    both = is_known.T.astype(np.float64) @ is_known
    products = filled.T @ filled / np.maximum(both, 1)
    lengths = np.sqrt(np.diag(products))
    lengths[lengths == 0] = 1.0
    found = products / np.outer(lengths, lengths)
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.clip(found, -1.0, 1.0), dtype=np.float64)


def _positive(correlation: Floats) -> Floats:
    """Return the matrix without its negative part, as a correlation again.

    Source: Rebonato, Jaeckel, Journal of Risk 2 (1999), spectral decomposition.
    """
    values, vectors = np.linalg.eigh(correlation)
    rebuilt = (vectors * np.maximum(values, _LEAST)) @ vectors.T
    lengths = np.sqrt(np.diag(rebuilt))
    return np.asarray(rebuilt / np.outer(lengths, lengths), dtype=np.float64)

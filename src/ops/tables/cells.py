"""Which cells of a table must not be shown."""

from __future__ import annotations

import numpy as np

from ops.columns.tabulation import Cells, Mask, Tabulation


def hidden_cells(cells: Cells, tabulation: Tabulation, minimum: int) -> tuple[Mask, int]:
    """Choose the cells that must not be shown.

    Whoever knows the rows of the dataset can subtract what is shown. So the smallest other cell
    is hidden as well if the small ones could be told from their total: there is only one, or
    together they are too few, or as few or as many as so many small cells can be.

    Args:
        cells: The cells.
        tabulation: Where they are from.
        minimum: The fewest rows, or persons, of a cell that is shown.

    Returns:
        Which cells are hidden, shape (cells,), and how many of them are large enough.

    Source: Hundepool et al., Statistical Disclosure Control (2012), section 4.2, primary and
    secondary suppression; here for one total only, not for those of rows and columns.
    """
    small: Mask = cells.sizes < minimum
    count = int(small.sum())
    if not count or small.all():
        return small, 0
    total = int(tabulation.merged(cells, small).sizes[0])
    if count > 1 and total >= minimum and total not in {count, count * (minimum - 1)}:
        return small, 0
    hidden = small.copy()
    others = np.flatnonzero(~small)
    hidden[others[np.argmin(cells.sizes[others])]] = True
    return hidden, 1

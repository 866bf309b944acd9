"""Compare a column that is said to be protected with its source: does the claim hold?

What is measured of a claim is rates, never values. A claim is called false only where the figures
leave no other explanation; that it holds means that these comparisons found nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.effects import Effect
from ops.attacks import disguises
from ops.data import value_texts
from ops.data.distinct import encode_distinct

MOST_READABLE: Final = 0.05
"""Share of cells, beyond chance, that masking and pseudonymization may leave readable: texts that
are too short to hide, and codes that happen to be a value."""

UNCHANGED: Final = 0.99
"""Share of cells from which on a column counts as unchanged."""

SINGLED_OUT: Final = 0.5
"""Share of rows that an unchanged column has to lead back to one row of the source each. Columns
in which people share values may rightly be left as they are by generalization, suppression,
aggregation, noise or synthesis: their groups are large enough."""

MOST_AGREEING: Final = 0.9
"""Share of values that another spelling or encoding may explain: short numbers that are
pseudonyms of others, read backwards, are often numbers of the source as well."""

_SHORT_NUMBERS: Final = 999_999
_COMMON_SHAPE: Final = 0.01
_MOST_SHAPES: Final = 100_000
_SHAPES: Final = ((r"\p{Nd}", "9"), (r"\p{L}+", "a"))
_REPLACING: Final[frozenset[Effect]] = frozenset({"masking", "pseudonymization"})

Codes = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """What came of comparing a column with its source.

    Attributes:
        outcome: "holds": nothing speaks against it; "false": the figures do; "unknown": they
            cannot tell.
        measured: rows and source_rows, and shares of the cells that are not null: equal (to the
            cell of the same row; None where rows cannot be paired), known_values (occur in the
            source), singled_out (lead back to one row of the source), found_again (lead back to one
            value by undoing what `way` names), and format_kept (written as a common value of
            the source is). Shares are None without cells.
        reason: Why it does not hold or cannot be told, no cell values; empty if it holds.
    """

    outcome: Literal["holds", "false", "unknown"]
    measured: dict[str, int | float | str | None]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """How rows of an output are told to be those of its source.

    Attributes:
        keys: Columns that both have and that name a row; empty if there are none.
        is_order_kept: Whether both have the same rows in the same order.
    """

    keys: Sequence[str] = ()
    is_order_kept: bool = False


def check_claim(
    source: pa.Table,
    output: pa.Table,
    source_column: str,
    column: str,
    *,
    effect: Effect,
    pairing: Pairing | None = None,
) -> CheckedClaim:
    """Measure how much of a source can be read in a column that is said to hide it.

    Masking and pseudonymization are false claims if more than 5 % of the cells, beyond what
    chance gives, are the value itself, or lead back to one value by a plain hash or encoding that
    anybody can try. The other effects are false claims if at least 99 % of the cells are
    unchanged, and the column leads at least half of the rows back to one row of the source.

    Args:
        source: The table with the source; any number of rows.
        output: The table with the column.
        source_column: Name of the source.
        column: Name of the column.
        effect: What is said to have been done.
        pairing: How rows are paired; by no means when None, and then values are compared as sets.

    Raises:
        AnonymizationError: The values have no text to compare.
    """
    were = _values(source.column(source_column), f"column {source_column!r}")
    are = _values(output.column(column), f"column {column!r}")
    rows: dict[str, int | float | str | None] = {
        "rows": output.num_rows,
        "source_rows": source.num_rows,
    }
    if not were.cells:
        reason = "the source has no values to compare with"
        return CheckedClaim(outcome="unknown", measured=rows, reason=reason)
    if not are.cells:
        return CheckedClaim(outcome="holds", measured=rows)
    places = _places(source, output, pairing or Pairing())
    measured = _Comparison(were, are).measured(places)
    false = _against(effect, measured)
    if false and places is None and _may_be_numbering(were, are):
        reason = f"{false}; these are short numbers, which may agree by chance: name a key"
        return CheckedClaim(outcome="unknown", measured=rows | measured.shown(), reason=reason)
    outcome: Literal["false", "holds"] = "false" if false else "holds"
    return CheckedClaim(outcome=outcome, measured=rows | measured.shown(), reason=false)


class _Values(NamedTuple):
    texts: pa.Array
    counts: Codes
    codes: Codes
    """The place of each row's text; -1 for null."""

    @property
    def cells(self) -> int:
        return int(self.counts.sum())


class _Measured(NamedTuple):
    equal: float | None
    chance: float
    known_values: float
    singled_out: float
    found_again: float
    way: str | None
    format_kept: float

    def shown(self) -> dict[str, int | float | str | None]:
        shares = {
            k: v if v is None or isinstance(v, str) else round(v, 4)
            for k, v in self._asdict().items()
        }
        return {name: share for name, share in shares.items() if name != "chance"}


def _values(column: pa.ChunkedArray, subject: str) -> _Values:
    distinct = encode_distinct(column, subject)
    kind, codes = distinct.values.type, distinct.codes.fill_null(-1).to_numpy()
    texts = value_texts.of_values(distinct.values, subject).cast(pa.large_string())
    del distinct  # these texts and the tables are the greatest part of the memory
    if pa.types.is_floating(kind):
        texts = pc.replace_substring_regex(texts, r"\.0+$", "")  # integers that had nulls
    if not (
        pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)
    ):
        again = texts.dictionary_encode()  # several values may have one text
        of_text = np.append(again.indices.to_numpy(zero_copy_only=False), -1)  # the last for null
        texts, codes = again.dictionary, of_text[codes]
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    return _Values(texts=texts, counts=counts, codes=codes)


class _Comparison:
    """The values of a source, and of what is said to be made of it."""

    def __init__(self, were: _Values, are: _Values) -> None:
        self._were, self._are = were, are
        self._match = _index(are.texts, were.texts)

    def measured(self, places: Codes | None) -> _Measured:
        were, are, match = self._were, self._are, self._match
        known = match >= 0
        of_one_row = known & (were.counts[match] == 1)
        chance = (are.counts[known] / are.cells) @ (were.counts[match[known]] / were.cells)
        way, found_again = self._found_again()
        return _Measured(
            equal=None if places is None else self._equal(places),
            chance=float(chance),
            known_values=self._share(known),
            singled_out=self._share(of_one_row),
            found_again=found_again,
            way=way,
            format_kept=_shape_kept(were, are),
        )

    def _share(self, chosen: npt.NDArray[np.bool_]) -> float:
        return float(self._are.counts[chosen].sum() / self._are.cells)

    def _equal(self, places: Codes) -> float:
        """Return the share of cells that are those of their rows in the source."""
        codes = self._are.codes
        paired = (places >= 0) & (codes >= 0)
        mine, its = self._match[codes[paired]], self._were.codes[places[paired]]
        return float(((mine == its) & (mine >= 0)).sum() / max(int(paired.sum()), 1))

    def _found_again(self) -> tuple[str | None, float]:
        found = disguises.recognized(self._were.texts, self._are.texts)
        if found is None:
            return None, 0.0
        way, is_found = found
        return way, self._share(is_found)


def _index(texts: pa.Array, among: pa.Array) -> Codes:
    found: Codes = pc.index_in(texts, value_set=among).fill_null(-1).to_numpy()
    return found


def _shape_kept(were: _Values, are: _Values) -> float:
    """Return the share of cells that are written as a common one of the source."""
    (ours, our_cells), (theirs, their_cells) = _shapes(were), _shapes(are)
    shapes = ours.dictionary_encode()
    of_text = shapes.indices.to_numpy(zero_copy_only=False)
    cells = np.bincount(of_text, weights=our_cells, minlength=len(shapes.dictionary))
    common = shapes.dictionary.filter(pa.array(cells >= _COMMON_SHAPE * our_cells.sum()))
    has: npt.NDArray[np.bool_] = pc.is_in(theirs, value_set=common).to_numpy(zero_copy_only=False)
    return float(their_cells[has].sum() / their_cells.sum())


def _shapes(values: _Values) -> tuple[pa.Array, Codes]:
    """Return how texts are written, and how many cells have each; of many texts a part of them."""
    places = disguises.spread(len(values.texts), _MOST_SHAPES)
    texts = values.texts.take(pa.array(places))
    for letters, sign in _SHAPES:
        texts = pc.replace_substring_regex(texts, letters, sign)
    return texts, values.counts[places]


def _places(source: pa.Table, output: pa.Table, pairing: Pairing) -> Codes | None:
    """Return the row of the source for each of the output; -1 for none, None if none is known."""
    if pairing.keys:
        ours, theirs = (_keys(table, pairing.keys) for table in (source, output))
        named = pc.value_counts(ours)
        alone = named.field("values").filter(pc.equal(named.field("counts"), 1))
        rows = _index(ours.combine_chunks(), alone)
        first = np.full(len(alone) + 1, -1, np.int64)
        first[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
        return first[_index(theirs.combine_chunks(), alone)]
    if pairing.is_order_kept and source.num_rows == output.num_rows:
        return np.arange(output.num_rows, dtype=np.int64)
    return None


def _keys(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    parts = [_measured_text(table.column(name), f"column {name!r}") for name in names]
    kind = pa.large_string()
    return pa.chunked_array([pc.binary_join_element_wise(*parts, pa.scalar("|", kind))], kind)


def _measured_text(column: pa.ChunkedArray, subject: str) -> pa.Array:
    """Return the text of each row behind its length, which keeps joined texts apart."""
    values = _values(column, subject)
    texts = values.texts.take(pa.array(values.codes, mask=values.codes < 0))
    lengths = pc.cast(pc.utf8_length(texts), pa.large_string())
    return pc.binary_join_element_wise(lengths, texts, pa.scalar(":", pa.large_string()))


def _against(effect: Effect, found: _Measured) -> str:
    """Return what the figures say against a claim; empty if nothing."""
    unchanged = found.known_values if found.equal is None else found.equal
    where = (
        "occur in the source" if found.equal is None else "are those of their rows in the source"
    )
    if effect in _REPLACING:
        if unchanged > MOST_READABLE + found.chance * (found.equal is not None):
            return f"{unchanged:.0%} of its values {where}"
        if found.way is not None and found.found_again > _least(found.way):
            return (
                f"{found.found_again:.0%} of its values lead back to one value of the source: each "
                f"is {found.way}, which anybody can try"
            )
        return ""
    if unchanged >= UNCHANGED and found.singled_out >= SINGLED_OUT:
        return (
            f"{unchanged:.0%} of its values {where}, and {found.singled_out:.0%} lead back to one "
            "row of it"
        )
    return ""


def _least(way: str) -> float:
    """Return the share of values that a way has to explain: other spellings may agree by chance."""
    if way in disguises.HASHED:
        return MOST_READABLE
    return 1.0 if way == "itself" else MOST_AGREEING


def _may_be_numbering(were: _Values, are: _Values) -> bool:
    """Tell whether all values are whole numbers so short that two numberings share them."""
    try:
        numbers = [pc.cast(values.texts, pa.int64()) for values in (were, are)]
    except pa.ArrowInvalid:
        return False
    return all(pc.max(pc.abs(values)).as_py() <= _SHORT_NUMBERS for values in numbers)

"""Mask texts: replace their characters, all or but the first and last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError
from ops import roles
from ops.data import value_texts
from ops.data.distinct import map_distinct, without_nan
from ops.data.source import DataSource
from ops.deidentify.column_transform import (
    ListedColumnsTransform,
    Transformed,
    replace,
    require_text,
)
from ops.parameters import require_at_least
from ops.registry import register

_FORMAT: Final = (
    (r"[\p{Lu}\p{Lt}]", "X"),
    (r"[\p{Ll}\p{Lm}\p{Lo}]", "x"),
    (r"\p{N}", "9"),
)
_HAS_CLASS: Final = r"\p{L}|\p{N}"
# Anything but the three letters of a format and what ASCII has between words and digits.
_FOREIGN: Final = r"[^Xx9 !-/:-@\[-`{-~]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """How a text is masked; see `MaskOperation` for the parts."""

    style: Literal["length", "fixed", "format"] = "length"
    keep_first: int = 0
    keep_last: int = 0
    min_hidden: int = 3
    fixed_length: int = 8
    character: str = "*"


def mask(texts: pa.Array, masking: Masking) -> pa.Array:
    """Return texts masked.

    Args:
        texts: Texts of any length; characters are code points. Nulls stay null.
        masking: How.

    Returns:
        Texts of the same type. A text of which too little would be hidden is masked wholly.
    """
    kind = texts.type
    if masking.style == "format":
        return _in_format(texts, masking.character)
    kept = masking.keep_first + masking.keep_last
    lengths = pc.utf8_length(texts)
    is_short = pc.less(lengths, kept + masking.min_hidden)
    hidden = pc.if_else(is_short, lengths, pc.subtract(lengths, kept))
    if masking.style == "fixed":
        hidden = pc.if_else(pc.is_valid(lengths), masking.fixed_length, None)
    nothing = pa.scalar("", kind)
    first = pc.utf8_slice_codeunits(texts, 0, masking.keep_first)
    last = nothing
    if masking.keep_last:
        last = pc.utf8_slice_codeunits(texts, -masking.keep_last)
    return pc.binary_join_element_wise(
        pc.if_else(is_short, nothing, first),
        pc.binary_repeat(pa.scalar(masking.character, kind), hidden),
        pc.if_else(is_short, nothing, last),
        nothing,
    )


@register
@dataclass(kw_only=True)
class MaskOperation(ListedColumnsTransform):
    """Masks texts: their characters are replaced, all or but the first and last.

    Nulls stay null. Masked texts may still be counted and compared: equal values stay equal, and
    rare ones stay rare.

    Attributes:
        style: "length" replaces each hidden character, so that the length shows; "fixed" puts
            `fixed_length` characters in the place of what is hidden; "format" makes capitals X,
            other letters x and digits 9, and keeps ASCII punctuation and spaces.
        keep_first: How many characters stay at the beginning; not with "format".
        keep_last: How many stay at the end; not with "format".
        min_hidden: A value of which fewer characters would be hidden is masked wholly; at least 1.
        fixed_length: How many mask characters "fixed" writes, at least 1.
        mask_character: The character that hides others.
        as_text: Mask the texts of numbers, dates and truth values; false refuses their columns.

    Metrics:
        rows.before, rows.after: Rows of the dataset.
        changed: Cells that are not as they were, by column.

    Columns:
        columns: masking.
        every other column: identity.
    """

    done: ClassVar[str] = "masked"

    style: Literal["length", "fixed", "format"] = "length"
    keep_first: int = 0
    keep_last: int = 0
    min_hidden: int = 3
    fixed_length: int = 8
    mask_character: str = "*"
    as_text: bool = False

    def __post_init__(self) -> None:
        """Refuse masks that hide nothing."""
        require_at_least(self, keep_first=0, keep_last=0, min_hidden=1, fixed_length=1)
        if len(self.mask_character) != 1:
            raise ConfigurationError(
                "mask_character of MaskOperation",
                found=self.mask_character,
                expected="one character",
            )
        if self.style == "format" and self.keep_first + self.keep_last:
            raise ConfigurationError(
                "style of MaskOperation",
                problem="'format' keeps no characters",
                remedy="leave keep_first and keep_last out, or choose another style",
            )
        roles.require_columns(self, "columns")

    def transform(self, table: pa.Table, data_source: DataSource, task_dir: Path) -> Transformed:
        """Mask the columns."""
        del data_source, task_dir
        masked = {name: self._masked(table.column(name), name) for name in self.columns}
        return Transformed(
            table=replace(table, masked),
            effects=dict.fromkeys(masked, "masking"),
            details={"style": self.style},
        )

    def _masked(self, column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        subject = f"column {name!r} of {self._subject}"
        require_text(column, subject, as_text=self.as_text)
        masking = Masking(
            style=self.style,
            keep_first=self.keep_first,
            keep_last=self.keep_last,
            min_hidden=self.min_hidden,
            fixed_length=self.fixed_length,
            character=self.mask_character,
        )
        return map_distinct(
            without_nan(column),
            lambda values: mask(value_texts.of_values(values, subject), masking),
            subject,
        )


def _in_format(texts: pa.Array, character: str) -> pa.Array:
    """Return texts with letters and digits replaced by their class."""
    made = texts
    for pattern, letter in _FORMAT:
        made = pc.replace_substring_regex(made, pattern, letter)
    made = pc.replace_substring_regex(made, _FOREIGN, _quoted(character))
    wholly = pc.binary_repeat(pa.scalar(character, texts.type), pc.utf8_length(texts))
    return pc.if_else(pc.match_substring_regex(texts, _HAS_CLASS), made, wholly)


def _quoted(character: str) -> str:
    return "\\\\" if character == "\\" else character

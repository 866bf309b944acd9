"""Shapes tell how texts are written, and show none that few have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ops.profiling import sample, shapes
from ops.profiling.shapes import Shape, Shapes


def of(*texts: str, rows: int = 1, is_withheld: bool = False, top: int = 9) -> Shapes:
    """Return the shapes of texts that so many rows have each."""
    sampled = sample.take(pa.array(texts, pa.string()), np.full(len(texts), rows))
    return shapes.of_texts(sampled, k=2, top=top, is_withheld=is_withheld)


def test_letters_and_digits_become_signs() -> None:
    """Capitals, other letters of any script and digits are told apart, the rest is kept."""
    found = of("AB-1234", "CD-9999", "Ü東e\u0301 ٣", "Éxe9 x", rows=5)
    assert {shape.shape for shape in found.shown} == {"AA-9999", "Aaaa 9", "Aaa9 a"}
    assert found.shown[0] == Shape(shape="AA-9999", values=2, rows=10)


def test_rare_and_long_shapes_are_counted_only() -> None:
    """Fewer than k rows, or more than 40 characters, are too near to a value."""
    found = of("AB", "CD", "1", "x" * 41, "y" * 41)
    assert [shape.shape for shape in found.shown] == ["AA"]
    assert found.withheld == 2
    assert (found.values_tested, found.rows_tested) == (5, 5)


def test_shape_of_one_value_is_hidden_where_values_are() -> None:
    """Many rows may be one person's, so k different values must be written so."""
    assert [shape.shape for shape in of("AB", rows=9).shown] == ["AA"]
    assert of("AB", rows=9, is_withheld=True).shown == ()
    assert [shape.shape for shape in of("AB", "CD", is_withheld=True).shown] == ["AA"]


def test_listed_shapes_are_the_most_frequent() -> None:
    """The others are counted as unlisted."""
    found = of("AB", "CD", "EF", "1", "2", top=1)
    assert [shape.shape for shape in found.shown] == ["AA"]
    assert found.unlisted == 1


def test_empty_column_has_no_shape() -> None:
    """No value gives no shape and no error."""
    assert of() == Shapes(shown=(), unlisted=0, withheld=0, values_tested=0, rows_tested=0)

"""Events of SQLite to Arrow: SQLite makes one text of all values, Arrow takes it apart.

There is no Python object for a value, and other threads work meanwhile. No column can hold a
separator: JSON escapes control characters, and the mapper refuses them in the envelope.
"""

from __future__ import annotations

import io
from typing import Final

import pyarrow as pa
import pyarrow.csv as pa_csv

from lineage.ledger.recorder import ARROW_SCHEMA

_UNIT_SEPARATOR: Final = "\x1f"

LINE: Final = (
    "printf('"
    + _UNIT_SEPARATOR.join("%s" for _ in ARROW_SCHEMA)
    + "', "
    + ", ".join("cast(payload as text)" if f.name == "payload" else f.name for f in ARROW_SCHEMA)
    + ")"
)
"""The columns of an event as one text; null is empty."""

_PARSED_TYPES: Final = {
    field.name: pa.int64() if pa.types.is_timestamp(field.type) else field.type
    for field in ARROW_SCHEMA
}


def to_arrow(lines: bytes) -> pa.Table:
    """Return events that were selected as `LINE`, a line each, with `ARROW_SCHEMA`."""
    table = pa_csv.read_csv(
        io.BytesIO(lines),
        read_options=pa_csv.ReadOptions(
            column_names=ARROW_SCHEMA.names, block_size=len(lines) + 1, use_threads=False
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=_UNIT_SEPARATOR, quote_char=False, double_quote=False
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=_PARSED_TYPES, null_values=[""], strings_can_be_null=True
        ),
    )
    return table.cast(ARROW_SCHEMA)

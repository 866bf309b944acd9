"""What the rows of a table have, and nothing else that Arrow carries along with them.

Dictionaries keep entries that no row has any more, notes of schemas and columns keep indexes and
categories, slices keep all rows. Whatever is read, added or written passes here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import OperationError

_LISTS: Final = (
    (pa.types.is_list, pa.list_),
    (pa.types.is_large_list, pa.large_list),
    (pa.types.is_list_view, pa.list_view),
    (pa.types.is_large_list_view, pa.large_list_view),
)


def strip(table: pa.Table, subject: str, *, fault: type[OperationError]) -> pa.Table:
    """Return a table that holds nothing but what its rows have.

    Left out are entries of dictionaries that no row has, and the notes of schema and columns, in
    which pandas, Polars and others keep indexes and categories. A dictionary stays one, in its
    order; one within lists, structures and other dictionaries becomes its values.

    Args:
        table: Columns of any type.
        subject: What the table is, for the message.
        fault: The error to raise.

    Raises:
        OperationError: As `fault`: a column of a rare nested type has a dictionary that Arrow
            cannot convert.
    """
    if not table.column_names:
        return table.replace_schema_metadata(None)
    columns: list[pa.ChunkedArray] = []
    for field, column in zip(table.schema, table.columns, strict=True):
        with suppress(pa.ArrowException):  # its message may quote values
            columns.append(_stripped(column))
            continue
        raise fault(
            f"column {field.name!r} of {subject}",
            problem=f"dictionaries inside of type {field.type} cannot be converted",
            remedy="convert the column",
        )
    fields = zip(table.schema, columns, strict=True)
    schema = [pa.field(field.name, column.type, field.nullable) for field, column in fields]
    return pa.Table.from_arrays(columns, schema=pa.schema(schema))


def detached(table: pa.Table) -> pa.Table:
    """Return a copy of a table that carries no rows along of which it is a slice."""
    columns = [each_chunk(column, _copied, column.type) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the values of a column in a type that Arrow can filter, count and cast.

    Dictionaries, runs, views and extension types become their values; small decimals become
    decimal128. Other types, nested ones among them, stay as they are.

    Args:
        column: Values of any type, any number of rows; nulls stay null.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(each_chunk(column, lambda chunk: chunk.storage, kind.storage_type))
    if pa.types.is_dictionary(kind):
        return plain(each_chunk(column, _taken, kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        return plain(each_chunk(column, pc.run_end_decode, kind.value_type))
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return column.cast(pa.decimal128(kind.precision, kind.scale))
    return column


def takeable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return views and runs as the values that Arrow can take from; all else as it is."""
    kind = column.type
    is_form = (
        pa.types.is_string_view(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_run_end_encoded(kind)
    )
    return plain(column) if is_form else column


def filter_rows(table: pa.Table, is_kept: pa.Array) -> pa.Table:
    """Return some rows of a table; views and runs as their values.

    Args:
        table: Columns of any type.
        is_kept: Whether to keep each row, without nulls.
    """
    columns = [takeable(column) for column in table.columns]
    return pa.table(columns, table.column_names).filter(is_kept)


def each_chunk(
    column: pa.ChunkedArray, convert: Callable[[pa.Array], pa.Array], kind: pa.DataType
) -> pa.ChunkedArray:
    """Return a column with each chunk converted; without chunks, it has the type `kind`."""
    chunks = [convert(chunk) for chunk in column.chunks]
    return pa.chunked_array(chunks, chunks[0].type if chunks else kind)


def _copied(chunk: pa.Array) -> pa.Array:
    # Arrow copies the rows of two arrays that it joins, and would leave one as it is.
    return pa.concat_arrays([chunk, chunk.slice(0, 0)])


def _taken(chunk: pa.DictionaryArray) -> pa.Array:
    # The dictionary first: views and runs cannot be taken from.
    return plain(pa.chunked_array([chunk.dictionary])).combine_chunks().take(chunk.indices)


def _stripped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = _bare(column.type)
    if not kind.equals(column.type, check_metadata=True):
        column = column.cast(kind)
    return _without_unused(column) if pa.types.is_dictionary(kind) else column


def _bare(kind: pa.DataType, *, is_inside: bool = False) -> pa.DataType:
    """Return a type without notes, and without dictionaries inside of it."""
    if isinstance(kind, pa.BaseExtensionType):
        storage = _bare(kind.storage_type, is_inside=True)
        return kind if storage.equals(kind.storage_type, check_metadata=True) else storage
    if pa.types.is_dictionary(kind):
        entry = _bare(kind.value_type, is_inside=True)
        return kind if entry == kind.value_type and not is_inside else entry
    if pa.types.is_struct(kind):
        return pa.struct([_bare_field(kind.field(at)) for at in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(_bare_field(kind.key_field), _bare_field(kind.item_field), kind.keys_sorted)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_bare_field(kind.value_field), kind.list_size)
    if pa.types.is_run_end_encoded(kind):
        return pa.run_end_encoded(kind.run_end_type, _bare(kind.value_type, is_inside=True))
    of = next((of for is_kind, of in _LISTS if is_kind(kind)), None)
    return kind if of is None else of(_bare_field(kind.value_field))


def _bare_field(field: pa.Field) -> pa.Field:
    return pa.field(field.name, _bare(field.type, is_inside=True), field.nullable)


def _without_unused(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of dictionaries that have the entries of rows only: one, if Arrow can."""
    kind = column.type.value_type
    if pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
        return each_chunk(
            column, lambda chunk: _restricted(chunk, _used(chunk.indices)), column.type
        )
    column = each_chunk(column, _with_plain_entries, column.type)
    if column.num_chunks > 1:
        column = column.unify_dictionaries()
    used = _used(
        pa.chunked_array([chunk.indices for chunk in column.chunks], column.type.index_type)
    )
    return each_chunk(column, lambda chunk: _restricted(chunk, used), column.type)


def _used(indices: pa.Array | pa.ChunkedArray) -> pa.Array:
    used = pc.unique(indices).drop_null()
    return used.take(pc.sort_indices(used))


def _with_plain_entries(chunk: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a chunk whose entries can be taken and unified: no views, no null."""
    entries = plain(pa.chunked_array([chunk.dictionary])).combine_chunks()
    if entries.type != chunk.type.value_type:
        chunk = pa.DictionaryArray.from_arrays(chunk.indices, entries, ordered=chunk.type.ordered)
    present = pc.indices_nonzero(entries.is_valid()) if entries.null_count else None
    return chunk if present is None else _restricted(chunk, present)


def _restricted(chunk: pa.DictionaryArray, kept: pa.Array) -> pa.DictionaryArray:
    """Return a chunk without the entries that are not kept; rows that had them are null."""
    if len(kept) == len(chunk.dictionary):
        return chunk
    kind = chunk.indices.type
    indices = pc.index_in(chunk.indices, value_set=kept.cast(kind)).cast(kind)
    entries = chunk.dictionary.take(kept)
    return pa.DictionaryArray.from_arrays(indices, entries, ordered=chunk.type.ordered)

"""How a file becomes a table: options, filters, files and sets of them, whole or in batches.

`ops.data.reader` is what others call. What a format's bytes mean stands in `ops.data.formats`.
Nothing here writes, and nothing keeps an open file between two calls.
"""

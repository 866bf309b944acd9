"""The file formats of datasets: how a table becomes bytes, and bytes a table.

Each module knows one format. Where files are and which version was read is the business of
`ops.data.reader` and `ops.data.writer`.
"""

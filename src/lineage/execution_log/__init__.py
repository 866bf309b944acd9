"""The execution log as functions, and the import of logs that other programs wrote.

`functions` has what people call; `questions` queries the catalog, `tracking` adds files to a
recorded run, `interchange` reads and checks foreign logs, `export` writes the log to a file. The
log itself is a projection: nothing here keeps its own records.
"""

"""Where the columns of a frame came from: found by content, or derived from a query.

`ColumnMemory` knows what a run has read and queried, and compares a frame about to be written with
it. `run_query` runs one SELECT over frames and derives the sources of its columns; `Tabulation`
asks a frame for groups. Nothing here is a registered operation, or knows of runs or histories.
"""

"""Documents: answers of a fixed form that a page, a program or a terminal can show.

One module per noun: a `build_...` function and smaller queries about the same thing, which query
a `Catalog` and return plain values. A document imports no other document (they share `reuse` and
`rows`), writes no file and prints nothing. `findings` has those that say more than what was
recorded.
"""

"""Documents: answers with a fixed form that a page, a program or a terminal can show.

One module a noun: a `build_...` function, and smaller questions about the same thing, that ask
a `Catalog` and return plain values. A document imports no other document (`reuse` and `rows` are
what all share), writes no file and prints nothing.
"""

"""Documents: answers with a fixed form that a page, a program or a terminal can show.

One module a document, with one `build_...` function that asks a `Catalog` and returns plain
values. A document imports no other document, writes no file and prints nothing.
"""

"""Output: the console, tables, row formats, and views of runs and graphs.

Everything here takes a document and prints it. Nothing here opens a project or runs a query.
"""

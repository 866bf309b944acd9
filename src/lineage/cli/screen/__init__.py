"""How answers look: the console, tables, formats of rows, and views of runs and graphs.

Everything here takes a document and prints it. Nothing here opens a project or asks a question.
"""

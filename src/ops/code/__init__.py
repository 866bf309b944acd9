"""What the code of an operation is, as it was imported.

`imported` keeps the code of local modules as they are imported, `places` tells whose a module is,
`forms` makes one digest of code whatever its place and lines, `imports` reads the import
statements in it, `walk` collects everything that belongs to a class or function, and `version`
says the result. Nothing here knows operations, or executes code.
"""

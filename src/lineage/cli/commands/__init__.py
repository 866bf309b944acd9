"""The commands, one module per group: each parses, calls one function and renders.

A command contains no SQL and decides nothing; queries are functions in `projections`, output is
`lineage.cli.screen`. Modules are imported when their command is called.
"""

"""The commands: one module a group of them, each parsing, calling one function, and rendering.

A command asks no SQL and decides nothing; questions are functions in `projections`. What is shown
is `lineage.cli.screen`'s. Modules are imported when their command is called.
"""

"""The command line: parse, call one function, render. Nothing is decided here.

One module per group of commands; heavy imports are inside the commands, so that `--help` and
completion answer at once. Only this package prints and configures logging.
"""

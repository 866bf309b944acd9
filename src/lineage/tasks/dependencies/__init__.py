"""Dependencies between tasks: how they are declared, which run counts, and what it produced.

Values are what a configuration says, lookup asks the ledger, output finds the files of the run
that counts, the manager gives a task files, reports and metrics. Nothing here waits for a task
or starts one.
"""

"""Execute a recorded run again, away from its results, and compare every output.

A rerun takes task, settings and inputs from the ledger, works in a scratch folder, and records
the outcome of the comparison. Nothing here changes the outputs of the run it repeats.
"""

"""Checkpoints of a run: states from which it can resume.

The manager is what tasks call; states are kept in the ledger or beside it, the journal records
them, history finds them again, and fit decides whether one still applies. Automatic reuse of
operations is `lineage.tasks.execution.reuse`.
"""

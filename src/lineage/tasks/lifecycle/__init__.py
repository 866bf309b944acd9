"""The phases of a task from `initialize` to `finalize`: `BaseTask` and what it needs.

Beginning and resuming a run, folders, the log file, and making operations from a
configuration. Executing operations is the next room's; recording is `lineage.recording`'s.
"""

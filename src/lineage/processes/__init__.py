"""Counted processes: long-running stages that count items, errors and progress.

A `ProcessSummary` counts in memory and appends what it counted when it is saved; its summary
file is an export. A process is no task and has no run: it belongs to a pipeline run by name.
Nothing here knows the task framework.
"""

"""Counted processes: the summary of one, all of a pipeline's, and one over its runs.

Each module makes one document. What a task did over its runs is beside its namesake among the
processes.
"""

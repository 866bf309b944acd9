"""The interactive SQL shell: prompt, completion and statements.

It reads lines and shows answers; the catalog runs the queries. Used by `lineage sql` only.
"""

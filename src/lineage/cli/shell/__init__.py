"""The interactive SQL shell: its prompt, its words to complete, and its statements.

It reads lines and shows answers; the questions are the catalog's. Only `lineage sql` comes here.
"""

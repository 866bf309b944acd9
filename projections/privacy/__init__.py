"""What the history says about people in the data: which of it is where, and what was spent.

`flow` follows personal columns to a file, `budget` composes privacy budgets along the graph.
"""

"""What the history says about people in the data: which of it is where, what was decided and spent.

`budget` composes privacy budgets along the graph,
`file_evidence` and `release_list` tell what was measured and released.
"""

"""Make data like the data: models of columns, and the check of what they give away.

Values here are drawn from a model. Made-up values that have seen no data are elsewhere.
"""

"""What a picture of lineage says beside its nodes and edges.

`files` says what is known of files and `classes` of their columns, `statements` who stated each
edge, `counts` how much lies up- and downstream, `carried` where columns of a class go and what
stops them, `filters` what is shown.
"""

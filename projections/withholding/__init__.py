"""What pages do not show unasked: values of data, SQL, code, and what programs said in words.

`words` knows which names say that a value is none, `rules` decides about one value, `veil` puts
`Withheld` in the place of values in the rows of a catalog and in events, so that every document
made of them is without. `closed_columns` keeps queries that people type from reading them.
"""

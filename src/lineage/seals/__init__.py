"""The seals of a ledger: who signs its tree heads, the heads, and what they are worth.

`signers` holds the keys, `heads` reads what was signed and keeps each head as a small text file,
`sealing` signs, `worth` says in words what a reader may conclude. Nothing here looks for changes:
that is the work of who verifies.
"""

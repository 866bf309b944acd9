"""The seals of a ledger: who signs its tree heads, the heads, and what they are worth.

`signers` holds the keys, `heads` reads what was signed and keeps each head as a small text file,
`sealing` signs, `worth` says in words what a reader may conclude. `verification` compares a ledger
with all that was signed of it, `proofs` hands out what others can check, `endorsements` lead from
one key to the next, `standalone` is the program with which others check, `witness` is for those who
cosign heads of somebody else's ledger.
"""

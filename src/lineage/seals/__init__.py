"""Tree heads over the ledger: who signs them, what they prove, and how it is checked.

`signers` holds the keys, `sealing` signs, `heads` reads what was signed and keeps each head as a
small text file, `worth` says what a reader may conclude. `changes` names what was done to a ledger,
`kept_leaves` keeps the hashes that say where; `standalone` is the verifier that is handed out.
Nothing here knows a run or a dataset.
"""

"""Tree heads over the ledger: who signs them, what they prove, and how it is checked.

`changes` names what was done to a ledger, `kept_leaves` keeps the hashes that say where;
`standalone` is the verifier that is handed out. Nothing here knows a run or a dataset.
"""

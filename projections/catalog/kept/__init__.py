"""What is kept of a catalog for the next question.

`held` keeps open catalogs in this process, `scratch` databases that are emptied and used again,
`snapshot` the catalog of an encrypted ledger in an encrypted file; `in_memory` folds those that
are in no other. Only the projector uses them.
"""

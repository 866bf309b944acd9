"""Erase what the project holds of a run, a dataset or a person, and prove it.

`planning` finds everything that holds it or was made from it; of a person, `search` finds the rows,
also under the pseudonyms that `pseudonym_texts` computes. `execution` carries the plan out step by
step, on record, and signs a receipt; `retention` lists what is kept for too long.
"""

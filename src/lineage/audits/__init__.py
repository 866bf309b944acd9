"""What is handed to those who ask: audits, and archives that are checked without this package.

`audits` writes an audit, and compares one that somebody holds with the history. `bundle` packs the
audit of a run or release with proofs, tables and the verifier.
"""

"""Change columns cell by cell: mask, suppress, generalize, pseudonymize, add noise.

Each module has a pure function on Arrow columns and one operation, a `ColumnTransform`. Algorithms
that look at several columns together to reach a guarantee are in `ops.anonymize`, measures and
hierarchies in `ops.measures`.
"""

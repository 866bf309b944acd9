"""Make records indistinguishable by generalization.

The algorithms here are pure functions on data frames; the operations on datasets are modules
beside them, and importing this package loads none. What measures the result is in
`ops.measures`. A new algorithm is a module with one function, and a method of the operations.
"""

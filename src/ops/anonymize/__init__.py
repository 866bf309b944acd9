"""Make records indistinguishable: equivalence classes, value domains, and generalization.

The algorithms here are pure functions on data frames. The operations on datasets
(`k_anonymity`, `measure_risk`) are modules beside them; importing this package loads none. `risk`
and `utility` have the public names of the measures. A new algorithm is a module with one function,
and an operation of its own.
"""

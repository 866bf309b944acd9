"""Make records indistinguishable: equivalence classes, domains, and ways to generalise them.

The algorithms here are pure functions on data frames. The operations on datasets
(`k_anonymity`, `measure_risk`) are modules beside them that register themselves when imported;
importing this package does not load them. `risk` and `utility` have the public names of what is
measured. A new algorithm is a module with one function, and an operation of its own.
"""

"""Make records indistinguishable: equivalence classes, domains, and ways to generalise them.

The algorithms here are pure functions on data frames. The operations on datasets
(`k_anonymity`, `measure_risk`) are modules beside them that register themselves when imported;
importing this package does not load them. `ops.risk` and `ops.utility` are the public names of
what is measured. A new algorithm is a module with one function, and an operation of its own.
"""

from ops.anonymize.classes import EquivalenceClasses
from ops.anonymize.mondrian import anonymize

__all__ = ["EquivalenceClasses", "anonymize"]

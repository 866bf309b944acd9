"""Make records indistinguishable: equivalence classes, domains, and ways to generalise them.

The algorithms here are pure functions on data frames; the operations that read and write
datasets (`k_anonymity`, `drop_columns`, `measure_risk`, `measure_utility`) are modules beside
them and register themselves when imported. What is measured lives in `ops.risk` and
`ops.utility`. Nothing here keeps history or chooses a threshold for its user.
"""

from ops.anonymize.classes import EquivalenceClasses
from ops.anonymize.mondrian import anonymize

__all__ = ["EquivalenceClasses", "anonymize"]

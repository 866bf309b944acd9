"""Record what happens to data as events, and tell everything else from them.

The package is layered (`docs/explanation/architecture.md`): kernel, events, domain and
ledger below; project, tasks and the command line above. Import what you use from its
package: `lineage.tasks`, `lineage.events`, `ops`, `projections`.
"""

from lineage.kernel.packages import own

__version__ = "0.1.0"

__all__ = ["__version__"]

own.check()

"""Record what happens to data as events, and tell everything else from them.

The package is layered (`docs/explanation/architecture.md`): kernel, events, domain and
ledger below; project, tasks and the command line above. `record`, `task`, `operation` and
`current_run` are here. Import the rest from its package: `lineage.tasks`, `lineage.events`, `ops`,
`projections`.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages import own
from lineage.kernel.packages.facade import Facade
from lineage.kernel.packages.product import VERSION

if TYPE_CHECKING:
    from lineage.scripts.decorators import operation as operation
    from lineage.scripts.decorators import task as task
    from lineage.scripts.record import current_run as current_run
    from lineage.scripts.record import record as record

__version__ = VERSION

own.check()

__getattr__, __dir__ = Facade(__name__, __file__).hooks

"""What may happen: for each aggregate its state, its commands, `decide` and `evolve`.

`decide` is pure: given the state and a command it returns the events to record or raises
`CommandRejectedError`. `evolve` is total: it folds any event of the vocabulary. A new rule
is a branch of `decide`; a new aggregate is a file here.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from lineage.domain.claim import CLAIM as CLAIM
    from lineage.domain.classification import CLASSIFICATION as CLASSIFICATION
    from lineage.domain.comparison import COMPARISON as COMPARISON
    from lineage.domain.decider import Decider as Decider
    from lineage.domain.dictionary import DICTIONARY as DICTIONARY
    from lineage.domain.disclosure import DISCLOSURE as DISCLOSURE
    from lineage.domain.erasure import ERASURE as ERASURE
    from lineage.domain.erasure import ErasureState as ErasureState
    from lineage.domain.key import KEY as KEY
    from lineage.domain.key import KeyState as KeyState
    from lineage.domain.ledger import LEDGER as LEDGER
    from lineage.domain.log_import import LOG_IMPORT as LOG_IMPORT
    from lineage.domain.policy import POLICY as POLICY
    from lineage.domain.policy import PolicyState as PolicyState
    from lineage.domain.process import PROCESS as PROCESS
    from lineage.domain.process import ProcessState as ProcessState
    from lineage.domain.release import RELEASE as RELEASE
    from lineage.domain.release import ReleaseState as ReleaseState
    from lineage.domain.run import RUN as RUN
    from lineage.domain.run import RunState as RunState
    from lineage.domain.seal import SEAL as SEAL
    from lineage.domain.seal import SealState as SealState
    from lineage.domain.task import TASK as TASK
    from lineage.domain.task import TaskState as TaskState

__getattr__, __dir__ = Facade(__name__, __file__).hooks

"""What may happen: for each aggregate its state, its commands, `decide` and `evolve`.

`decide` is pure: given the state and a command it returns the events to record or raises
`CommandRejectedError`. `evolve` is total: it folds any event of the vocabulary. A new rule
is a branch of `decide`; a new aggregate is a file here.
"""

from lineage.domain.comparison import COMPARISON
from lineage.domain.decider import Decider
from lineage.domain.log_import import LOG_IMPORT
from lineage.domain.process import PROCESS, ProcessState
from lineage.domain.run import RUN, RunState
from lineage.domain.task import TASK, TaskState

__all__ = [
    "COMPARISON",
    "LOG_IMPORT",
    "PROCESS",
    "RUN",
    "TASK",
    "Decider",
    "ProcessState",
    "RunState",
    "TaskState",
]

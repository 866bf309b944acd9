"""Child process: adds artifacts to a report, saying so after each, until it is killed."""

import sys

from lineage.tasks import TaskReporter

reporter = TaskReporter("t_one", "test", "many files", sys.argv[1])
for number in range(int(sys.argv[2])):
    reporter.add_artifact("csv", f"DATA/{number}.csv")
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()

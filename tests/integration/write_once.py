"""Child process: waits for a line, then tries to be the one that makes a file."""

import sys
from pathlib import Path

from lineage.kernel import files

target, content = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)  # noqa: T201  # the parent reads it
sys.stdin.readline()
try:
    files.write_bytes(target, content.encode(), overwrite=False)
except FileExistsError:
    print("late")  # noqa: T201  # the parent reads it
else:
    print("first")  # noqa: T201  # the parent reads it

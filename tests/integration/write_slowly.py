"""Child process: replaces a file, says so after the first half, and waits to be killed."""

import sys
import time
from pathlib import Path

from lineage.kernel import files

with files.replacing(Path(sys.argv[1])) as pending:
    pending.stream.write(b"new" * 100_000)
    pending.stream.flush()
    print("half", flush=True)  # noqa: T201  # the parent reads it
    time.sleep(60)

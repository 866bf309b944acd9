"""Child process: replaces a file where the system allows only files of one megabyte."""

import resource
import signal
import sys
from pathlib import Path

from lineage.kernel import files

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    files.write_bytes(Path(sys.argv[1]), b"x" * 2_000_000)
except OSError as error:
    print(error.strerror)  # noqa: T201  # the parent reads it

"""Child process: writes files, sets and a JSON list again and again, and prints what is done.

Arguments: folder, number of the first round, how many rounds.
"""

import sys

import pyarrow as pa
from crash.writes import KEY, MARKER

from ops import DataWriter

ROWS = 3_000
folder, first, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
writer = DataWriter(folder)


def table(number: int, rows: int, text: str) -> pa.Table:
    """Return rows that say of which round they are, and how many of them there are."""
    return pa.table({"round": [number] * rows, "rows": [rows] * rows, "text": [text] * rows})


def write_set(name: str, content: pa.Table, key: str | None) -> None:
    """Write a set of some parts."""
    rows = content.num_rows // 3
    with writer.stream(content.schema, name, partition_rows=rows, encryption_key=key) as sink:
        sink.write(content)


for number in range(first, first + rounds):
    open_table = table(number, ROWS + number % 7, "open")
    secret_table = table(number, ROWS + number % 7, MARKER)
    writer.write_dataframe(open_table, "plain")
    print("plain", number, flush=True)  # noqa: T201  # the parent reads it
    write_set("set", open_table, None)
    print("set", number, flush=True)  # noqa: T201
    writer.write_dataframe(secret_table, "sealed", "parquet", encryption_key=KEY)
    print("sealed", number, flush=True)  # noqa: T201
    write_set("sealed_set", secret_table, KEY)
    print("sealed_set", number, flush=True)  # noqa: T201
    writer.append_to_json_array(number, "log", "output")
    print("log", number, flush=True)  # noqa: T201
    entry = {"round": number, "text": MARKER}
    writer.append_to_json_array(entry, "sealed_log", "output", encryption_key=KEY)
    print("sealed_log", number, flush=True)  # noqa: T201

"""Measure what the encryption of a ledger costs: appends, reads, the catalog, the next command.

Usage: python benchmarks/encrypted_ledger.py [--events 100000]

Beside each stands the same work on the same events in the clear. A next command opens the catalog
after one more run: in the clear from its file, encrypted from the snapshot or by folding anew.
Imports are not counted, as both need them.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from rebuild_rate import EVENTS_OF_A_RUN, RUNS_OF_AN_APPEND, run_events
from table import Row, medians_ms, show

from lineage.ledger import EncryptionSettings, Ledger
from lineage.ledger.envelope import NewEvents
from projections import Projector
from projections.catalog.kept.snapshot import SUFFIX

SMALL = 10_000
SINGLE = 200
REPEATS = 5


class Bench:
    """A ledger of its own and its catalog.

    Args:
        folder: Where they are.
        is_encrypted: Whether payloads are encrypted.
    """

    def __init__(self, folder: Path, *, is_encrypted: bool) -> None:
        folder.mkdir()
        self.folder = folder
        self._settings = EncryptionSettings(is_wanted=is_encrypted)
        self._runs = 0

    def ledger(self) -> Ledger:
        """Open the ledger."""
        return Ledger(f"sqlite://{self.folder}/ledger.db", encryption=self._settings)

    def append_run(self, ledger: Ledger) -> None:
        """Append one more run in one transaction."""
        ledger.append_all([self._next()])

    def append_singly(self) -> None:
        """Append one event after the other to one stream, each durable on its own."""
        events = run_events(1)
        with self.ledger() as ledger:
            for version in range(SINGLE):
                event = events[version % len(events)]
                ledger.append("process:single", [event], expected_version=version)

    def append_batches(self, events: int) -> None:
        """Append whole runs, 500 in a transaction."""
        with self.ledger() as ledger:
            for _ in range(0, events, EVENTS_OF_A_RUN * RUNS_OF_AN_APPEND):
                ledger.append_all([self._next() for _ in range(RUNS_OF_AN_APPEND)])

    def read(self) -> None:
        """Read every event into Arrow tables."""
        with self.ledger() as ledger:
            assert sum(table.num_rows for table in ledger.read_arrow()) > SINGLE

    def open_catalog(self, *, keeps_snapshot: bool = True) -> None:
        """Open the catalog as a command does that finds nothing in memory."""
        with self.ledger() as ledger:
            path = self.folder / "catalog.duckdb"
            projector = Projector(ledger, path, keeps_snapshot=keeps_snapshot)
            projector.open().close()
            projector.close()

    def first_catalog(self) -> None:
        """Open the catalog where there is none yet."""
        for file in self.folder.glob("catalog.*"):
            file.unlink()
        self.open_catalog()

    def next_command(self) -> None:
        """Open the catalog after one more run."""
        with self.ledger() as ledger:
            self.append_run(ledger)
        self.open_catalog()

    def size_mib(self, name: str) -> float:
        """Return the size of a file."""
        return (self.folder / name).stat().st_size / 2**20

    def _next(self) -> NewEvents:
        self._runs += 1
        run = f"{self._runs:08}"
        return NewEvents(
            stream=f"run:{run}",
            events=run_events(self._runs),
            expected_version=0,
            run=run,
            task=f"t_{self._runs % 40}",
        )


def rows(events: int) -> Iterator[Row]:
    """Yield the measurements at a number of events."""
    os.environ["LINEAGE_MASTER_KEY"] = "5e" * 32
    with tempfile.TemporaryDirectory(prefix="encrypted_ledger.") as name:
        ours = Bench(Path(name, "encrypted"), is_encrypted=True)
        plain = Bench(Path(name, "plain"), is_encrypted=False)
        yield _row(
            f"{SINGLE} single appends",
            *medians_ms(ours.append_singly, plain.append_singly, repeats=1),
        )
        times = medians_ms(
            lambda: ours.append_batches(events), lambda: plain.append_batches(events), repeats=1
        )
        yield _row(f"append {events:,} events, {RUNS_OF_AN_APPEND} runs at a time", *times)
        yield _row(f"read {events:,} events in bulk", *medians_ms(ours.read, plain.read))
        times = medians_ms(ours.first_catalog, plain.first_catalog, repeats=3)
        yield _row(f"first catalog of {events:,} events", *times)
        yield from _next_commands(ours, plain, events)
        yield Row(
            name="size of the snapshot",
            ours=ours.size_mib(f"catalog{SUFFIX}"),
            beside=plain.size_mib("catalog.duckdb"),
            beside_name="the catalog in the clear",
            unit="MiB",
        )


def _next_commands(ours: Bench, plain: Bench, events: int) -> Iterator[Row]:
    with_snapshot, beside = medians_ms(ours.next_command, plain.next_command)
    kept = (ours.folder / f"catalog{SUFFIX}").read_bytes()
    folded = []
    for _ in range(REPEATS):
        with ours.ledger() as ledger:
            ours.append_run(ledger)
        began = perf_counter()
        ours.open_catalog(keeps_snapshot=False)
        folded.append(1000 * (perf_counter() - began))
    (ours.folder / f"catalog{SUFFIX}").write_bytes(kept)
    yield _row(f"next command after {events:,} events, snapshot", with_snapshot, beside)
    yield _row(f"next command after {events:,} events, folded anew", median(folded), beside)
    yield Row(
        name="next command with the snapshot",
        ours=with_snapshot,
        beside=median(folded),
        beside_name="the same, folded anew",
    )


def _row(name: str, ours: float, beside: float) -> Row:
    return Row(name=name, ours=ours, beside=beside, beside_name="in the clear")


def small() -> Iterator[Row]:
    """Measure at a size that takes some seconds."""
    yield from rows(SMALL)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    show(rows(parser.parse_args().events))


if __name__ == "__main__":
    main()

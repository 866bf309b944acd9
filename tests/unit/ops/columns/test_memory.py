"""Which columns of a frame are found again, and which stay unknown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ops.columns.memory import ColumnMemory
from ops.columns.origin import ColumnOrigin
from ops.result import DatasetRead

FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4, 5],
        "age": [30, 20, None, 25, 20],
        "name": ["a", None, "c", "d", "d"],
        "twin": ["a", None, "c", "d", "d"],
        "one": [1, 1, 1, 1, 1],
    }
)
ALL = {name: name for name in FRAME}
Change = Callable[[pd.DataFrame], Any]


def dataset(name: str = "people") -> DatasetRead:
    """A version of a dataset."""
    path = Path(f"/data/{name}.csv")
    return DatasetRead(name=name, uri=str(path), sha256="0" * 64, size_bytes=1, format="csv")


def remembered(frame: Any = FRAME, *names: str) -> ColumnMemory:
    """A memory of a frame that was read from one or several datasets."""
    memory = ColumnMemory()
    for name in names or ("people",):
        memory.remember_read(frame, dataset(name))
    return memory


def found(memory: ColumnMemory, frame: Any) -> dict[str, str | None]:
    """Output column to source column, of those that are known."""
    return {origin.column: origin.source_column for origin in memory.explain(frame)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda df: df, ALL),
        (lambda df: df[["age", "id"]], {"age": "age", "id": "id"}),
        (lambda df: df.sort_values("age"), ALL),
        (lambda df: df.sort_values("age", ignore_index=True), ALL),
        (lambda df: df[df["age"] > 20], ALL),
        (lambda df: df[df["age"] > 20].sort_values("name"), ALL),
        (lambda df: df.iloc[[3, 0]], ALL),
        (lambda df: df.head(2), ALL),
        (lambda df: df.iloc[2:4], ALL),
        (lambda df: df[df["age"] < 30].reset_index(drop=True), {"one": "one"}),
        (lambda df: df[df["age"] > 99], {}),
        (lambda df: df.iloc[[0, 0]], {}),
        (lambda df: df.rename(columns={"age": "years"}), ALL | {"years": "age"}),
        (lambda df: df.rename(columns={"name": "label"})[["label"]], {}),
        (lambda df: df.rename(columns={"one": "constant"})[["constant"]], {}),
        (lambda df: df.sort_values("age").rename(columns={"age": "years"})[["years"]], {}),
        (lambda df: df[["age"]].iloc[:2].rename(columns={"age": "years"}), {}),
        (
            lambda df: df.rename(columns={"id": "age", "age": "id"}),
            ALL | {"id": "age", "age": "id"},
        ),
        (lambda df: df.assign(key=df["id"]), ALL | {"key": "id"}),
        (lambda df: df.assign(name=df["name"].iloc[::-1].to_list()), ALL),
        (lambda df: df.assign(age=df["age"] + 1), {n: n for n in ALL if n != "age"}),
        (
            lambda df: df.assign(age=df["age"].where(df["id"] > 1, 31)),
            {n: n for n in ALL if n != "age"},
        ),
        (lambda df: df.set_index("id"), ALL),
        (lambda df: df[["id", "id"]], {}),
        (lambda df: df.assign(id=[1, "b", 2.0, None, {}]), {n: n for n in ALL if n != "id"}),
        (lambda df: df.astype({"name": "category", "one": "int8"}), ALL),
        (lambda df: df.astype({"id": str})[["id"]], {}),
        (pl.from_pandas, ALL),
        (lambda df: pl.from_pandas(df).sort("id", descending=True), ALL),
        (lambda df: pl.from_pandas(df).filter(pl.col("id") > 1), {}),
        (lambda df: pa.Table.from_pandas(df, preserve_index=False), ALL),
        (lambda _: pd.DataFrame(), {}),
    ],
)
def test_column_is_found_by_its_content_or_stays_unknown(
    change: Change, expected: dict[str, str]
) -> None:
    """Unchanged, selected, reordered and renamed columns are found; nothing is guessed."""
    changed = change(FRAME)
    index = getattr(getattr(changed, "index", None), "name", None)
    names = {index, *(changed.column_names if isinstance(changed, pa.Table) else changed.columns)}

    known = found(remembered(), changed)

    assert known == {name: source for name, source in expected.items() if name in names}


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas, lambda df: df])
def test_frame_of_every_library_is_remembered(kind: Change) -> None:
    """What was read as one kind is found in another; rows are known by their labels."""
    memory = remembered(kind(FRAME))

    assert found(memory, FRAME[FRAME["id"] > 1]) == ALL
    assert found(memory, pl.from_pandas(FRAME.iloc[::-1])) == ALL


def test_column_of_two_datasets_is_unknown() -> None:
    """Both have it, and nothing says from which one it came; one version read twice is one."""
    assert found(remembered(FRAME, "people", "copy"), FRAME) == {}
    assert found(remembered(FRAME, "people", "people"), FRAME) == ALL


def test_frame_that_was_read_came_from_its_own_dataset() -> None:
    """The keys of two datasets are equal, but each frame is known by itself."""
    memory = ColumnMemory()
    other = FRAME[["id"]].copy()
    memory.remember_read(FRAME, dataset("people"))
    memory.remember_read(other, dataset("keys"))

    named = [(o.column, o.dataset and o.dataset.name) for o in memory.explain(other)]

    assert named == [("id", "keys")]
    assert "id" not in found(memory, FRAME.copy())


def test_frame_that_changes_later_is_remembered_as_it_was() -> None:
    """What a script does to its frame does not change what was read."""
    frame = FRAME.copy()
    memory = remembered(frame)
    frame.loc[0, "age"] = 99
    frame["name"] = "x"

    assert found(memory, frame) == {name: name for name in ("id", "twin", "one")}
    assert found(memory, FRAME) == ALL


def test_origins_of_an_answer_are_handed_on() -> None:
    """A column of a query is found like one that was read, under the query's name or another."""
    memory = ColumnMemory()
    origin = ColumnOrigin(
        column="total",
        dataset=dataset(),
        source_column="age",
        effect="aggregation",
        is_direct=True,
        basis="query",
    )
    memory.remember_query(pa.table({"total": [1, 2, 3], "open": [4, 5, 6]}), [origin])

    (handed,) = memory.explain(pd.DataFrame({"sum": [1, 2, 3], "open": [4, 5, 6]}))

    assert (handed.column, handed.source_column, handed.effect) == ("sum", "age", "aggregation")


def test_memory_is_shared_by_threads() -> None:
    """Several threads read and write at once."""
    memory = ColumnMemory()
    frames = [pd.DataFrame({f"c{at}": range(at, at + 5)}) for at in range(4)]
    results: list[dict[str, str | None]] = []

    def work(at: int) -> None:
        memory.remember_read(frames[at], dataset(f"d{at}"))
        results.append(found(memory, frames[at].sort_index(ascending=False, ignore_index=True)))

    threads = [Thread(target=work, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, results)) == [str({f"c{at}": f"c{at}"}) for at in range(4)]


def test_remembering_copies_nothing() -> None:
    """A frame of many rows is held as it is, so that its memory is not used twice."""
    frame = pd.DataFrame({"x": range(1_000_000)})
    before = pa.total_allocated_bytes()
    memory = ColumnMemory()
    memory.remember_read(frame, dataset())

    assert pa.total_allocated_bytes() - before < 1_000
    (known,) = memory._known
    assert known.frame._columns.is_same(
        0, remembered(frame)._known[0].frame._columns, 0, slice(None)
    )

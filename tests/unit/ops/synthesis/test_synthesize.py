"""Made rows: like the data, of the same types, without what few have, and attacked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_frames import edges, run

from lineage.kernel.errors import (
    AnonymizationError,
    ConfigurationError,
    DataReadError,
    OperationError,
)
from ops.synthesis import copula, disclosure, marginals
from ops.synthesis.synthesize import Model, SynthesizeOperation

ROWS = 400


def people() -> pa.Table:
    """Rows in which age, wage and class go together."""
    random = np.random.default_rng(3)
    age = random.integers(18, 80, ROWS)
    wage = age * 1000 + random.normal(0, 4000, ROWS)
    band = np.where(wage > 60_000, "rich", np.where(wage > 40_000, "fair", "poor"))
    band[:2] = "one of two"
    return pa.table(
        {
            "age": age.astype("int16"),
            "wage": wage,
            "band": pa.array(band.tolist()).dictionary_encode(),
            "has": [None if x < 0.25 else x < 0.5 for x in random.random(ROWS)],
        }
    )


def made(folder: Path, table: pa.Table, **parameters: Any) -> tuple[Any, pa.Table]:
    """Return the result and the made rows."""
    given = {"dataset_name": "p", "attacks": 20, **parameters}
    result, [rows] = run(SynthesizeOperation(**given), {"p": table}, folder)
    return result, rows


def test_pairs_of_columns_stay_together(tmp_path: Path) -> None:
    """The copula keeps the correlation of numbers and the order of classes; independence not."""
    frames: dict[Model, pd.DataFrame] = {}
    models: tuple[Model, ...] = ("copula", "independent")
    for model in models:
        _, rows = made(tmp_path, people(), model=model, rows=2000)
        frames[model] = rows.to_pandas()

    assert frames["copula"]["age"].corr(frames["copula"]["wage"]) > 0.85
    assert abs(frames["independent"]["age"].corr(frames["independent"]["wage"])) < 0.1
    means = frames["copula"].groupby("band", observed=True)["wage"].mean()
    assert means["poor"] < means["fair"] < means["rich"]


def test_single_columns_stay_alike(tmp_path: Path) -> None:
    """Shares, nulls and quantiles are near those of the data, types are the same."""
    table = people()
    result, rows = made(tmp_path, table, rows=4000)

    assert rows.schema == table.schema
    before, after = table.to_pandas(), rows.to_pandas()
    for name in ("age", "wage"):
        wanted = before[name].quantile([0.25, 0.5, 0.75]).to_numpy()
        assert np.abs(after[name].quantile([0.25, 0.5, 0.75]).to_numpy() / wanted - 1).max() < 0.1
    assert abs(after["has"].isna().mean() - before["has"].isna().mean()) < 0.05
    assert result.metrics["model_rows"] + result.metrics["control_rows"] == ROWS


def test_rare_category_and_extreme_are_not_drawn(tmp_path: Path) -> None:
    """What fewer than minimum_count rows have is in no made row."""
    table = people()
    result, rows = made(tmp_path, table, rows=4000)

    assert set(rows["band"].to_pylist()) == {"rich", "fair", "poor"}
    assert result.metrics["rare"]["band"] <= 1
    wages = table["wage"].to_pylist()
    assert min(wages) < min(rows["wage"].to_pylist()) < max(rows["wage"].to_pylist()) < max(wages)


@given(
    values=st.lists(st.none() | st.integers(-40, 40), min_size=2, max_size=60),
    kind=st.sampled_from([pa.int8(), pa.int64(), pa.float32(), pa.date32(), pa.duration("us")]),
    minimum=st.integers(2, 6),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_value_of_a_single_row_is_drawn(
    values: list[Any], kind: pa.DataType, minimum: int
) -> None:
    """Whatever the type; and as a category only what enough rows have."""
    storage = pa.int32() if kind == pa.date32() else pa.int64()
    is_plain = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    column = pa.chunked_array([pa.array(values, kind if is_plain else storage).cast(kind)])
    model = marginals.fit(column, minimum_count=minimum, clip=0.01)
    assert model is not None or all(v is None for v in values) is False
    if model is None:
        return
    drawn = model.draw(np.linspace(0, 1, 200), np.random.default_rng(0)).cast(kind).to_pylist()

    before = column.to_pylist()
    least = minimum if isinstance(model, marginals.Categories) else 2
    assert all(
        value is None or before.count(value) == 0 or before.count(value) >= least for value in drawn
    )
    assert (None in before) or model.null_rate == 0


@pytest.mark.parametrize(
    "values",
    [
        pa.array([Decimal(at) / 100 for at in range(60)], pa.decimal128(9, 2)),
        pa.array([2**63 + at * 2**12 for at in range(60)], pa.uint64()),
        pa.array([at * 10**17 - 3 * 10**18 for at in range(60)], pa.int64()),
        pa.array([datetime(2024, 1, 1, at % 24, at, tzinfo=UTC) for at in range(60)]),
        pa.array([1.5, None, float("inf")] * 20),
        pa.array(["a", "b", None] * 20, pa.string_view()),
        pa.array(["a", "b"] * 30, pa.large_string()),
        pa.array(["b", "a"] * 30).dictionary_encode(),
        pa.array([b"a", b"b"] * 30),
        pa.nulls(60),
        pa.nulls(60, pa.int32()),
        pa.nulls(60, pa.string()),
    ],
)
def test_types_are_kept(values: pa.Array, tmp_path: Path) -> None:
    """Also rare ones; nothing but nulls gives nulls."""
    _, rows = made(tmp_path, pa.table({"x": values, "y": [1, 2] * 30}))
    kind = pa.large_string() if values.type == pa.string_view() else values.type

    assert rows.schema.field("x").type == kind
    assert (rows["x"].null_count == len(rows)) == (values.null_count == len(values))


def test_copies_are_counted_and_can_be_refused(tmp_path: Path) -> None:
    """Rows of few categories are copies by necessity."""
    table = pa.table({"a": ["x", "y"] * 30, "b": ["u"] * 60})
    result, _ = made(tmp_path, table)

    assert (result.metrics["copies"], result.metrics["copies_of_unique"]) == (60, 0)
    assert "60 of 60 made rows equal a row" in result.warnings[0].message
    with pytest.raises(AnonymizationError, match="60 equal a row of the dataset"):
        made(tmp_path / "refused", table, refuse_copies=True)
    assert not (tmp_path / "refused").exists()


def test_release_of_the_rows_themselves_is_found_out() -> None:
    """The check finds what it is there to find."""
    table = people().slice(2).select(["age", "band", "wage", "has"])
    seen, control = table.slice(0, 300), table.slice(300)
    found = disclosure.measure(seen, seen, control, 60, 1)

    assert (found.copies, found.risks["membership"].risk_low > 0.3) == (300, True)
    assert found.risks["linkability"].rate > 0.1


def test_lineage_is_synthesis_from_all_used_columns(tmp_path: Path) -> None:
    """Each column saw itself and, in a copula, the others; identifiers are left out."""
    table = people().select(["age", "band"]).append_column("name", pa.array(["n"] * ROWS))
    result, rows = made(tmp_path, table, direct_identifiers=["name"])
    assert rows.column_names == ["age", "band"]
    assert edges(result) == {
        "age synthesis p.age",
        "age ~synthesis p.band",
        "band synthesis p.band",
        "band ~synthesis p.age",
    }
    assert result.details["left_out"] == ["name"]
    assert result.details["is_differentially_private"] is False
    alone, _ = made(tmp_path, table, columns=["age", "band"], model="independent")
    assert edges(alone) == {"age synthesis p.age", "band synthesis p.band"}


def test_seed_decides(tmp_path: Path) -> None:
    """One seed gives equal bytes and metrics, another one other rows."""
    results = [made(tmp_path, people(), seed=seed)[0] for seed in (1, 1, 2)]
    digests = [result.artifacts[0].sha256 for result in results]
    assert digests[0] == digests[1] != digests[2]
    assert results[0].metrics == results[1].metrics


def test_column_without_frequent_values_is_left_out(tmp_path: Path) -> None:
    """Names and lists cannot be modelled; if nothing can, there is nothing to write."""
    names = pa.table({"name": [f"n{at}" for at in range(50)], "list": [[1]] * 50})
    result, rows = made(tmp_path, names.append_column("n", pa.array(range(50))))
    assert (rows.column_names, result.details["left_out"]) == (["n"], ["name", "list"])
    assert "no model of name, list" in result.warnings[0].message
    with pytest.raises(OperationError, match="no column has values that can be drawn"):
        made(tmp_path, names)


def test_correlation_of_columns_with_gaps_is_one() -> None:
    """Pairs of different rows give no correlation of all; what is nearest to it is taken."""
    random = np.random.default_rng(0)
    columns = [random.normal(size=60) for _ in range(3)]
    columns[1], columns[2] = columns[0] + 0.01, -columns[0]
    table = [
        pa.chunked_array([pa.array(c, mask=np.arange(60) % 3 == at)])
        for at, c in enumerate(columns)
    ]
    models = [marginals.fit(column, minimum_count=2, clip=0.01) for column in table]
    found = copula.fit([m for m in models if m is not None], random)

    assert np.allclose(np.diag(found), 1)
    assert np.linalg.eigvalsh(found).min() > 0


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_rows_are_refused(rows: int, tmp_path: Path) -> None:
    """One row cannot be both seen and held out."""
    with pytest.raises(OperationError, match=f"{rows} rows, expected at least 2"):
        made(tmp_path, people().slice(0, rows))
    with pytest.raises(DataReadError, match="'nobody'"):
        made(tmp_path, people(), columns=["nobody"])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"minimum_count": 1}, "minimum_count.*at least 2"),
        ({"attacks": 0}, "attacks.*at least 1"),
        ({"rows": 0}, "rows.*at least 1"),
        ({"clip": 0.5}, "clip of SynthesizeOperation.*0 to 0.5"),
        ({"control_share": 0.0}, "control_share of SynthesizeOperation"),
        ({"control_share": 1.0}, "control_share of SynthesizeOperation"),
        ({"model": "gan"}, "model of SynthesizeOperation"),
    ],
)
def test_bad_parameter_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The message names the parameter."""
    with pytest.raises(ConfigurationError, match=message):
        SynthesizeOperation(dataset_name="p", **parameters)

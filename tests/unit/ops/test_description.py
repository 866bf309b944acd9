"""What is said of an operation is what it takes and reports."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from copies import shared
from operation_examples import EXAMPLES, FRAMES

from lineage.tasks.lifecycle.operation_maker import make_operation
from ops import BaseOperation, DataSource, OperationResult, registry, roles
from ops.description import ColumnDescription, OperationDescription, describe
from ops.keywords import keywords_of


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[OperationResult]]:
    """What each built-in operation reported, found by one process of the tests for all."""
    made = (shared(tmp_path_factory, "reported", _report) / "results.pickle").read_bytes()
    found: dict[str, list[OperationResult]] = pickle.loads(made)  # noqa: S301  # our own
    return found


def _report(folder: Path) -> None:
    """Execute each built-in operation on small data, and keep what it reports."""
    for name, frame in FRAMES.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    found: dict[str, list[OperationResult]] = {}
    for name, given in EXAMPLES.items():
        for number, parameters in enumerate(given):
            task_dir = folder / name / str(number)
            source = DataSource.from_files({p.stem: p for p in folder.glob("*.csv")})
            result = registry.resolve(name)(**parameters).execute(source, task_dir)
            for place, artifact in enumerate(result.artifacts):
                whole = folder / artifact.path
                result.artifacts[place] = _below(artifact, whole, task_dir)
            found.setdefault(name, []).append(result)
    (folder / "results.pickle").write_bytes(pickle.dumps(found))


def _below(artifact: Any, path: Path, task_dir: Path) -> Any:
    return replace(artifact, path=path.relative_to(task_dir))


def flattened(metrics: Mapping[str, object], above: str = "") -> Iterator[str]:
    """Yield the names of metrics, joined by dots."""
    for name, value in metrics.items():
        if isinstance(value, Mapping) and value:
            yield from flattened(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


@cache
def described(name: str) -> OperationDescription:
    """Return the description of a registered operation."""
    return describe(registry.resolve(name))


def test_every_built_in_operation_is_tried() -> None:
    """A new operation needs an example here, and so a description that is true."""
    assert EXAMPLES.keys() == registry.built_in().keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_parameters_are_documented(name: str) -> None:
    """Each has a type and a meaning, and the operation says what it does."""
    found = described(name)
    assert found.summary.endswith(".")
    assert [p.name for p in found.parameters if not (p.type and p.meaning.endswith("."))] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_metrics_are_those_that_are_reported(
    name: str, results: dict[str, list[OperationResult]]
) -> None:
    """Each reported metric is, or lies in, one that is described, and none is described in vain."""
    reported = {metric for r in results[name] for metric in flattened(r.metrics)}
    known = described(name).metrics
    covered = {k for k in known for m in reported if m == k or m.startswith(f"{k}.")}

    assert covered == known.keys()
    assert [m for m in reported if not any(m == k or m.startswith(f"{k}.") for k in known)] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_effects_are_those_that_are_reported(
    name: str, results: dict[str, list[OperationResult]]
) -> None:
    """What a description says of output columns is what the operation states of them."""
    reported = {edge.effect for result in results[name] for edge in result.column_edges}
    assert {effect for c in described(name).columns for effect in c.effects} == reported


@pytest.mark.parametrize("name", EXAMPLES)
def test_files_are_those_that_are_written(
    name: str, results: dict[str, list[OperationResult]]
) -> None:
    """Each written file fits a described one, and each described one is written."""
    written = {a.path.as_posix() for result in results[name] for a in result.artifacts}
    patterns = [re.sub(r"\{\w+\}", r"\\w+", file) for file in described(name).files]

    assert [p for p in patterns if not any(re.fullmatch(p, file) for file in written)] == []
    assert [f for f in written if not any(re.fullmatch(p, f) for p in patterns)] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_warnings_are_those_that_are_given(
    name: str, results: dict[str, list[OperationResult]]
) -> None:
    """The words that name a warning are in its message."""
    given = [warning.message for result in results[name] for warning in result.warnings]
    known = described(name).warnings

    assert [words for words in known if not any(words in message for message in given)] == []
    assert [message for message in given if not any(words in message for words in known)] == []


@pytest.mark.parametrize(
    "name", [n for n in EXAMPLES if "seed" in keywords_of(registry.resolve(n))]
)
def test_seed_of_a_task_decides_all_chance(name: str, tmp_path: Path) -> None:
    """It reaches the operation; equal seeds give equal files and metrics, others do not."""
    given = EXAMPLES[name][0]

    def outcome(seed: int) -> object:
        source = DataSource()
        for dataset, frame in FRAMES.items():
            source.add_dataframe(dataset, frame)
        operation = make_operation(name, given, seed=seed)
        assert operation.parameters["seed"] == seed
        result = operation.execute(source, tmp_path)
        return [artifact.sha256 for artifact in result.artifacts], result.metrics

    assert outcome(1) == outcome(1) != outcome(2)


class Plain(BaseOperation):
    """Counts things.

    It does it: slowly.

    Args:
        things: What to count,
            one by one.

    Metrics:
        all, some: How many.

    Columns:
        count: aggregation or noise. Of everything.
        other: something else
    """

    def __init__(self, things: list[str], api_key: str = "hush", marker: object = object) -> None:
        self.things, self.marker, self._key = things, marker, api_key

    def execute(self, *_: object) -> OperationResult:  # type: ignore[override]  # takes nothing
        """Do nothing."""
        return OperationResult()


@dataclass
class Inherits(Plain):  # noqa: D101  # it has none
    places: list[str] = field(default_factory=lambda: ["here"])
    things: list[str] = ()  # type: ignore[assignment]


def test_description_comes_from_the_docstring() -> None:
    """Summary, details, parameters, metrics and columns are read; a secret default is hidden."""
    found = describe(Plain)

    assert (found.summary, found.details) == ("Counts things.", "It does it: slowly.")
    assert [(p.name, p.type, p.default, p.meaning) for p in found.parameters] == [
        ("things", "list[str]", None, "What to count, one by one."),
        ("api_key", "str", "***", ""),
        ("marker", "object", "<class 'object'>", ""),
    ]
    assert found.metrics == {"all": "How many.", "some": "How many."}
    assert found.columns == (
        ColumnDescription(
            columns="count", effects=("aggregation", "noise"), meaning="Of everything."
        ),
        ColumnDescription(columns="other", effects=(), meaning="something else"),
    )


def test_subclass_inherits_what_it_does_not_say() -> None:
    """Its own parameters have no meaning yet, its summary is not the one of its parent."""
    found = describe(Inherits)

    assert (found.summary, [*found.metrics]) == ("", ["all", "some"])
    assert [(p.name, p.default, p.meaning) for p in found.parameters] == [
        ("places", "['here']", ""),
        ("things", "()", "What to count, one by one."),
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_column_that_is_written_has_lineage(
    name: str, results: dict[str, list[OperationResult]]
) -> None:
    """Columns that nothing is said of would have their origin guessed, unless that is said."""
    for result in results[name]:
        is_unknown = any("not known for sure" in warning.message for warning in result.warnings)
        for artifact in result.artifacts:
            said = {e.column for e in result.column_edges if _is_same(e.output, artifact.path)}
            missing = [column for column in artifact.columns if column not in said]
            assert missing == ([*artifact.columns] if is_unknown else [])


@pytest.mark.parametrize("name", EXAMPLES)
def test_result_names_the_columns_that_are_covered_and_unchanged(
    name: str, results: dict[str, list[OperationResult]]
) -> None:
    """Whoever reads it sees what was protected; a column that is copied is never among that."""
    for result in results[name]:
        if not any(artifact.columns for artifact in result.artifacts):
            continue
        covered, unchanged = (result.details[key] for key in ("covered", "unchanged"))
        assert isinstance(covered, list)
        assert isinstance(unchanged, list)
        assert {*covered}.isdisjoint(unchanged)
        assert {e.column for e in result.column_edges if e.effect == "identity"} <= {*unchanged}


@pytest.mark.parametrize("name", EXAMPLES)
def test_columns_come_from_the_declared_roles(name: str) -> None:
    """Each parameter of a role is one that it takes, and is given if nobody names columns."""
    cls = registry.resolve(name)
    known = describe(cls).schema["properties"]
    taken = {
        parameter: roles_ if isinstance(roles_, tuple) else (roles_,)
        for parameter, roles_ in cls.column_roles.items()
    }
    declared = {role: (f"a {role.value}",) for of in taken.values() for role in of}
    datasets = dict.fromkeys(cls.dataset_parameters, "people")
    found = roles.completed(cls, datasets, {"people": declared})

    assert {*cls.column_roles, *cls.without_role} <= known.keys()
    assert not cls.column_roles or {*cls.dataset_parameters} <= known.keys()
    assert {each: found[each] for each in taken} == {
        name: [f"a {role.value}" for role in of] for name, of in taken.items()
    }


def _is_same(output: Path, below: Path) -> bool:
    return output.parts[-len(below.parts) :] == below.parts

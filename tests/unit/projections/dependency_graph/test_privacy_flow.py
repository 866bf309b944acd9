"""Which personal data a file holds, and what was done to it on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from privacy_graphs import NAMES, ByAllWays, Column, History, declared_in, same_named_histories
from projection_scenarios import (
    Step,
    digest,
    folded,
    of,
    of_run,
    operation,
    read,
    started,
    wrote,
)

from lineage.events import (
    AssumedColumn,
    ClassificationConfirmed,
    ClassificationRejected,
    ColumnsAssumed,
    ColumnsDerived,
    DerivedColumn,
    Event,
    FileImported,
    RiskMeasured,
    streams,
)
from lineage.kernel.errors import ProjectionError
from lineage.kernel.roles import ColumnRole
from projections.dependency_graph.privacy_flow import build_privacy_flow, dictionary_on_record

DIRECT = ColumnRole.DIRECT_IDENTIFIER
ROLES: dict[str, Any] = {
    "people": {
        "path": "raw",
        "columns": {
            "ssn": {"role": "direct_identifier", "class": "contact", "tags": ["b", "a"]},
            "age": "quasi_identifier",
            "ill": {"role": "sensitive", "special_category": True},
        },
    }
}


def derived(target: str, source: str = "", effect: str = "identity", *, direct: bool = True) -> Any:
    """A column from "file:column"; a generated one without."""
    file, _, name = source.partition(":")
    return DerivedColumn(
        column=target,
        source_uri=file or None,
        source_sha256=digest(file) if file else None,
        source_column=name or None,
        effect=effect,  # type: ignore[arg-type]  # one of the vocabulary
        is_direct=direct,
    )


def step(
    sources: str, target: str, *columns: Any, names: str = "", also: Sequence[Event] = ()
) -> Step:
    """A run that makes a file, whose content is its name, from "file ..."."""
    said = ColumnsDerived(operation=1, uri=target, sha256=digest(target), columns=columns)
    return of_run(
        started(),
        operation(),
        *(read(source, source, columns=("ssn", "age", "ill")) for source in sources.split()),
        wrote(target, target, columns=tuple(names.split() or (one.column for one in columns))),
        *([said] if columns else []),
        *also,
        run=f"r-{target}",
    )


def assumed(target: str, column: str, source: str) -> ColumnsAssumed:
    """A column that nobody declared, of the name of one that was read."""
    same = AssumedColumn(column=column, source_uri=source, source_sha256=digest(source))
    return ColumnsAssumed(operation=1, uri=target, sha256=digest(target), columns=(same,))


def flow(file: str, *steps: Step, dictionary: Mapping[str, Any] = ROLES) -> dict[str, Any]:
    """The document about a file after some runs."""
    with folded(*steps) as history:
        return build_privacy_flow(history.catalog, file, digest(file), dictionary)


def column(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What the document says of a column."""
    (found,) = (one for one in document["columns"] if one["column"] == name)
    return dict(found)


PROTECTING = ["masking", "generalization", "pseudonymization", "aggregation", "synthesis"]


@pytest.mark.parametrize("effect", [*PROTECTING, "suppression"])
def test_effect_that_hides_protects_an_identifier(effect: str) -> None:
    """Each of them leaves no direct identifier in the file, and the role says what was there."""
    found = flow("out", step("raw", "out", derived("s", "raw:ssn", effect)))

    assert found["verdict"] == "no direct identifier"
    assert column(found, "s")["verdict"] == "protected"
    assert column(found, "s")["role"] == "direct_identifier"
    assert column(found, "s")["sources"][0]["effects"] == [effect]


@pytest.mark.parametrize("effect", ["identity", "transformation", "noise"])
def test_effect_that_hides_no_identifier_is_told(effect: str) -> None:
    """Copied, computed or noisy, a number that names a person still does."""
    found = flow("out", step("raw", "out", derived("s", "raw:ssn", effect)))

    assert found["verdict"] == "direct identifier"
    assert found["sentence"] == "out still holds direct identifiers, in column s."


def test_noise_protects_what_names_nobody() -> None:
    """An age is hidden among those near it."""
    found = flow("out", step("raw", "out", derived("a", "raw:age", "noise")))

    assert column(found, "a")["verdict"] == "protected"


def test_identifier_on_one_of_two_paths_is_told() -> None:
    """A masked copy does not make up for one that is kept; the effects of both are listed."""
    masked = step("raw", "masked", derived("m", "raw:ssn", "masking"))
    both = step("raw masked", "out", derived("s", "masked:m"), derived("s", "raw:ssn"))

    found = column(flow("out", masked, both), "s")

    assert found["verdict"] == "unchanged"
    assert found["sources"][0]["effects"] == ["identity", "masking"]


def test_source_has_all_that_is_declared_of_it() -> None:
    """Class, special category and tags are inherited with the role."""
    found = flow("out", step("raw", "out", derived("s", "raw:ssn"), derived("i", "raw:ill")))

    assert column(found, "s")["category"] == "contact"
    assert column(found, "s")["tags"] == ["a", "b"]
    assert column(found, "i")["special_category"] is True
    assert column(found, "s")["sources"] == [
        {
            "uri": "raw",
            "sha256": digest("raw"),
            "column": "ssn",
            "role": "direct_identifier",
            "category": "contact",
            "special_category": False,
            "tags": ["a", "b"],
            "effects": ["identity"],
            "is_direct": True,
            "is_assumed": False,
        }
    ]


def test_column_without_a_role_is_mentioned() -> None:
    """Nobody said what it is, which is not the same as harmless."""
    found = flow("out", step("raw", "out", derived("n", "raw:note"), derived("g")))

    assert found["verdict"] == "no direct identifier"
    assert found["unclassified"] == ["n"]
    assert "column n are to people: no role is declared" in found["sentence"]
    assert column(found, "n")["role"] is None
    assert column(found, "g") == column(found, "g") | {"verdict": "generated", "sources": []}


def test_role_that_is_declared_on_the_way_covers_what_is_before_it() -> None:
    """Values that somebody classified later need no role at their beginning."""
    way = step("raw", "mid", derived("x", "raw:note")), step("mid", "out", derived("x", "mid:x"))
    later = {"mid": {"path": "mid", "columns": {"x": "non_sensitive"}}}

    assert flow("out", *way, dictionary=later)["unclassified"] == []


def test_declared_role_takes_no_identifier_away() -> None:
    """Only an effect changes a role: to declare an output harmless does not."""
    way = step("raw", "mid", derived("x", "raw:ssn")), step("mid", "out", derived("x", "mid:x"))
    later = ROLES | {"mid": {"path": "mid", "columns": {"x": "non_sensitive"}}}

    assert flow("out", *way, dictionary=later)["verdict"] == "direct identifier"


@pytest.mark.parametrize(
    "way",
    [
        (step("raw", "out", names="s"),),
        (step("raw", "out", names="s", also=[assumed("out", "s", "raw")]),),
        (step("raw", "mid", names="s"), step("mid", "out", derived("s", "mid:s"))),
        (step("raw", "mid", names="s"), step("mid", "out", derived("s", "mid:s", "masking"))),
    ],
    ids=["silent", "assumed", "before", "masked"],
)
def test_lineage_that_nobody_declared_is_unknown(way: Sequence[Step]) -> None:
    """Nothing is concluded from a name, nor from what an unknown value went through later."""
    found = flow("out", *way)

    assert found["verdict"] == "unknown"
    assert column(found, "s")["verdict"] == "unknown"
    assert "Nobody knows what out holds in column s" in found["sentence"]


def test_known_identifier_counts_more_than_the_unknown() -> None:
    """What is known to be there is said, whatever else may be there."""
    also = assumed("out", "age", "raw")
    found = flow("out", step("raw", "out", derived("age", "raw:ssn"), also=[also]))

    assert found["verdict"] == "direct identifier"


def test_source_that_only_chose_rows_is_listed_without_a_verdict() -> None:
    """A filter by a number does not put the number into the column."""
    way = step("raw", "out", derived("a", "raw:age"), derived("a", "raw:ssn", direct=False))

    found = column(flow("out", way), "a")

    assert (found["verdict"], found["role"]) == ("unchanged", "quasi_identifier")
    assert [one["is_direct"] for one in found["sources"]] == [True, False]


def test_file_that_is_not_on_record_is_unknown() -> None:
    """Of a file that nobody recorded, or that was changed since, nothing is known."""
    with folded(step("raw", "out", derived("s", "raw:age"))) as history:
        found = build_privacy_flow(history.catalog, "out", digest("other"), ROLES)

    assert (found["verdict"], found["columns"]) == ("unknown", [])
    assert "No columns of out are on record" in found["sentence"]


@pytest.mark.parametrize("path", ["/srv/project/raw", "./raw", "other/../raw"])
def test_declared_path_in_another_form_is_the_same_file(path: str) -> None:
    """The history names files relative to the project; a declaration may not."""
    declared = {"people": ROLES["people"] | {"path": path}}

    found = flow("out", step("raw", "out", derived("s", "raw:ssn")), dictionary=declared)

    assert found["verdict"] == "direct identifier"


def test_dataset_without_a_path_is_what_runs_call_so() -> None:
    """Roles of an output follow its recorded name."""
    declared = {"mid": {"columns": {"x": "direct_identifier"}}}
    way = step("raw", "mid", derived("x", "raw:note")), step("mid", "out", derived("x", "mid:x"))

    assert flow("out", *way, dictionary=declared)["verdict"] == "direct identifier"


def test_output_that_nobody_has_read_is_the_dataset_of_its_name() -> None:
    """A declared dataset without a path has its roles from the moment it is written."""
    declared = {"mid": {"columns": {"x": "direct_identifier"}}}
    way = step("raw", "output/mid.csv", derived("x", "raw:note"))

    assert flow("output/mid.csv", way, dictionary=declared)["verdict"] == "direct identifier"


def test_output_with_the_name_of_another_file_is_not_that_file() -> None:
    """The masked people are not the people, though both files are called so."""
    declared = {"people": {"path": "raw/people.csv", "columns": {"x": "direct_identifier"}}}
    way = step("raw/people.csv", "out/people.csv", derived("x", "raw/people.csv:x", "masking"))

    assert flow("out/people.csv", way, dictionary=declared)["verdict"] == "no direct identifier"


@pytest.mark.parametrize(
    ("declared", "source"),
    [(ROLES, "raw:ssn"), ({"mid": {"columns": {"x": "direct_identifier"}}}, "raw:note")],
    ids=["its source", "its name"],
)
def test_data_in_memory_hands_roles_on(declared: Mapping[str, Any], source: str) -> None:
    """A frame between two operations has no content on record, but sources and a name."""
    handed_on = derived("y", "mid:x").model_copy(update={"source_sha256": None})
    left = ColumnsDerived(operation=1, uri="mid", sha256=None, columns=(derived("x", source),))
    told = ColumnsDerived(operation=2, uri="out", sha256=digest("out"), columns=(handed_on,))
    way = of_run(
        started(),
        operation(),
        read("raw", "raw", columns=("ssn", "note")),
        left,
        operation(2, "second"),
        wrote("out", "out", by=2, columns=("y",)),
        told,
    )

    found = flow("out", way, dictionary=declared)

    assert found["verdict"] == "direct identifier"
    assert column(found, "y")["role"] == "direct_identifier"


def test_copy_that_the_product_made_has_the_roles_of_its_original() -> None:
    """An import does not launder."""
    imported = FileImported(source_uri="raw", uri="in/raw", sha256=digest("raw"), size_bytes=3)
    way = of_run(
        started(),
        imported,
        operation(),
        read("in/raw", "raw", columns=("ssn",)),
        wrote("out", "out", columns=("s",)),
        ColumnsDerived(
            operation=1,
            uri="out",
            sha256=digest("out"),
            columns=(
                derived("s", "in/raw:ssn").model_copy(update={"source_sha256": digest("raw")}),
            ),
        ),
    )

    assert flow("out", way)["verdict"] == "direct identifier"


def test_copy_that_nobody_recorded_goes_on_in_its_original() -> None:
    """A file of the content that a run wrote before has the sources of that one."""
    copied = of_run(
        started(),
        operation(),
        read("elsewhere", "mid", columns=("x",)),
        wrote("out", "out", columns=("x",)),
        ColumnsDerived(
            operation=1,
            uri="out",
            sha256=digest("out"),
            columns=(
                derived("x", "elsewhere:x").model_copy(update={"source_sha256": digest("mid")}),
            ),
        ),
        run="r-out",
    )

    found = flow("out", step("raw", "mid", derived("x", "raw:ssn")), copied)

    assert found["verdict"] == "direct identifier"


CONFIRMED = ClassificationConfirmed(
    dataset="people", column="note", role=DIRECT, category="contact", reason=""
)


def test_decision_of_a_person_supplements_what_is_declared() -> None:
    """A confirmed column counts; a proposal that was rejected later does not."""
    way = step("raw", "out", derived("n", "raw:note"))
    rejected = ClassificationRejected(dataset="people", column="note", category="", reason="no")
    stream = streams.classifications("people")

    assert flow("out", way, of(stream, CONFIRMED))["verdict"] == "direct identifier"
    assert flow("out", way, of(stream, CONFIRMED, rejected))["verdict"] == "no direct identifier"


def test_declared_role_counts_more_than_a_decision() -> None:
    """The configuration is the last word on a column that it names."""
    declared = {"people": {"path": "raw", "columns": {"note": "non_sensitive"}}}
    way = step("raw", "out", derived("n", "raw:note"))

    found = flow("out", way, of(streams.classifications("people"), CONFIRMED), dictionary=declared)

    assert column(found, "n")["role"] == "non_sensitive"


def test_measured_risk_belongs_to_the_file() -> None:
    """The sentence ends with the k that was measured of this content last."""
    risk = RiskMeasured(
        operation=None,
        uri="out",
        sha256=digest("out"),
        quasi_identifiers=("a",),
        sensitive=(),
        measures={"k": 5},
        method="MeasureRisk",
    )

    found = flow("out", step("raw", "out", derived("a", "raw:age"), also=[risk]))

    assert found["risk"][0]["measures"] == {"k": 5}
    assert found["sentence"].endswith("k = 5.")


@pytest.mark.parametrize("effect", ["identity", "masking"])
def test_copy_that_was_written_back_is_no_origin(effect: str) -> None:
    """What a run puts back in the place of its source, with the same content, came from there."""
    there = step("raw", "out", derived("n", "raw:note", effect))
    back = step("out", "raw", derived("note", "out:n"))

    found = flow("out", there, back)

    assert column(found, "n")["verdict"] == ("unchanged" if effect == "identity" else "protected")
    assert [one["uri"] for one in column(found, "n")["sources"]] == ["raw"]
    assert ("n" in found["unclassified"]) is (effect == "identity")


def test_columns_that_come_from_each_other_only_are_unknown() -> None:
    """Where no reading is on record, a circle has no beginning."""
    there = step("", "out", derived("n", "raw:note"))
    back = step("", "raw", derived("note", "out:n"))

    assert flow("out", there, back)["verdict"] == "unknown"


def test_role_of_a_newer_version_is_refused() -> None:
    """A word that nobody here knows must not pass for no role."""
    declared = {"people": {"path": "raw", "columns": {"ssn": "super_identifier"}}}

    with pytest.raises(ProjectionError, match="role of column 'ssn' of dataset 'people'"):
        flow("out", step("raw", "out", derived("s", "raw:ssn")), dictionary=declared)


def test_ledger_without_a_dictionary_has_an_empty_one() -> None:
    """A project that declared nothing is asked like any other."""
    with folded(step("raw", "out", derived("s", "raw:ssn"))) as history:
        assert dictionary_on_record(history.catalog) == {}


def history_of(case: History) -> Iterator[Step]:
    """One run for each writing, which reads all that it makes columns from."""
    for number, run in enumerate(case.runs):
        uri, sha256 = case.uris[run.target], digest(str(run.target))
        declared, guessed = [], []
        for name, (how, parts) in zip(NAMES, run.origins, strict=True):
            if how == "generated":
                declared.append(derived(name))
            for source, effect, is_direct in parts if how == "declared" else ():
                into = derived(
                    name,
                    f"{case.uris[source.file]}:{NAMES[source.place]}",
                    effect,
                    direct=is_direct,
                )
                declared.append(into.model_copy(update={"source_sha256": digest(str(source.file))}))
            for source, _, _ in parts if how == "assumed" else ():
                guessed.append(
                    AssumedColumn(
                        column=name,
                        source_uri=case.uris[source.file],
                        source_sha256=digest(str(source.file)),
                    )
                )
        at: dict[str, Any] = {"operation": 1, "uri": uri, "sha256": sha256}
        yield of_run(
            started(),
            operation(),
            *(
                read(case.uris[file], str(file), columns=NAMES)
                for file in sorted(case.on_record(run))
            ),
            wrote(uri, str(run.target), columns=NAMES),
            *([ColumnsDerived(**at, columns=tuple(declared))] if declared else []),
            *([ColumnsAssumed(**at, columns=tuple(guessed))] if guessed else []),
            run=f"r-{number}",
        )


@settings(max_examples=8)
@generated(same_named_histories)
def test_verdicts_are_those_of_all_paths(case: History) -> None:
    """What is recorded of runs, folded and asked, ends in what looking at every path finds."""
    last = case.runs[-1].target if case.runs else 0

    with folded(*history_of(case)) as history:
        found = build_privacy_flow(
            history.catalog, case.uris[last], digest(str(last)), declared_in(case)
        )

    expected = [ByAllWays(case, Column(last, place)).told() for place in range(len(NAMES))]
    assert [
        (one["verdict"], one["role"], one["exposure"], one["column"] in found["unclassified"])
        for one in found["columns"]
    ] == [told[:4] for told in expected if case.runs]
    assert [len(one["sources"]) for one in found["columns"]] == [
        len(told.sources) for told in expected if case.runs
    ]

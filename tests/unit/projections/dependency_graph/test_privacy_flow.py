"""Which personal data a file holds, and what was done to it on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st
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


def test_role_of_a_newer_version_is_refused() -> None:
    """A word that nobody here knows must not pass for no role."""
    declared = {"people": {"path": "raw", "columns": {"ssn": "super_identifier"}}}

    with pytest.raises(ProjectionError, match="role of column 'ssn' of dataset 'people'"):
        flow("out", step("raw", "out", derived("s", "raw:ssn")), dictionary=declared)


def test_ledger_without_a_dictionary_has_an_empty_one() -> None:
    """A project that declared nothing is asked like any other."""
    with folded(step("raw", "out", derived("s", "raw:ssn"))) as history:
        assert dictionary_on_record(history.catalog) == {}


# A law: on small graphs, looking at every path gives the same verdicts.

LAST = 4
HIDING = {*PROTECTING, "suppression"}


class Edge(NamedTuple):
    """A step between the columns of two files, which have one column each."""

    source: int
    target: int
    effect: str
    is_direct: bool
    is_assumed: bool


edges = (
    st.builds(
        Edge,
        st.integers(0, LAST - 1),
        st.integers(1, LAST),
        st.sampled_from(["identity", "transformation", "noise", "masking", "aggregation"]),
        st.sampled_from([True, True, True, False]),
        st.sampled_from([False, False, False, True]),
    )
    .filter(lambda edge: edge.source < edge.target)
    .map(lambda e: e._replace(effect="identity", is_direct=True) if e.is_assumed else e)
)


@dataclass(frozen=True)
class Case:
    """A small graph, and what is to be found out about its last column by all paths to it."""

    edges: Sequence[Edge]
    origins: Sequence[str]
    roles: Sequence[ColumnRole | None]

    def history(self) -> Iterator[Step]:
        """One run for each file that a run wrote."""
        for node in range(LAST + 1):
            into = [edge for edge in self.edges if edge.target == node]
            if into or self.origins[node] != "outside":
                said = [
                    derived("c", f"{e.source}:c", e.effect, direct=e.is_direct)
                    for e in into
                    if not e.is_assumed
                ]
                made = [derived("c")] if not into and self.origins[node] == "generated" else []
                guesses = [assumed(str(node), "c", str(e.source)) for e in into if e.is_assumed]
                yield step("", str(node), *said, *made, names="c", also=guesses)

    def ways(self, node: int = LAST) -> Iterator[tuple[Edge, ...]]:
        """Every path of known direct steps to a column, the empty one included."""
        yield ()
        for edge in self.edges:
            if edge.target == node and edge.is_direct and not edge.is_assumed:
                yield from ((*way, edge) for way in self.ways(edge.source))

    def is_dark(self, node: int) -> bool:
        """Whether nobody declared where a column came from."""
        into = [edge.is_assumed for edge in self.edges if edge.target == node]
        return any(into) or (not into and self.origins[node] == "silent")

    def is_source(self, node: int) -> bool:
        """Whether values begin at a column, or it has a role."""
        has_steps = any(edge.target == node for edge in self.edges)
        return bool(self.roles[node]) or not (has_steps or self.origins[node] == "generated")

    def shows(self, way: Sequence[Edge]) -> bool:
        """Whether nothing on a path hides what its first column tells."""
        effects = {edge.effect for edge in way}
        is_noise_enough = self.roles[begin(way)] not in {None, DIRECT}
        return not effects & HIDING and not ("noise" in effects and is_noise_enough)

    def expected(self) -> dict[str, Any]:
        """Verdict, role and missing role of the last column."""
        sources = [way for way in self.ways() if self.is_source(begin(way))]
        bare = [way for way in sources if self.shows(way)]
        is_dark = any(self.is_dark(begin(way)) for way in self.ways())
        if any(self.roles[begin(way)] is DIRECT for way in bare) or (bare and not is_dark):
            verdict, counted = "unchanged", bare
        else:
            verdict = "unknown" if is_dark else "protected" if sources else "generated"
            counted = sources
        found = [self.roles[begin(way)] for way in counted]
        role = next((role for role in ColumnRole if role in found), None)
        unclassified = [way for way in bare if not any(self.roles[node] for node in on(way))]
        return {"verdict": verdict, "role": role, "unclassified": bool(unclassified)}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Few columns, with origins for those to which no step leads, and roles."""
    origins = st.sampled_from(["outside", "outside", "generated", "silent"])
    return Case(
        edges=draw(st.lists(edges, max_size=9)),
        origins=[
            *(draw(origins) for _ in range(LAST)),
            draw(st.sampled_from(["generated", "silent"])),
        ],
        roles=[draw(st.sampled_from([None, None, *ColumnRole])) for _ in range(LAST + 1)],
    )


def begin(way: Sequence[Edge]) -> int:
    """The first column of a path to the last one."""
    return way[0].source if way else LAST


def on(way: Sequence[Edge]) -> set[int]:
    """All columns of a path to the last one."""
    return {begin(way), *(edge.target for edge in way)}


@settings(max_examples=20)
@generated(cases())
def test_verdict_is_that_of_all_paths(case: Case) -> None:
    """Propagating levels from column to column misses no path and invents none."""
    declared = {
        str(node): {"path": str(node), "columns": {"c": role}}
        for node, role in enumerate(case.roles)
        if role
    }

    found = flow(str(LAST), *case.history(), dictionary=declared)

    (only,) = found["columns"]
    told = {
        "verdict": only["verdict"],
        "role": only["role"],
        "unclassified": bool(found["unclassified"]),
    }
    assert told == case.expected()
    is_shown = only["verdict"] == "unchanged" and only["role"] == DIRECT
    assert found["verdict"] == (
        "direct identifier"
        if is_shown
        else "unknown"
        if only["verdict"] == "unknown"
        else "no direct identifier"
    )

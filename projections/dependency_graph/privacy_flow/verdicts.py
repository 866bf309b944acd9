"""The verdict on a column: whether what its sources tell about people still shows in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal, Self, TypeAlias

from lineage.kernel.plain import listed
from lineage.kernel.roles import ColumnRole
from projections.dependency_graph.exposure import Attained, Exposure, Step, Ways
from projections.dependency_graph.privacy_flow.roles import NOTHING, Classification

SHOWN: Final = 5
"""Columns that a sentence names."""

Verdict: TypeAlias = Literal["unchanged", "protected", "generated", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A column that another one was made from.

    Attributes:
        key: Its key.
        is_known: Whether any path from it has declared or observed steps only.
        attained: What all such paths leave of it; if there are none, what the assumed ones do.
    """

    key: int
    is_known: bool
    attained: Attained


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is known of one column.

    Attributes:
        verdict: "unchanged" if a source reaches it by a path on which nothing protects;
            "unknown" if nobody declared where it, or a column on the way to it, came from, or only
            each other, unless a direct identifier is known to reach it unchanged; "generated" if
            no source supplied its values; else "protected".
        inherited: What the sources of the verdict are to people, together.
        exposure: The highest level that any source attains directly; None if none does.
        has_no_role: Whether values that nobody classified reach it unchanged.
        sources: Where it came from.
    """

    verdict: Verdict
    inherited: Classification
    exposure: Exposure | None
    has_no_role: bool
    sources: tuple[Source, ...]

    @property
    def shows_identifier(self) -> bool:
        """Whether a direct identifier is known to reach it unchanged."""
        is_direct = self.inherited.role is ColumnRole.DIRECT_IDENTIFIER
        return self.verdict == "unchanged" and is_direct


class Flow:
    """The columns upstream of a file.

    Args:
        known: The steps that were declared or observed, each from result (near) to source (far).
        assumed: The steps that nobody declared.
        ends: Columns written by a run of whose origin nothing was declared.
        generated: Columns that were declared to come from no column.
        seen: Columns whose content was used before it was written.
        classified: What is said of columns; those without a word are left out.
    """

    def __init__(
        self,
        known: Sequence[Step],
        assumed: Sequence[Step],
        *,
        ends: Collection[int],
        generated: Collection[int],
        seen: Collection[int],
        classified: Mapping[int, Classification],
    ) -> None:
        self._steps, self._classified = known, classified
        self._roles = {key: said for key, said in classified.items() if said.role is not None}
        self._ends, self._generated = ends, generated
        self._guessed = {step.near for step in assumed if step.is_direct}
        self._derived = {step.near for step in (*known, *assumed)}
        self._supplied = {step.near for step in known if step.is_direct}
        self._known = Ways(known)
        self._all = Ways([*known, *assumed]) if assumed else self._known
        # a copy that was written back is not where the values come from
        self._first = {key for key in self._supplied.intersection(seen) if self._is_in_circle(key)}
        # values from before a column that somebody classified are classified there
        self._unclassified = Ways([step for step in known if step.near not in self._roles])

    def judge(self, column: int) -> Judged:
        """Return what is known of a column."""
        reached = self._known.attained([column])
        direct = {key: found for key, found in reached.items() if found.direct}
        sources = {key: found for key, found in direct.items() if self._is_source(key)}
        bare = [key for key, found in sources.items() if shows(found, self._role(key))]
        shown = self._joined(bare)
        is_circular = not sources and self._supplied.issuperset(direct)
        if is_circular or any(key in self._ends or key in self._guessed for key in direct):
            is_certain = shown.role is ColumnRole.DIRECT_IDENTIFIER
            verdict: Verdict = "unchanged" if is_certain else "unknown"
        elif bare:
            verdict = "unchanged"
        else:
            verdict = "protected" if sources else "generated"
        levels = [found.direct[0] for found in sources.values()]
        return Judged(
            verdict=verdict,
            inherited=shown if verdict == "unchanged" else self._joined(sources),
            exposure=max(levels, default=None),
            has_no_role=self._has_no_role(column),
            sources=tuple(self._sources(column, reached)),
        )

    def _sources(self, column: int, reached: Mapping[int, Attained]) -> Iterator[Source]:
        for key, found in self._all.attained([column]).items():
            is_known = key in reached
            if self._is_source(key) and (key != column or key not in self._ends):
                attained = reached[key] if is_known else found
                yield Source(key=key, is_known=is_known, attained=attained)

    def _has_no_role(self, column: int) -> bool:
        return any(
            key not in self._roles and self._is_source(key) and shows(found, None)
            for key, found in self._unclassified.attained([column]).items()
        )

    def _is_source(self, key: int) -> bool:
        """Tell whether values begin at a column, or somebody said what they are."""
        is_made = key in self._derived or key in self._generated
        return key in self._classified or key in self._first or not is_made

    def _is_in_circle(self, key: int) -> bool:
        """Tell whether direct steps lead from a column back to it."""
        after = [step.far for step in self._steps if step.near == key and step.is_direct]
        return bool(self._known.attained(after).get(key, Attained()).direct)

    def _role(self, key: int) -> ColumnRole | None:
        return self._classified.get(key, NOTHING).role

    def _joined(self, keys: Collection[int]) -> Classification:
        said = (self._classified.get(key, NOTHING) for key in keys)
        return reduce(Classification.joined, said, NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What is known of a file, from the verdicts on its columns.

    Attributes:
        identifying: Columns that a direct identifier reaches unchanged.
        unknown: Columns of which nobody knows what they hold.
        unclassified: Columns that values without a role reach unchanged.
        is_recorded: Whether any column is on record.
    """

    identifying: tuple[str, ...]
    unknown: tuple[str, ...]
    unclassified: tuple[str, ...]
    is_recorded: bool

    @classmethod
    def of(cls, judged: Iterable[tuple[str, Judged]]) -> Self:
        """Return what the verdicts on the columns of a file say of it."""
        columns = [*judged]
        return cls(
            identifying=tuple(name for name, found in columns if found.shows_identifier),
            unknown=tuple(name for name, found in columns if found.verdict == "unknown"),
            unclassified=tuple(name for name, found in columns if found.has_no_role),
            is_recorded=bool(columns),
        )

    @property
    def verdict(self) -> Literal["no direct identifier", "direct identifier", "unknown"]:
        """The verdict in a word."""
        if self.identifying:
            return "direct identifier"
        return "unknown" if self.unknown or not self.is_recorded else "no direct identifier"

    def sentences(self, file: str) -> list[str]:
        """Return the verdict for people, and what else they have to know.

        Args:
            file: What to call the file.
        """
        if not self.is_recorded:
            return [f"No columns of {file} are on record, so nobody can say what it holds."]
        said = {
            "direct identifier": f"{file} still holds direct identifiers, "
            f"in {_columns(self.identifying)}.",
            "unknown": f"Nobody knows what {file} holds in {_columns(self.unknown)}: what "
            "it was made from was not declared.",
            "no direct identifier": f"No column of {file} still holds a direct identifier.",
        }
        return [said[self.verdict], *self._reservations()]

    def _reservations(self) -> Iterator[str]:
        if self.identifying and self.unknown:
            yield f"Nobody knows what it holds in {_columns(self.unknown)}."
        rest = [name for name in self.unclassified if name not in self.unknown]
        if rest:
            yield (
                f"Nobody said what the values in {_columns(rest)} are to people: "
                "no role is declared."
            )


def _columns(names: Sequence[str]) -> str:
    return f"column{'s' * (len(names) > 1)} {listed(names, SHOWN)}"


def shows(attained: Attained, role: ColumnRole | None) -> bool:
    """Tell whether a source shows, by any direct path, what it tells about a person.

    Noise protects no identifier: whoever knows nearly the number knows the person. It does not
    count for columns of which nobody said that they are none.
    """
    may_identify = role in {None, ColumnRole.DIRECT_IDENTIFIER}
    return any(
        not level.protects or (level is Exposure.NOISED and may_identify)
        for level in attained.direct
    )

"""The argument `columns` of what a script writes: where each column came from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast, get_args

from lineage.events import DatasetRead, DerivedColumn
from lineage.kernel.effects import Effect
from lineage.kernel.errors import ConfigurationError

Statement: TypeAlias = str | tuple[str, str] | tuple[Sequence[str], str] | None
"""Effect; or source and effect; or sources and effect; or None for made from nothing."""

Statements: TypeAlias = Mapping[str, Statement]
"""Column of the output to where it came from."""

Sources: TypeAlias = Mapping[str, tuple[DerivedColumn, ...]]
"""Column of the output to its recorded sources."""

_EFFECTS: Final = get_args(Effect)
_SHOWN: Final = 10


def resolve(stated: Statements, reads: Sequence[DatasetRead], subject: str) -> Sources:
    """Return the recorded sources of the columns that a script speaks of.

    Args:
        stated: What it says.
        reads: The dataset versions that the run has read.
        subject: What is written, for the message.

    Raises:
        ConfigurationError: A statement has another form, no such effect, or a source that no
            dataset has or that several have.
    """
    return {
        column: tuple(_derived(column, statement, reads, f"column {column!r} of {subject}"))
        for column, statement in stated.items()
    }


def check_names(stated: Iterable[str], header: Sequence[str], subject: str) -> None:
    """Refuse statements about columns that an output does not have.

    Raises:
        ConfigurationError: It lacks one; names like it are listed.
    """
    missing = next((column for column in stated if column not in header), None)
    if missing is not None:
        raise ConfigurationError(
            f"column {missing!r} of {subject}",
            problem="no such column",
            expected=_like(missing, header),
            remedy="correct the name in columns=",
        )


def _derived(
    column: str, statement: Statement, reads: Sequence[DatasetRead], subject: str
) -> Iterable[DerivedColumn]:
    names, effect = _parts(column, statement, subject)
    if not names:
        yield DerivedColumn(
            column=column,
            source_uri=None,
            source_sha256=None,
            source_column=None,
            effect=effect,
            is_direct=True,
        )
    for name in names:
        dataset, source = _found(name, reads, subject)
        yield DerivedColumn(
            column=column,
            source_uri=dataset.uri,
            source_sha256=dataset.sha256,
            source_column=source,
            effect=effect,
            is_direct=True,
        )


def _parts(column: str, statement: Statement, subject: str) -> tuple[tuple[str, ...], Effect]:
    if statement is None:
        return (), "synthesis"
    names: tuple[str, ...]
    if isinstance(statement, str):
        names, effect = (column,), statement
    else:
        try:
            given, effect = statement
            names = (given,) if isinstance(given, str) else tuple(given)
        except (TypeError, ValueError):
            raise _wrong_form(subject) from None
    if not names or not all(isinstance(name, str) for name in names):
        raise _wrong_form(subject)
    if effect not in _EFFECTS:
        raise ConfigurationError(
            f"effect of {subject}",
            found=effect if isinstance(effect, str) else type(effect).__name__,
            expected="one of " + ", ".join(_EFFECTS),
        )
    return names, cast("Effect", effect)  # just checked


def _found(name: str, reads: Sequence[DatasetRead], subject: str) -> tuple[DatasetRead, str]:
    """Return the dataset that has a source, and its name there."""
    distinct = {(read.name, read.uri, read.sha256): read for read in reads}.values()
    found = [(read, name) for read in distinct if name in read.columns]
    if not found:
        found = [
            (read, inner)
            for read in distinct
            if (inner := name.removeprefix(f"{read.name}.")) != name
            and (inner in read.columns or not read.columns)
        ]
    if len(found) == 1:
        return found[0]
    known = [column for read in distinct for column in (*read.columns, *_in_full(read))]
    if not found:
        raise ConfigurationError(
            f"source {name!r} of {subject}",
            problem="no dataset that was read has it",
            expected=_like(name, known),
            remedy="name a column that was read before, or dataset.column",
        )
    choices = [f"{read.name}.{column}" for read, column in found]
    is_named = len(set(choices)) == len(choices)
    raise ConfigurationError(
        f"source {name!r} of {subject}",
        problem=f"{len(found)} datasets have it",
        expected="one of " + ", ".join(map(repr, choices)) if is_named else None,
        remedy="name the dataset, too" if is_named else "read them with different names (name=)",
    )


def _in_full(read: DatasetRead) -> list[str]:
    return [f"{read.name}.{column}" for column in read.columns]


def _like(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3) or list(known[:_SHOWN])
    return "one like " + ", ".join(map(repr, close)) if close else "a column that was read"


def _wrong_form(subject: str) -> ConfigurationError:
    return ConfigurationError(
        f"what is stated of {subject}",
        expected="an effect, (source, effect), ((source, ...), effect) or None",
        remedy="for example columns={'weekly': ('earns', 'generalization')}",
    )

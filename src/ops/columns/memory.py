"""What a run knows of the columns of its frames."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

from ops.columns.held_frame import Frame, HeldFrame
from ops.columns.origin import ColumnOrigin
from ops.result import DatasetRead

Origins: TypeAlias = tuple[ColumnOrigin, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """A frame whose columns have known origins.

    Attributes:
        frame: The frame.
        origins: The origins of each column that has any.
        original: The script's own frame, as long as the script has it.
    """

    frame: HeldFrame
    origins: Mapping[str, Origins]
    original: Callable[[], object]


class ColumnMemory:
    """Knows what a run has read and queried, and finds it again in frames that it writes.

    A column is never guessed. It is one that was read if it has the same name and the same
    values, in any order of rows. Under another name it must have the values in the same order,
    at least two different ones, and be the only column that fits. Of a part of the rows, pandas
    must know by their labels which they are. Everything else is unknown.

    Safe for several threads. Frames are compared when one is written, so reading costs nothing.
    Until then the memory holds the frames themselves: no copy, but they are freed with the memory
    only. A column that the script replaces in its frame is held in both forms from then on.
    """

    def __init__(self) -> None:
        self._known: list[_Known] = []
        self._lock = threading.Lock()

    def remember_read(self, frame: Frame, dataset: DatasetRead) -> None:
        """Remember that a frame is what was read from a dataset.

        Args:
            frame: The frame, with rows numbered from 0.
            dataset: The version of the dataset.
        """
        held = HeldFrame(frame)
        origins = {
            name: (
                ColumnOrigin(
                    column=name,
                    dataset=dataset,
                    source_column=name,
                    effect="identity",
                    is_direct=True,
                    basis="observed",
                ),
            )
            for name in held.names
        }
        self._remember(frame, held, origins)

    def remember_query(self, frame: Frame, origins: Iterable[ColumnOrigin]) -> None:
        """Remember the origins of the columns of a query's answer.

        Args:
            frame: The answer.
            origins: What is known; columns without any stay unknown.
        """
        of: dict[str, list[ColumnOrigin]] = {}
        for origin in origins:
            of.setdefault(origin.column, []).append(origin)
        self._remember(frame, HeldFrame(frame), {name: tuple(found) for name, found in of.items()})

    def explain(self, frame: Frame) -> list[ColumnOrigin]:
        """Return where the columns of a frame came from.

        Args:
            frame: What is about to be written.

        Returns:
            One or more origins of each column that is known, in the order of the columns.
        """
        held = HeldFrame(frame)
        with self._lock:
            known = list(self._known)
        if not held.rows:
            return []  # no values show nothing
        return [
            replace(origin, column=name)
            for name, origins in _explained(held, known, frame).items()
            for origin in origins
        ]

    def _remember(self, original: Frame, frame: HeldFrame, origins: Mapping[str, Origins]) -> None:
        with self._lock:
            self._known.append(_Known(frame, origins, _weakly(original)))


def _weakly(frame: Frame) -> Callable[[], object]:
    with suppress(TypeError):  # not every class lets itself be referred to
        return weakref.ref(frame)
    return lambda: None


def _explained(held: HeldFrame, known: Sequence[_Known], frame: Frame) -> dict[str, Origins]:
    """Return the origins of each column, in order; none for what is unknown."""
    fitting: dict[str, list[Origins]] = {name: [] for name in held.names}
    # What a frame has kept since it was read came from there, whoever else has the same.
    own = [each for each in known if each.original() is frame]
    for each in own:
        for name in held.shared_with(each.frame, [n for n in held.names if n in each.origins]):
            fitting[name].append(each.origins[name])
    open_ = [name for name, fits in fitting.items() if not fits]
    for each in known:
        names = [name for name in open_ if name in each.origins]
        for name in held.shared_with(each.frame, names):
            fitting[name].append(each.origins[name])
    open_ = [name for name, fits in fitting.items() if not fits]
    for each in known:
        for name, sources in held.renamed_from(each.frame, open_).items():
            fitting[name] += [each.origins[s] for s in sources if s in each.origins]
    return {name: _settled(fits) for name, fits in fitting.items()}


def _settled(fits: Sequence[Origins]) -> Origins:
    """Return the origins that several columns agree on; none if they do not.

    An answer of a query holds what the query took unchanged, as the frame of the query does: both
    say the same of direct sources. The first one is the one with the fewest steps.
    """
    if not fits:
        return ()
    direct = [{(o.place, o.effect) for o in fit if o.is_direct} for fit in fits]
    return fits[0] if all(each == direct[0] for each in direct) else ()

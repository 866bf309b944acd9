"""The rules of one import of an execution log.

The runs and tasks it imports have their own streams. This one has the rest: entries that cannot be
imported are set aside, until a later import corrects them.
"""

from __future__ import annotations

from dataclasses import dataclass

from lineage.domain.decider import Decider
from lineage.events import Event, RecordCorrected, RecordSetAside
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.values import JsonValue, canonical_text


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierEntry:
    """An entry that an earlier import set aside and no later one has corrected.

    Attributes:
        position: Position of the event that set it aside.
        record: The entry.
    """

    position: int
    record: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Record what an import cannot read, and which earlier entries it corrects.

    Attributes:
        source: Name of the log.
        faulty: Entries that cannot be imported, each with the reason.
        earlier: The entries that are set aside so far.
        run_ids: Ids of the runs that it imports, in lower case.
        task_ids: Ids of the tasks that it imports.
        replaces: Whether an entry that the log no longer has counts as corrected.
    """

    source: str
    faulty: tuple[tuple[JsonValue, str], ...]
    earlier: tuple[EarlierEntry, ...]
    run_ids: frozenset[str]
    task_ids: frozenset[str]
    replaces: bool = False


def decide(is_recorded: bool, command: SetAside) -> tuple[Event, ...]:  # noqa: FBT001  # the state
    """Return the events of an import; none if it sets nothing aside and corrects nothing.

    Raises:
        CommandRejectedError: They are already recorded.
    """
    if is_recorded:
        raise CommandRejectedError("import", problem="already recorded")
    known = {canonical_text(entry.record) for entry in command.earlier}
    faulty = {canonical_text(record) for record, _ in command.faulty}
    return (
        *(
            RecordSetAside(reason=reason, record=record, source=command.source)
            for record, reason in command.faulty
            if canonical_text(record) not in known
        ),
        *(
            RecordCorrected(set_aside_position=entry.position, source=command.source)
            for entry in command.earlier
            if canonical_text(entry.record) not in faulty
            and (command.replaces or _is_put_right(entry.record, command))
        ),
    )


def evolve(is_recorded: bool, event: Event) -> bool:  # noqa: FBT001  # the state
    """Return whether the import has been recorded."""
    return is_recorded or isinstance(event, RecordSetAside | RecordCorrected)


LOG_IMPORT: Decider[bool, SetAside] = Decider(initial=False, decide=decide, evolve=evolve)
"""The rules of the streams `import:<id>`; the state is whether it has been recorded."""


def _is_put_right(entry: JsonValue, command: SetAside) -> bool:
    """Tell whether an import has the run or task of an entry that was set aside."""
    if not isinstance(entry, dict):
        return False
    run_id, tasks = entry.get("task_run_id"), entry.get("tasks")
    if isinstance(run_id, str):
        return run_id.lower() in command.run_ids
    return isinstance(tasks, dict) and tasks.keys() <= command.task_ids

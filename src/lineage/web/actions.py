"""What a page can change: each action asks for a reason, and is an event with who did it.

A form leads here by POST; what came of it is shown at the address that the answer leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from lineage.ledger.acting import acting
from lineage.policies import waivers
from lineage.project import Project
from lineage.recording import classification, run_notes
from lineage.web import commands, links, once
from lineage.web.showing import showing
from projections.documents.run_lookup import find_run, task_of

MOST_LETTERS: Final = 2_000
"""Letters of one field."""

FIELDS: Final = 20
"""Fields of one form."""

ACTION: Final = "do"
TOKEN: Final = "once"  # noqa: S105  # the name of a field


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a form asks for.

    Attributes:
        name: Its name.
        label: What stands before it.
        is_needed: Whether it must not be empty.
        choices: What can be chosen; free text if empty.
        kind: The kind of input: "text", "date"; "given" for what the address says.
    """

    name: str
    label: str
    is_needed: bool = True
    choices: tuple[str, ...] = ()
    kind: str = "text"


Form = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that a page can change.

    Attributes:
        title: What the button says.
        about: What happens, in a sentence.
        fields: What it asks for.
        act: Does it for a user, and returns the address that shows what came of it.
    """

    title: str
    about: str
    fields: tuple[Field, ...]
    act: Callable[[Project, Form, str | None], str]


_RUN: Final = Field(name="id", label="Run", kind="given")
_REASON: Final = Field(name="reason", label="Why")
_COLUMN: Final = (
    Field(name="dataset", label="Dataset", kind="given"),
    Field(name="column", label="Column", kind="given"),
)


async def act(request: Request) -> Response:
    """Do what a form asks for, and lead to what came of it.

    Raises:
        LineageError: It cannot be done; nothing was recorded.
    """
    form = _form(await request.body())
    project: Project = request.app.state.project
    address = await run_in_threadpool(_act, project, form, request.state.user)
    return RedirectResponse(address, 303)


def link(action: str, text: str | None = None, **given: object) -> links.Link:
    """Return a link to the form of an action.

    Args:
        action: Its name in `ACTIONS`.
        text: What is shown; its title when None.
        given: What the form knows already.
    """
    address = links.address("action", do=action, **given)
    return links.Link(text or ACTIONS[action].title, address)


def action_of(name: str) -> Action:
    """Return an action by its name.

    Raises:
        ConfigurationError: There is none.
    """
    found = ACTIONS.get(name)
    if found is None:
        raise ConfigurationError("action", found=name, expected="one of " + ", ".join(ACTIONS))
    return found


def _act(project: Project, form: Form, user: str | None) -> str:
    action = action_of(form.get(ACTION, ""))
    for one in action.fields:
        _check(one, form.get(one.name, ""))

    def work() -> str:
        with acting(user):
            return action.act(project, form, user)

    return once.of(project).do(form.get(TOKEN, ""), work)


def _form(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError as error:
        raise ConfigurationError("form", problem="it cannot be read") from error
    form = {name: value.strip() for name, value in pairs}
    if len(form) != len(pairs):
        raise ConfigurationError("form", problem="a field is there twice")
    return form


def _check(field: Field, value: str) -> None:
    if field.is_needed and not value:
        raise ConfigurationError(field.label, problem="it is missing", expected="a text")
    if len(value) > MOST_LETTERS:
        raise ConfigurationError(field.label, problem="it is too long")
    if field.choices and value and value not in field.choices:
        raise ConfigurationError(field.label, found=value, expected=", ".join(field.choices))


def _annotate(project: Project, form: Form, user: str | None) -> str:  # noqa: ARG001
    run_id = _run(project, form)
    tags = [tag.strip() for tag in form.get("tags", "").split(",")]
    run_notes.annotate(project, run_id, note=form["note"], tags=[tag for tag in tags if tag])
    return links.address("run", id=run_id)


def _archive(project: Project, form: Form, user: str | None) -> str:  # noqa: ARG001
    run_id = _run(project, form)
    run_notes.archive(project, run_id, form["reason"])
    return links.address("run", id=run_id)


def _restore(project: Project, form: Form, user: str | None) -> str:  # noqa: ARG001
    run_id = _run(project, form)
    run_notes.restore(project, run_id, form["reason"])
    return links.address("run", id=run_id)


def _confirm(project: Project, form: Form, user: str | None) -> str:  # noqa: ARG001
    said = classification.Said(
        role=ColumnRole(form["role"]), category=form.get("class", ""), reason=form["reason"]
    )
    classification.confirm(project, form["dataset"], form["column"], said)
    return links.address("proposals")


def _reject(project: Project, form: Form, user: str | None) -> str:  # noqa: ARG001
    classification.reject(project, form["dataset"], form["column"], form["reason"])
    return links.address("proposals")


def _waive(project: Project, form: Form, user: str | None) -> str:  # noqa: ARG001
    try:
        until = datetime.fromisoformat(form["until"])
    except ValueError:
        raise ConfigurationError(
            "Until", found=form["until"], expected="a day, as 2026-12-31"
        ) from None
    waivers.waive(
        project,
        form["policy"],
        reason=form["reason"],
        until=until,
        approver=form.get("approver", ""),
        uri=form.get("file") or None,
    )
    return links.address("action", do="waive", policy=form["policy"])


def _show(project: Project, form: Form, user: str | None) -> str:
    page, given = form["page"], parse_qsl(form["query"], max_num_fields=FIELDS)
    recorded = showing.disclose(project, page, given, form["reason"], user)
    return f"{page}?{urlencode([*given, (showing.SHOWN, str(recorded.position))])}"


def _resume(project: Project, form: Form, user: str | None) -> str:
    return _command("resume", project, form, user)


def _rerun(project: Project, form: Form, user: str | None) -> str:
    return _command("rerun", project, form, user)


def _command(name: str, project: Project, form: Form, user: str | None) -> str:
    run_id = _run(project, form)
    with project.catalog() as catalog:
        task_id = task_of(catalog, run_id)
    run_notes.say(project, run_id, {f"{name}_reason": form["reason"]})
    command = commands.of(project).start(project, (name, run_id), task_id=task_id, user=user)
    return links.address("command", key=command.key)


def _run(project: Project, form: Form) -> str:
    with project.catalog() as catalog:
        return find_run(catalog, form["id"])


ACTIONS: Final[Mapping[str, Action]] = {
    "annotate": Action(
        title="Say something about this run",
        about="A note replaces the one before, tags are added. The ledger keeps what was there.",
        fields=(
            _RUN,
            Field(name="note", label="Note"),
            Field(name="tags", label="Tags, with commas between them", is_needed=False),
        ),
        act=_annotate,
    ),
    "archive": Action(
        title="Hide this run",
        about="It is hidden from the execution log; the ledger keeps it.",
        fields=(_RUN, _REASON),
        act=_archive,
    ),
    "restore": Action(
        title="Show this run again",
        about="It is in the execution log again.",
        fields=(_RUN, _REASON),
        act=_restore,
    ),
    "confirm": Action(
        title="Confirm what a column is",
        about="What the project declares of a column counts: it cannot be confirmed to be "
        "something else. The reason is kept on record, so name no person.",
        fields=(
            *_COLUMN,
            Field(name="role", label="It is", choices=tuple(role.value for role in ColumnRole)),
            Field(name="class", label="Which personal data, in words", is_needed=False),
            _REASON,
        ),
        act=_confirm,
    ),
    "reject": Action(
        title="Say that a proposal is wrong",
        about="The reason is kept on record, so name no person.",
        fields=(*_COLUMN, _REASON),
        act=_reject,
    ),
    "waive": Action(
        title="Allow an exception from a policy",
        about="It ends by itself. Whoever asks for a release until then is not held up by it.",
        fields=(
            Field(name="policy", label="Policy", kind="given"),
            Field(name="file", label="Only for this file", is_needed=False),
            Field(name="until", label="Until", kind="date"),
            Field(name="approver", label="Who allows it, if not you", is_needed=False),
            _REASON,
        ),
        act=_waive,
    ),
    "show": Action(
        title="Show what is withheld",
        about="You see it for a while, and nobody else does. That you asked is kept on record, "
        "with your reason, so name no person in it.",
        fields=(
            Field(name="page", label="Page", kind="given"),
            Field(name="query", label="Of", kind="given"),
            _REASON,
        ),
        act=_show,
    ),
    "resume": Action(
        title="Resume this run",
        about="A new run begins, in a process of its own: `lineage resume`.",
        fields=(_RUN, _REASON),
        act=_resume,
    ),
    "rerun": Action(
        title="Run this again and compare",
        about="It is executed in a separate folder, and every file is compared with the recorded "
        "one: `lineage rerun`. The project's files do not change.",
        fields=(_RUN, _REASON),
        act=_rerun,
    ),
}
"""Name in addresses to what it does."""

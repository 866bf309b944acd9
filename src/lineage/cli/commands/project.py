"""Commands that create projects and run tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.options import JsonOption, ProjectOption, completing
from lineage.cli.screen import console
from lineage.kernel.errors import DocumentNotWrittenError, LineageError

if TYPE_CHECKING:
    from lineage.project import Project
    from lineage.tasks import BaseTask


SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set a configuration value for this run; lists and objects as YAML. Repeatable. "
        "A KEY is refused if no file has it and the task's code does not name it.",
        show_default=False,
    ),
]


StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Fail the run if it reads or writes what is not recorded: an operation that takes no "
        "dataset and hands back no file, or a file in the task's folders that no operation "
        "handed back.",
    ),
]


def demo(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Folder for the demo project (default: the demo project that contains the current "
            "folder, else ./lineage-demo).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run a real anonymization project from end to end and show what happened.

    It types and profiles 48,842 people of the 1994 US census, and makes them 5-anonymous in seven
    columns; two more columns are published as they are. A policy judges the file, it is released,
    and an audit is written. Each further run of the demo adds three runs to the history.
    """
    from lineage.cli.screen import demo_summary  # noqa: PLC0415  # start-up time
    from lineage.demo import proof, template  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415

    root = (folder or demo_folder()).resolve()
    template.make_project(root)
    with Project(root) as opened:
        demo_summary.print_introduction(opened)
        for task_id in template.TASK_IDS:
            task = _run(opened, task_id, {})
            if task.error is not None:
                raise task.error
        demo_summary.print_summary(opened, template.TASK_IDS, proof.prove(opened))


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Project folder; created if missing.")
    ],
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="NAME",
            help="The task to start from: checkpoint, parallel, secure or simple (default for a "
            "new project: a commented first task).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Create a project: settings, folders, a task to start from, a README and an empty ledger.

    Files that are already there stay as they are.
    """
    from lineage import settings  # noqa: PLC0415  # start-up time
    from lineage.kernel.secrets import signing  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415
    from lineage.templates import templates  # noqa: PLC0415

    if template is not None:
        templates.template_files(template)  # an unknown name is refused before anything is written
    root = folder.resolve()
    is_new = not settings.is_project(root)
    has_starter = is_new and template is None
    task = templates.STARTER_TASK if has_starter else f"t_{template}" if template else None
    written = settings.make_project(root, templates.STARTER_DATASETS if has_starter else None)
    if has_starter:
        written += templates.write_starter(root)
    elif template is not None:
        written += templates.write_template(template, root)
    if is_new and task is not None:
        written += templates.write_readme(task, root)
    with Project(folder) as opened:
        opened.ledger.create()
        signing.make_if_missing(opened.root, opened.state_folder)
        for path in written:
            console.note(f"wrote {opened.display(path)}")
        console.print_line(f"project {opened.root}")
    script = "tasks/ and configs/" if task is None else f"tasks/{task}.py and configs/{task}.json"
    for line in (
        f"edit  {script}; declare your data in configs/{settings.PROJECT_FILES[0]}",
        f"run   lineage run {task or 'TASK'} (in that folder, or with --project)",
        f"look  lineage show {task or 'TASK'}",
    ):
        console.print_line(line)


def run(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="A task id of the project, module:Class, or a Python script.",
            autocompletion=completing("tasks"),
        ),
    ],
    values: SetOption = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Resume the latest run of the task if it failed or was interrupted; after a "
            "success, start a new run.",
        ),
    ] = False,
    strict: StrictOption = False,
    purpose: Annotated[
        str | None,
        typer.Option("--purpose", metavar="TEXT", help="What the results are for; recorded."),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a task and show what it did.

    Exits with 1 if it failed or was refused; with 3 if it succeeded and its report, the execution
    log or its seal could not be written.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time

    with Project.open(project) as opened:
        given = _parse_values(values or [])
        if purpose is not None:
            given["purpose"] = purpose
        options = _options(values, strict=strict)
        ran = _run(opened, task, given, resume=resume, strict=strict, options=options)
        _show(opened, ran, as_json=as_json, again=(task, options))


def resume(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            autocompletion=completing("tasks", "runs"),
            help="A run id, its first characters, or a task id (default: the newest failed or "
            "interrupted run that has not been resumed yet).",
            show_default=False,
        ),
    ] = None,
    values: SetOption = None,
    strict: StrictOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Resume a failed or interrupted run.

    A new run begins. Operations whose code, parameters, inputs and files have not changed since
    the earlier run are reused, the others are executed; the note of each says why.

    After a success there is nothing to resume: with RUN, everything is executed in a new run, as
    with `lineage run TASK --resume`; without RUN, the command is refused.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.tasks.lifecycle import resumption  # noqa: PLC0415
    from projections.documents.run_lookup import find_run, task_of  # noqa: PLC0415

    with Project.open(project) as opened:
        with opened.catalog() as catalog:
            run_id = resumption.newest(opened, catalog) if run is None else find_run(catalog, run)
            task_id = task_of(catalog, run_id)
        given = _parse_values(values or [])
        options = _options(values, strict=strict)
        ran = _run(opened, task_id, given, resume=run_id, strict=strict, options=options)
        _show(opened, ran, as_json=as_json, again=(task_id, options))


def _run(
    project: Project,
    name: str,
    values: dict[str, Any],
    *,
    resume: bool | str = False,
    strict: bool = False,
    options: Sequence[str] = (),
) -> BaseTask:
    from lineage.cli.screen import resume_hint  # noqa: PLC0415  # start-up time
    from lineage.tasks.lifecycle import ending  # noqa: PLC0415
    from lineage.tasks.registry.registry import find_task  # noqa: PLC0415
    from lineage.tasks.registry.used_keys import refuse_unused  # noqa: PLC0415

    task = find_task(project, name)
    refuse_unused(project, task, values)
    task.is_strict = task.is_strict or strict
    if resume:
        named = resume if isinstance(resume, str) else None
        resume_hint.note_nothing_to_resume(project, task.task_id, named)
    with resume_hint.naming_the_command(project, task, name, options):
        task.run(values, resume=resume)
    try:
        _export_log(project, has_ended=task.run_id is not None)
    except (LineageError, OSError) as error:
        if task.run_id is None:
            raise
        status = project.run_status(task.run_id, task.task_id)
        missing = ending.not_written(status, {"execution log": error})
        if task.error is None:
            task.error = missing
        elif not isinstance(task.error, DocumentNotWrittenError):
            console.note(str(missing))
    return task


def _export_log(project: Project, *, has_ended: bool) -> None:
    """Write the execution log, unless the end of the run has written it."""
    from lineage import exports  # noqa: PLC0415  # start-up time

    is_kept = project.settings.execution_log == "each_run"
    if not exports.is_execution_log_short(project):
        if not is_kept:
            console.note("the execution log is long by now: `lineage rebuild --files` writes it")
    elif not (has_ended and is_kept):
        exports.export_execution_log(project)


def _options(values: list[str] | None, *, strict: bool) -> list[str]:
    """Return the options of a run that a resume has to repeat."""
    given = [word for value in values or [] for word in ("--set", value)]
    return [*given, "--strict"] if strict else given


def _show(
    project: Project, ran: BaseTask, *, as_json: bool, again: tuple[str, Sequence[str]]
) -> None:
    from lineage.cli.screen.resume_hint import how_to_resume  # noqa: PLC0415  # start-up time
    from lineage.cli.screen.run_view import details_of, print_run  # noqa: PLC0415  # start-up time

    if ran.run_id is not None:
        # what a failed run left in place is known to the whole history only
        whole = ran.error is not None
        with project.catalog() if whole else project.projector.of_run(ran.run_id) as catalog:
            details = details_of(project, catalog, ran.run_id)
        console.print_json(details) if as_json else print_run(details)
    if ran.error is not None:
        if (command := how_to_resume(project, ran, *again)) is not None:
            console.note(f"continue with `{command}`")
        raise ran.error


def demo_folder() -> Path:
    """Return where the demo project is, or is to be."""
    from lineage import settings  # noqa: PLC0415  # start-up time
    from lineage.demo.template import PROJECT_NAME  # noqa: PLC0415
    from lineage.kernel.errors import ProjectNotFoundError  # noqa: PLC0415

    try:
        root = settings.find_root()
    except ProjectNotFoundError:
        return Path("lineage-demo")
    return root if settings.load(root).project == PROJECT_NAME else Path("lineage-demo")


def _parse_values(assignments: list[str]) -> dict[str, Any]:
    from lineage.tasks.config import text as config_text  # noqa: PLC0415  # start-up time

    values = {}
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not separator or not key:
            raise typer.BadParameter(f"{assignment!r} is not KEY=VALUE", param_hint="--set")
        try:
            values[key] = config_text.convert(key, text)
        except ValueError as error:
            raise typer.BadParameter(f"{key}: {error}", param_hint="--set") from error
    return values

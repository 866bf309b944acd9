"""Commands about policies: list them, judge a file, allow and withdraw exceptions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console

app = typer.Typer(name="policy", no_args_is_help=True)


@app.callback()
def policy() -> None:
    """List the policies, judge a file by them, and allow exceptions.

    Policies are declared in configs/policies.json (or .yaml).
    """


@app.command("list")
def list_all(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """List the policies and the exceptions from them."""
    from lineage.policies import declared, on_record  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        policies = declared.load(opened.root)
        waivers = on_record.policy_session(opened).state.waivers
        now = opened.clock.now()
    if as_json:
        waived = [{**one.model_dump(mode="json"), "is_over": one.until <= now} for one in waivers]
        console.print_json({"policies": policies.to_plain(), "waivers": waived})
        return
    console.print_table(
        ("policy", "kind", "demands", "severity", "rationale"),
        [
            (
                name,
                one.kind,
                ", ".join(f"{key} {value}" for key, value in one.required.items()) or None,
                one.severity,
                one.rationale or None,
            )
            for name, one in policies.by_name.items()
        ],
        drop=("rationale",),
    )
    if policies.path is None:
        console.note("the default: declare your own in configs/policies.json")
    if waivers:
        console.print_table(
            ("waiver", "policy", "file", "until", "approver", "reason"),
            [(w.waiver, w.policy, w.uri, w.until, w.approver, w.reason) for w in waivers],
            drop=("reason", "approver"),
        )


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to judge.")],
    recipient: Annotated[
        str | None, typer.Option("--recipient", metavar="NAME", help="Who would get it.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a file without releasing it; the result is recorded. Exits with 1 if one blocks it."""
    from lineage.policies import evaluation  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415
    from lineage.releases import door, keys  # noqa: PLC0415

    with Project.open(project) as opened:
        path, sha256 = door.version_of(opened, file.absolute())
        judged = evaluation.evaluate(
            opened, path, sha256, recipient=recipient, encryption=keys.of_file(opened, path)
        )
        evaluation.record(opened, judged)
    if as_json:
        console.print_json([one.model_dump(mode="json") for one in judged.evaluated])
    else:
        console.print_table(
            ("policy", "outcome", "because"),
            [(one.policy, one.outcome, one.reason or None) for one in judged.evaluated],
        )
    if judged.blocking:
        raise typer.Exit(1)


@app.command("waive")
def waive(
    policy_name: Annotated[str, typer.Argument(metavar="POLICY", help="Name of the policy.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    until: Annotated[
        datetime,
        typer.Option(
            "--until",
            metavar="DAY",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"],
            help="When it ends: a day, or a time with offset.",
        ),
    ],
    approver: Annotated[
        str, typer.Option("--approver", metavar="NAME", help="Who allows it (default: the actor).")
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Only for this file.")
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Allow an exception from a policy until a day."""
    from lineage.policies import waivers  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        granted = waivers.waive(
            opened,
            policy_name,
            reason=reason,
            until=until,
            approver=approver,
            uri=None if file is None else opened.display(file.absolute()),
        )
    console.print_line(f"waiver {granted.waiver} until {granted.until:%Y-%m-%d %H:%M %Z}")


@app.command("end-waiver")
def end_waiver(
    waiver: Annotated[str, typer.Argument(metavar="WAIVER", help="Its id.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    project: ProjectOption = None,
) -> None:
    """End an exception before its time."""
    from lineage.domain.policy import WithdrawWaiver  # noqa: PLC0415  # start-up time
    from lineage.events import WaiverWithdrawn  # noqa: PLC0415
    from lineage.policies import on_record  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        withdrawn = WaiverWithdrawn(waiver=waiver, reason=reason)
        on_record.policy_session(opened).handle(WithdrawWaiver(withdrawn=withdrawn))
    console.print_line(f"waiver {console.plain(waiver)} ended")

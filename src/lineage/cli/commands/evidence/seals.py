"""The commands about seals: sign the ledger's head, say who else vouches for it, list heads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.commands.evidence.given import text_of, verifier_key_of
from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.project import Project
    from lineage.seals.heads import SealedHead
    from lineage.seals.worth import Worth


def seal(
    rotate_key: Annotated[
        bool,
        typer.Option(
            "--rotate-key", help="Let a new key sign from now on, endorsed by the present one."
        ),
    ] = False,
    old_key: Annotated[
        Path | None,
        typer.Option(
            "--old-key",
            metavar="FILE",
            help="With --rotate-key: the present key, where the environment names the new one.",
            show_default=False,
        ),
    ] = None,
    deposited: Annotated[
        str | None,
        typer.Option(
            "--deposited",
            metavar="PLACE",
            help="Record where a head is kept outside of the project: 'printed, safe 3'.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            metavar="N",
            help="With --deposited: the head of so many events (default: the last).",
            show_default=False,
        ),
    ] = None,
    cosignature: Annotated[
        Path | None,
        typer.Option(
            "--cosignature",
            metavar="FILE",
            help="Record a head that a witness signed, too; needs --witness.",
            show_default=False,
        ),
    ] = None,
    witness: Annotated[
        str | None,
        typer.Option(
            "--witness",
            metavar="KEY",
            help="With --cosignature: the verifier key of the witness, from the witness itself, or "
            "a file with it.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the head over all events, or record who else vouches for one.

    A head says what the ledger holds: whoever has it can prove any later change. It is also
    written to DATA/seals as a small text file: mail it, print it, put it where nobody who can
    change the ledger can change it. Runs end with a seal, unless the project file has "seals":
    "on_demand".

    Example: lineage seal --deposited "mailed to the auditor"
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.seals import outside, sealing, signers  # noqa: PLC0415
    from lineage.seals.worth import worth  # noqa: PLC0415

    _check_options(rotate_key, old_key, deposited, size, cosignature, witness)
    head: SealedHead | None
    with Project.open(project) as opened:
        if deposited is not None:
            head = outside.record_deposit(opened, deposited, size=size)
        elif cosignature is not None:
            note = text_of(cosignature, "--cosignature")
            who = verifier_key_of(str(witness), "--witness")
            head = outside.record_cosignature(opened, note, str(who))
        else:
            if rotate_key:
                signers.rotate(opened, old_key=old_key)
            head = sealing.seal(opened)
            _write_missing(opened)
        _show(opened, head, worth(opened), as_json=as_json)


def seals(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """List the heads that were signed, oldest first, and say what they are worth.

    Example: lineage seals --json
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.seals import endorsements, heads, signers  # noqa: PLC0415
    from lineage.seals.worth import worth  # noqa: PLC0415

    with Project.open(project) as opened:
        every, judged = heads.all_heads(opened), worth(opened)
        if as_json:
            said = endorsements.of(signers.adoptions(opened))
            documents = [_document(opened, head) for head in every]
            shown = {"heads": documents, "endorsements": said, "worth": _worth_document(judged)}
            console.print_json(shown)
            return
    if every:
        console.print_table(
            ("events", "signed", "by", "run", "key", "co-signed", "kept outside"),
            [
                (
                    head.size,
                    head.recorded_at,
                    head.actor,
                    None if head.run is None else head.run[:8],
                    head.signed.verifier_key.split("+")[1],
                    ", ".join(cosigned.witness for cosigned, _ in head.cosigned) or None,
                    ", ".join(kept.place for kept, _ in head.deposited) or None,
                )
                for head in every
            ],
            drop=("run", "key", "by"),
        )
        console.print_line(f"verifier key {every[-1].signed.verifier_key}")
    console.print_line(judged.sentence)


def _check_options(
    rotate_key: bool,  # noqa: FBT001  # the options of the command
    old_key: Path | None,
    deposited: str | None,
    size: int | None,
    cosignature: Path | None,
    witness: str | None,
) -> None:
    if sum((rotate_key, deposited is not None, cosignature is not None)) > 1:
        raise typer.BadParameter(
            "one at a time", param_hint="--rotate-key, --deposited, --cosignature"
        )
    for option, needed, is_wrong in (
        ("--old-key", "--rotate-key", old_key is not None and not rotate_key),
        ("--size", "--deposited", size is not None and deposited is None),
        ("--witness", "--cosignature", witness is not None and cosignature is None),
        ("--cosignature", "--witness", cosignature is not None and witness is None),
    ):
        if is_wrong:
            raise typer.BadParameter(f"needs {needed}", param_hint=option)


def _write_missing(project: Project) -> None:
    from lineage.seals import heads  # noqa: PLC0415  # start-up time

    for path in heads.write_missing(project):
        console.note(f"wrote {project.display(path)}")


def _show(project: Project, head: SealedHead | None, judged: Worth, *, as_json: bool) -> None:
    from lineage.seals import heads  # noqa: PLC0415  # start-up time

    if as_json:
        shown = None if head is None else _document(project, head)
        console.print_json({"head": shown, "worth": _worth_document(judged)})
        return
    if head is None:
        console.note("the ledger is empty; there is nothing to sign")
        return
    console.print_line(f"head of {head.size:,} events")
    console.print_line(f"root {head.root_sha256}")
    console.print_line(f"verifier key {head.signed.verifier_key}")
    console.print_line(f"file {project.display(heads.file_of(project, head))}")
    console.print_line(judged.sentence)


def _document(project: Project, head: SealedHead) -> dict[str, Any]:
    from lineage.seals import heads  # noqa: PLC0415  # start-up time

    return {
        "tree_size": head.size,
        "root_sha256": head.root_sha256,
        "position": head.position,
        "recorded_at": head.recorded_at,
        "actor": head.actor,
        "run": head.run,
        "origin": head.origin,
        "verifier_key": head.signed.verifier_key,
        "note": head.note,
        "file": project.display(heads.file_of(project, head)),
        "cosigned": [
            {"witness": c.witness, "verifier_key": c.verifier_key, "recorded_at": when}
            for c, when in head.cosigned
        ],
        "deposited": [{"place": d.place, "recorded_at": when} for d, when in head.deposited],
    }


def _worth_document(judged: Worth) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415  # start-up time

    return asdict(judged)

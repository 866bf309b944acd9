"""The commands of an outside witness, who has neither the ledger nor the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.commands.evidence.given import text_of, verifier_key_of
from lineage.cli.options import JsonOption
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.seals.witness import Seen, Witness

app = typer.Typer(name="witness", no_args_is_help=True, add_completion=False)


@app.callback()
def witness() -> None:
    """Cosign heads of somebody else's ledger, on a machine without the project.

    A witness remembers the last head that it cosigned, and refuses what does not continue it.
    Example: `lineage witness key witness.key --name witness.example`.
    """


@app.command("key")
def make_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make.")],
    name: Annotated[
        str,
        typer.Option(
            "--name", metavar="NAME", help="Who cosigns, such as witness.example; no spaces."
        ),
    ],
) -> None:
    """Make the key of a witness, and print its verifier key.

    Only its owner may read the file; LINEAGE_SIGNING_PASSPHRASE seals it. The verifier key is also
    written to FILE.pub: give it to everybody who is to check your cosignatures.
    """
    from lineage.seals import witness as witnesses  # noqa: PLC0415  # start-up time

    made = witnesses.make(file, name)
    console.print_text(str(made.verifier_key))


@app.command("sign")
def sign(
    head: Annotated[
        str, typer.Argument(metavar="HEAD", help="The signed head: a file, or its text.")
    ],
    signer: Annotated[
        list[str],
        typer.Option(
            "--signer",
            metavar="KEY",
            help="The verifier key of the ledger, or a file with it; not from where the head "
            "came from. May be given again.",
        ),
    ],
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="Your key, from `lineage witness key`.")
    ],
    state: Annotated[
        Path,
        typer.Option(
            "--state",
            metavar="FILE",
            help="Where the last head is kept that you cosigned; one file for each ledger.",
        ),
    ],
    consistency: Annotated[
        Path | None,
        typer.Option(
            "--consistency",
            metavar="FILE",
            help="The proof that this head continues the last one: `lineage prove --consistency`.",
            show_default=False,
        ),
    ] = None,
    first: Annotated[
        bool,
        typer.Option(
            "--first", help="You never cosigned a head of this ledger; nothing is compared."
        ),
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Write the cosigned head to a file; without it, it is printed.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Cosign a head, if it continues the last one that you cosigned.

    Refused are a head that no trusted key signed, a smaller one, another one of the same size, and
    a larger one without a proof that it continues the last. The state is on the disk before the
    cosigned head is handed out: `lineage seal --cosignature` takes it.
    """
    from lineage.kernel import files  # noqa: PLC0415  # start-up time
    from lineage.seals import witness as witnesses  # noqa: PLC0415

    text = text_of(head, "HEAD")
    proof = None if consistency is None else text_of(consistency, "--consistency")
    if to is not None:
        _refuse_own(to, key, state)
    who = witnesses.load(key)
    seen = _cosigned(who, text, signer, state, proof, is_first=first)
    if to is not None:
        files.write_text(to, seen.note)
    if as_json:
        console.print_json(_document(who, seen))
    elif to is None:
        console.print_text(seen.note)
    _say(seen, to)


def _cosigned(
    who: Witness,
    text: str,
    signer: list[str],
    state: Path,
    proof: str | None,
    *,
    is_first: bool,
) -> Seen:
    from lineage.kernel.clock import SystemClock  # noqa: PLC0415  # start-up time
    from lineage.seals import witness as witnesses  # noqa: PLC0415

    return witnesses.cosign(
        who,
        text,
        signers=[verifier_key_of(one, "--signer") for one in signer],
        state=state,
        clock=SystemClock(),
        consistency=None if proof is None else witnesses.consistency_of(proof),
        is_first=is_first,
    )


def _refuse_own(to: Path, key: Path, state: Path) -> None:
    from lineage.seals.witness import PUBLIC_SUFFIX  # noqa: PLC0415  # start-up time

    own = (key, key.with_name(key.name + PUBLIC_SUFFIX), state)
    if to.resolve() in {path.resolve() for path in own}:
        raise typer.BadParameter("it is your key or your state", param_hint="--to")


def _say(seen: Seen, to: Path | None) -> None:
    head, before = seen.head, seen.before
    if before is None:
        console.note(
            f"first head of {head.origin}, of {head.size:,} events: it was compared with none, and "
            "you vouch for what comes after it"
        )
    else:
        console.note(
            f"the head of {head.size:,} events of {head.origin} continues that of {before.size:,}"
        )
    if to is not None:
        console.note(f"{to} written; `lineage seal --cosignature {to} --witness KEY` records it")


def _document(who: Witness, seen: Seen) -> dict[str, object]:
    return {
        "origin": seen.head.origin,
        "tree_size": seen.head.size,
        "root_sha256": seen.head.root.hex(),
        "seen_at": seen.seen_at,
        "compared_with": None if seen.before is None else seen.before.size,
        "verifier_key": str(who.verifier_key),
        "note": seen.note,
    }

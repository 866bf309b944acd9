"""The commands about keys: make, list, rotate and destroy them, on record."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption, confirm
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.domain.key import KeyCommand
    from lineage.events import KeyCreated
    from lineage.kernel.secrets.key_files import KeyInfo
    from lineage.kernel.secrets.keyring import Keyring
    from lineage.project import Project

app = typer.Typer(name="keys", no_args_is_help=True, add_completion=False)

LEDGER_KEY = "ledger"
"""Name of the key that wraps those of an encrypted ledger (`lineage.ledger.encryption.master`)."""

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Public name of the key.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.callback()
def keys() -> None:
    """Make, list, rotate and destroy the keys of the project's keyring.

    The keyring is protected by LINEAGE_MASTER_KEY, the file that LINEAGE_MASTER_KEY_FILE names, or
    the entry of the system's keyring that LINEAGE_MASTER_KEY_ENTRY names.
    Tasks use a key by its name: `encryption_key_id`.
    """


@app.command("create")
def create_key(
    key: KeyArgument,
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="TEXT", help="What it will protect.")
    ] = "files",
    project: ProjectOption = None,
) -> None:
    """Make a new key. Its name is free to choose, and is never used again."""
    from lineage.domain.key import CreateKey  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        info = _keyring(opened).create(purpose, key)
        _record(opened, CreateKey(created=_created(info)))
    console.print_line(f"key {console.plain(info.key_id)} created")


@app.command("list")
def list_all(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """List the keys, oldest first, destroyed ones too. No master key is needed."""
    from lineage import settings  # noqa: PLC0415  # start-up time
    from lineage.kernel.secrets import keyring  # noqa: PLC0415

    found = keyring.list_keys(keyring.keyring_folder(settings.find_root(project)))
    if as_json:
        console.print_json([{**asdict(info), "status": info.status} for info in found])
        return
    if not found:
        console.note("no keys yet; `lineage keys create` makes one")
        return
    console.print_table(
        ("key", "purpose", "status", "version", "created", "destroyed", "reason"),
        [
            (
                info.key_id,
                info.purpose,
                info.status,
                info.version,
                datetime.fromisoformat(info.created_at),
                None if info.destroyed_at is None else datetime.fromisoformat(info.destroyed_at),
                info.reason,
            )
            for info in found
        ],
        drop=("reason", "version", "destroyed"),
    )


@app.command("rotate")
def rotate_key(
    key: KeyArgument,
    forget_old: Annotated[
        bool,
        typer.Option(
            "--forget-old",
            help="Destroy the earlier versions. What they encrypted directly, such as the "
            "states of checkpoints, is lost; files are not.",
        ),
    ] = False,
    yes: YesOption = False,
    project: ProjectOption = None,
) -> None:
    """Give a key a new version. No encrypted file is rewritten.

    The data keys of the files are wrapped again; earlier versions only decrypt from now on.
    """
    from lineage.domain.key import RotateKey  # noqa: PLC0415  # start-up time
    from lineage.events import KeyRotated  # noqa: PLC0415
    from lineage.kernel.secrets.data_keys import DataKeyStore  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        ring = _keyring(opened)
        ring.load(key)
        if forget_old:
            confirm(f"Destroy the earlier versions of key {key!r}?", yes=yes)
        store = DataKeyStore(ring, key, clock=opened.clock)
        if key == LEDGER_KEY:
            info, count = store.rotate()
            count += opened.ledger.wrap_keys_again()  # before what opens them is forgotten
            if forget_old:
                ring.forget_old_versions(key)
        else:
            info, count = store.rotate(forgets_old=forget_old)
        rotated = KeyRotated(
            key_id=key, key_version=info.version, data_keys=count, old_forgotten=forget_old
        )
        _record(opened, RotateKey(created=_created(info), rotated=rotated))
    wrapped = f"{count:,} data {'key' if count == 1 else 'keys'}"
    console.print_line(
        f"key {console.plain(key)} has version {info.version}, {wrapped} wrapped again"
    )


@app.command("destroy")
def destroy_key(
    key: KeyArgument,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why; kept on record, so name no person."),
    ],
    yes: YesOption = False,
    project: ProjectOption = None,
) -> None:
    """Destroy a key for good, and with it everything that only it can open."""
    from lineage.domain.key import DestroyKey  # noqa: PLC0415  # start-up time
    from lineage.events import KeyDestroyed  # noqa: PLC0415
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        ring = _keyring(opened)
        ring.info(key)
        _refuse_ledger_key(opened, key)
        confirm(f"Destroy key {key!r}, and with it everything that only it can open?", yes=yes)
        info = ring.destroy(key, reason)
        destroyed = KeyDestroyed(key_id=key, reason=info.reason or reason)
        _record(opened, DestroyKey(created=_created(info), destroyed=destroyed))
    console.print_line(f"key {console.plain(key)} destroyed")


def _refuse_ledger_key(project: Project, key: str) -> None:
    from lineage.kernel.errors import CipherError  # noqa: PLC0415  # start-up time

    if key == LEDGER_KEY and project.ledger.is_encrypted:
        raise CipherError(
            f"key {key!r}",
            problem="it wraps all keys of this project's ledger, which could record nothing more",
            remedy="to erase all of it, delete the ledger and its keyring",
        )


def _keyring(project: Project) -> Keyring:
    from lineage.kernel.secrets import keyring  # noqa: PLC0415  # start-up time

    folder = keyring.keyring_folder(project.root)
    return keyring.Keyring(folder, keyring.master_secret(), clock=project.clock)


def _created(info: KeyInfo) -> KeyCreated:
    from lineage.events import KeyCreated  # noqa: PLC0415  # start-up time

    return KeyCreated(key_id=info.key_id, purpose=info.purpose, algorithm=info.algorithm)


def _record(project: Project, command: KeyCommand) -> None:
    from lineage.domain import KEY  # noqa: PLC0415  # start-up time
    from lineage.events import streams  # noqa: PLC0415
    from lineage.ledger import Session  # noqa: PLC0415

    stream = streams.key(command.created.key_id)
    Session(project.ledger, KEY, stream).handle(command)

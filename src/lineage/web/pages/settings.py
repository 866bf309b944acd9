"""How the project is set up: its settings and their origins, datasets, keys and encryption."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from lineage.kernel.secrets import keyring
from lineage.seals.worth import worth
from lineage.tasks.config.config import ConfigEntry
from lineage.tasks.registry import config_view
from lineage.upkeep import ledger_encryption
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Words, time_of
from lineage.web.page import Page
from projections.pages.cells import Code, Status, table_of
from projections.pages.section import Section, counted, value_text


def settings(asked: Asked) -> Page:
    """Show what `lineage config` and `lineage keys list` print; nothing can be changed here."""
    project = asked.project
    entries = [_shown(asked, one) for one in config_view.of_project(project.root)]
    keys = keyring.list_keys(keyring.keyring_folder(project.root))
    encryption = ledger_encryption.statement(ledger_encryption.status(project))
    custody = worth(project).sentence
    rows = [(Code(one.key), value_text(one.value), one.origin) for one in entries]
    return Page(
        title="Settings",
        lead="As they are now. They are changed in the project file, not here.",
        document={
            "values": [asdict(one) for one in entries],
            "keys": [{**asdict(one), "status": one.status} for one in keys],
            "encryption": encryption,
            "seals": custody,
        },
        sections=[
            Section(title="Values", tables=table_of(("key", "value", "origin"), rows)),
            _datasets(asked),
            Section(
                title="Custody",
                texts=(f"Ledger: {encryption}.", f"Seals: {custody}"),
                notes=(
                    links.Link("Proof", links.address("proof")),
                    links.Link("Who was shown what", links.address("disclosures")),
                ),
            ),
            _keys(keys),
        ],
    )


def _shown(asked: Asked, entry: ConfigEntry) -> ConfigEntry:
    """Return a setting; one that the project made up may hold a value of the data."""
    above, _, name = entry.key.partition(".")
    if above != "parameters":
        return entry
    return replace(entry, value=asked.showing.parameters({name: entry.value})[name])


def _datasets(asked: Asked) -> Section:
    project = asked.project
    rows = [
        (
            name,
            one.path and links.dataset(project.display(one.path)),
            counted(len(one.columns), "column"),
            one.retention,
            ", ".join(one.recipients),
        )
        for name, one in project.settings.datasets.items()
    ]
    nothing = () if rows else ("None is declared: `datasets` in the project file declares one.",)
    headings = ("dataset", "file", "declared", "period", "recipients")
    return Section(title="Datasets", texts=nothing, tables=table_of(headings, rows))


def _keys(keys: list[Any]) -> Section:
    rows = [
        (
            one.key_id,
            one.purpose,
            Status(one.status),
            one.version,
            time_of(one.created_at),
            time_of(one.destroyed_at),
            one.reason,
        )
        for one in keys
    ]
    nothing = () if rows else (Words("The keyring is empty: `lineage keys create` makes a key."),)
    headings = ("key", "purpose", "status", "version", "created", "destroyed", "why")
    return Section(
        title="Keys",
        texts=(*nothing, "Only public facts: no key is read for this page."),
        tables=table_of(headings, rows),
    )

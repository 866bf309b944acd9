"""What proves that nobody edited the record, how far, and how to check it without us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.seals import heads
from lineage.seals.heads import SealedHead
from lineage.seals.proofs import prove_consistency, prove_events
from lineage.seals.standalone import FILE_NAME, verifier
from lineage.seals.verification import Verification, verify
from lineage.seals.worth import worth
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Listed, Words, time_of
from lineage.web.page import Download, Page
from lineage.web.standing import standing
from projections.dependency_graph.records import records_of
from projections.pages.audit_page import stamp
from projections.pages.cells import Code, Table, digest, more_than, table_of
from projections.pages.section import Section, counted

MOST_HEADS: Final = 50
MOST_EVENTS: Final = 100
_ABOUT: Final = (
    "A signed head commits to every event before it: whoever keeps one can show any later change.",
    (
        "`lineage verify` reads and hashes every event again and compares it with all heads. Who "
        "ran it, and when, is not recorded: the record cannot vouch for itself."
    ),
)
_HOW: Final = (
    (
        "Get the program, the proof and the public key. They are checked by Python with the "
        "package `cryptography`; neither the ledger nor privacy-lineage is needed:"
    ),
    f"`python {FILE_NAME} proof.json --key KEY`",
    "Get the key from somebody you trust, not from here, if you do not trust this server.",
)
_WITHOUT: Final = (
    "What the events say is not in it, only their position and envelope: `lineage prove` puts it "
    "in if asked."
)

_verified: WeakKeyDictionary[Project, tuple[datetime, Verification]] = WeakKeyDictionary()
_lock = Lock()


def proof(asked: Asked) -> Page:
    """Show the signed heads, what they are worth as they are kept, and how to check them."""
    found = worth(asked.project)
    every = heads.all_heads(asked.project)
    steps = [(f"to event {one.until:,}", Words(one.sentence)) for one in found.steps]
    verified = _verified.get(asked.project)
    return Page(
        title="Proof",
        lead=found.sentence,
        document={
            "level": found.level,
            "until": found.until,
            "head": found.head,
            "sentence": found.sentence,
            "verified": None if verified is None else _verification(*verified),
            "heads": [
                {
                    "tree_size": head.size,
                    "root_sha256": head.root_sha256,
                    "recorded_at": head.recorded_at.isoformat(),
                    "verifier_key": head.signed.verifier_key,
                    "note": head.note,
                }
                for head in every
            ],
        },
        template="proof.html",
        sections=[
            Section(
                title="What vouches for it",
                texts=[Words(text) for text in _ABOUT],
                tables=table_of(("covers", "who vouches"), steps),
            ),
            _signed(every),
            _how(every),
        ],
        values={"verified": "" if verified is None else _told(*verified)},
    )


def check(asked: Asked) -> Page:
    """Verify the whole record now, as `lineage verify` does, and show what was found."""
    with _lock:  # one at a time, however many ask
        found = verify(asked.project)
        done = _verified[asked.project] = asked.project.clock.now(), found
    problems = [
        (one.kind, None if one.position is None else links.event(one.position), one.detail)
        for one in found.problems
    ]
    return Page(
        title="Verification",
        lead=_told(*done),
        document=_verification(*done),
        sections=[
            Section(
                title="What is not as it was signed",
                texts=() if problems else ("Nothing: all is as it was signed.",),
                tables=table_of(("what", "event", "found"), problems),
                notes=[*found.remarks, links.Link("Proof", links.address("proof"))],
            )
        ],
    )


def prove(asked: Asked) -> Page:
    """Show a proof that something is on record, or that one head continues another."""
    first, second = asked.number("from"), asked.number("to")
    if first is not None and second is not None:
        made = prove_consistency(asked.project, first, second)
        title = f"The head over {second:,} events continues that over {first:,}"
        rows: list[tuple[object, ...]] = [("Earlier head", Code(_root(made["first"])))]
        rows += [("Later head", Code(_root(made["second"])))]
    else:
        records = records_of(asked.catalog, asked.needed("name"))
        about = records.label if records.kind == "event" else f"{records.kind} {records.label}"
        if max(records.positions) > standing(asked.project).size:
            return _unproved(about)
        made = prove_events(asked.project, records.positions, about=about, with_payload=False)
        title = f"Proof of {about}"
        where = [(links.event(position),) for position in records.positions[:MOST_EVENTS]]
        rows = [("Signed head", Code(_root(made["head"]))), ("Events", Listed(where))]
    parameters = {name: asked.text(name) for name in ("from", "to", "name")}
    return Page(
        title=title,
        lead="The proof was made from the ledger just now; this page shows what it is about.",
        document=made,
        sections=[
            Section(
                title="What it proves",
                texts=(Words(_WITHOUT),) if "events" in made else (),
                tables=[Table(headings=("fact", "value"), rows=rows)],
                notes=(
                    links.Link("The proof as a file", links.address("prove.json", **parameters)),
                ),
            ),
            _how(heads.all_heads(asked.project)),
        ],
    )


def _unproved(about: str) -> Page:
    said = "No signed head covers it yet: `lineage seal` signs one over all events."
    notes = (links.Link("Proof", links.address("proof")),)
    return Page(
        title=f"Proof of {about}",
        lead=Words(said),
        document={"about": about, "proof": None},
        sections=[Section(title="Until then nothing can be proved", notes=notes)],
    )


def program(asked: Asked) -> Download:
    """Return the program that checks proofs without us."""
    del asked  # it is the same for all projects
    return Download(name=FILE_NAME, media_type="text/x-python", content=verifier().encode())


def head(asked: Asked) -> Download:
    """Return a signed head as a text, to keep elsewhere.

    Raises:
        ConfigurationError: There is no head of that size.
    """
    size = asked.number("size")
    found = next((one for one in heads.all_heads(asked.project) if one.size == size), None)
    if found is None:
        raise ConfigurationError(f"signed head over {size} events", problem="there is none")
    note = found.cosigned[-1][0].note if found.cosigned else found.note
    return Download(name=f"head-{found.size}.txt", media_type="text/plain", content=note.encode())


def printed(asked: Asked) -> Download:
    """Return the style that prints the last signed head on every page."""
    found = standing(asked.project)
    text = stamp(found.size, found.root) if found.root else ""
    return Download(name="stamp.css", media_type="text/css", content=text.encode())


def _signed(every: Sequence[SealedHead]) -> Section:
    latest = every[-1].size if every else 0
    rows = [
        (
            head.size,
            digest(head.root_sha256),
            time_of(head.recorded_at.isoformat()),
            head.actor,
            head.run and links.run(head.run),
            Code(head.signed.verifier_key.split("+")[1]),
            ", ".join(cosigned.witness for cosigned, _ in head.cosigned),
            ", ".join(kept.place for kept, _ in head.deposited),
            links.Link("text", links.address("head.txt", size=head.size)),
            head.size < latest
            and links.Link(
                "continued", links.address("prove", **{"from": head.size, "to": latest})
            ),
        )
        for head in reversed(every[-MOST_HEADS:])
    ]
    headings = (
        *("events", "root", "signed", "by", "run", "key", "witnesses", "kept outside"),
        *("to keep", "proof that the last head continues it"),
    )
    return Section(
        title="Signed heads",
        texts=() if rows else (Words("No head was signed yet: `lineage seal` signs one."),),
        tables=table_of(
            headings,
            [(*row[:-1], row[-1] or None) for row in rows],
            more=more_than(MOST_HEADS, len(every), "lineage seals"),
        ),
    )


def _how(every: Sequence[SealedHead]) -> Section:
    keys = list(dict.fromkeys(one.signed.verifier_key for one in reversed(every)))
    return Section(
        title="How to check it without us",
        texts=[Words(text) for text in _HOW],
        tables=table_of(("public key, the present one first",), [(Code(key),) for key in keys]),
        notes=(
            links.Link(f"The program, {FILE_NAME}", links.address(FILE_NAME)),
            "A proof of an event, a file or a run is on its page.",
        ),
    )


def _root(note: str) -> str:
    """Return the second and third line of a signed head: how many events, and the root."""
    return " ".join(note.splitlines()[1:3])


def _told(when: datetime, found: Verification) -> str:
    problems = len(found.problems)
    wrong = f"{counted(problems, 'problem')} found" if problems else "all is as it was signed"
    return (
        f"Verified on {time_of(when.isoformat())}, since this server began: {wrong}, up to event "
        f"{found.verified_until:,} of {found.events:,}, {counted(found.heads, 'signed head')}."
    )


def _verification(when: datetime, found: Verification) -> Mapping[str, Any]:
    return {"verified_at": when.isoformat(), **found.as_document()}

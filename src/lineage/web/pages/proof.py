"""What proves that nobody edited the record, how far, and how to check it without us."""

from __future__ import annotations

from typing import Final

from lineage.seals import heads
from lineage.seals.worth import worth
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from projections.pages.cells import Code, digest, more_than, table_of
from projections.pages.section import Section

MOST_HEADS: Final = 50
_ABOUT: Final = (
    "A signed head commits to every event before it: whoever keeps one can show any later change.",
    "`lineage verify` reads and hashes every event again and compares it with all heads.",
    (
        "`lineage prove FILE --to proof.json` writes a proof that is checked without this program, "
        "by the short verifier in docs/how-to/verify-without-us.md."
    ),
)


def proof(asked: Asked) -> Page:
    """Show the signed heads and what they are worth as they are kept."""
    found = worth(asked.project)
    every = heads.all_heads(asked.project)
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
        )
        for head in reversed(every)
    ]
    headings = ("events", "root", "signed", "by", "run", "key", "witnesses", "kept outside")
    steps = [(f"to event {one.until:,}", one.sentence) for one in found.steps]
    return Page(
        title="Proof",
        lead=found.sentence,
        document={
            "level": found.level,
            "until": found.until,
            "head": found.head,
            "sentence": found.sentence,
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
        sections=[
            Section(title="What vouches for it", texts=_ABOUT, tables=table_of(("", ""), steps)),
            Section(
                title="Signed heads",
                texts=() if rows else ("No head was signed yet: `lineage seal` signs one.",),
                tables=table_of(
                    headings,
                    rows[:MOST_HEADS],
                    more=more_than(MOST_HEADS, len(rows), "lineage seals"),
                ),
            ),
        ],
    )

"""What an audit has to show, and for each line whether it is on record.

Gathered from GDPR, Articles 5(2), 17, 19, 25, 30, 32 and 35; HIPAA, 45 CFR 164.312(b) and
164.514; ISO/IEC 27559:2022 and 20889:2018; NIST SP 800-188 and 800-226. It is no legal advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from projections.audit.answers import Line, Told
from projections.audit.facts import Facts
from projections.audit.lines_about_results import ABOUT_RESULTS
from projections.audit.lines_about_work import ABOUT_WORK

LINES: Final[Sequence[Line]] = (*ABOUT_WORK, *ABOUT_RESULTS)
"""All lines, in the order of the checklist."""


def build_checklist(facts: Facts) -> list[dict[str, Any]]:
    """Return each line with id, demand, basis, state, sentence and positions."""
    return [_told(line, line.answer(facts)) for line in LINES]


def _told(line: Line, told: Told) -> dict[str, Any]:
    return {
        "id": line.id,
        "demand": line.demand,
        "basis": line.basis,
        "state": told.state,
        "sentence": told.sentence,
        "positions": list(told.positions),
    }

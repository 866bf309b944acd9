"""All kinds of personal data that are looked for, the most certain first."""

from __future__ import annotations

from typing import Final

from ops.profiling.detectors.accounts import ACCOUNTS
from ops.profiling.detectors.attributes import ATTRIBUTES
from ops.profiling.detectors.contact import CONTACT
from ops.profiling.detectors.detector import Detector
from ops.profiling.detectors.national_ids import NATIONAL_IDS
from ops.profiling.detectors.people import PEOPLE

DETECTORS: Final[tuple[Detector, ...]] = (
    *CONTACT,
    *NATIONAL_IDS,
    *ACCOUNTS,
    *PEOPLE,
    *ATTRIBUTES,
)

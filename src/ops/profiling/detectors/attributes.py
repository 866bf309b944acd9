"""Attributes of a person that only the name of a column gives away."""

from __future__ import annotations

from typing import Final

from lineage.kernel.roles import ColumnRole
from ops.profiling.detectors.detector import Detector
from ops.profiling.detectors.people import SENTENCE

_KNOWN: Final = {
    "age": ("ages of persons", ("age", "alter", "edad"), None),
    "birth_year": ("years of birth", ("birth year", "year of birth", "geburtsjahr"), "C"),
    "sex": ("sexes and genders", ("sex", "gender", "geschlecht", "sexo"), None),
    "place": (
        "places",
        (
            *("city", "town", "suburb", "county", "municipality", "district", "native country"),
            *("birth place", "place of birth", "ort", "stadt", "gemeinde"),
        ),
        "B",
    ),
    "marital_status": ("marital statuses", ("marital", "marital status", "familienstand"), None),
    "occupation": ("occupations", ("occupation", "profession", "job title", "beruf"), None),
    "nationality": ("nationalities", ("nationality", "citizenship"), None),
}
_SENSITIVE: Final = {
    "health": (
        "health",
        (
            *("diagnosis", "diagnose", "disease", "illness", "icd", "medication", "disability"),
            *("hiv", "pregnant", "allergy", "treatment", "symptom", "health"),
        ),
        True,
    ),
    "ethnicity": ("race or ethnic origin", ("race", "ethnicity", "ethnic"), True),
    "belief": (
        "religion, belief or opinion",
        ("religion", "belief", "political", "party membership", "trade union"),
        True,
    ),
    "sexuality": ("sex life or orientation", ("sexual orientation", "orientation sexual"), True),
    "biometry": (
        "genetic or biometric data",
        ("genotype", "dna", "fingerprint", "biometric"),
        True,
    ),
    "income": (
        "income or wealth",
        ("income", "salary", "wage", "credit score", "gehalt", "debt", "capital gain"),
        False,
    ),
    "offence": ("offences", ("offence", "offense", "conviction", "criminal"), False),
}

ATTRIBUTES: Final = (
    *(
        Detector(
            kind=kind, meaning=meaning, role=ColumnRole.QUASI_IDENTIFIER, names=names, hipaa=letter
        )
        for kind, (meaning, names, letter) in _KNOWN.items()
    ),
    *(
        Detector(
            kind=kind,
            meaning=meaning,
            role=ColumnRole.SENSITIVE,
            names=names,
            is_special=is_special,
        )
        for kind, (meaning, names, is_special) in _SENSITIVE.items()
    ),
    Detector(
        kind="free_text",
        meaning="free text",
        role=ColumnRole.SENSITIVE,
        form=SENTENCE,
        is_telling=True,
        least_share=0.5,
        most="low",
    ),
)

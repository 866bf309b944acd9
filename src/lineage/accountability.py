"""Who answers for a project, and what everybody has to state who works in it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Accountability(BaseModel):
    """Who answers for the project, as records of processing name it (GDPR, Articles 30 and 35).

    Attributes:
        controller: Who decides about purposes and means.
        processor: Who processes on the controller's behalf.
        dpo: How to reach the data-protection officer.
        purpose: What data is processed for, where a dataset does not say.
        legal_basis: What allows that, where a dataset does not say.
        recipients: Who may get results, where a dataset does not say.
        transfers: Third countries it goes to, each with its safeguard.
        security_measures: Where they are described.
        dpia: The impact assessment: its name, version and date.
        agreement: The data-use agreement, and whether it forbids re-identification.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    controller: str = ""
    processor: str = ""
    dpo: str = ""
    purpose: str = ""
    legal_basis: str = ""
    recipients: tuple[str, ...] = ()
    transfers: tuple[str, ...] = ()
    security_measures: str = ""
    dpia: str = ""
    agreement: str = ""


class Required(BaseModel):
    """What a run or a release has to state before it begins.

    Attributes:
        actor: Who acts: LINEAGE_ACTOR must be set.
        purpose: What it is for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    actor: bool = False
    purpose: bool = False


class PrivacyBudget(BaseModel):
    """How much privacy loss the people of one source may suffer by all runs together.

    Attributes:
        epsilon: The greatest sum, by sequential and parallel composition.
        delta: The greatest sum.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    epsilon: float = Field(gt=0)
    delta: float = Field(default=0, ge=0, lt=1)

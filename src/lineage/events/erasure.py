"""What was erased, on whose request, and what could not be."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from lineage.events.base import Event, JsonObject, Sha256

ErasureAction = Literal[
    "destroy_key", "delete_file", "rewrite_file", "forget_vault_entry", "recompute", "keep"
]
"""What is done with a thing; `keep` with the reason why it may or must stay."""


class ErasureStep(BaseModel):
    """One thing that holds what is to be erased, or comes from it.

    Attributes:
        action: What is done with it.
        subject: What it is: "events", "artifact", "checkpoint", "vault", "document", "release".
        uri: Its file, stream or key; never the name of a person.
        sha256: Digest of the file's content; None if it is no file.
        reason: Why this action, in a sentence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    action: ErasureAction
    subject: str
    uri: str
    sha256: Sha256 | None
    reason: str


class ErasurePlanned(Event):
    """An erasure was asked for and planned; from now on it can only be finished.

    Attributes:
        kind: What is erased.
        target: The run or the dataset; of a person only a keyed digest of the id.
        reason: Why; it must not name a person.
        steps: What is done, in this order.
    """

    TOPIC: ClassVar[str] = "erasure.planned"
    kind: Literal["run", "dataset", "subject"]
    target: str
    reason: str
    steps: tuple[ErasureStep, ...]


class ErasureStepEnded(Event):
    """One step of an erasure was done, or could not be.

    Attributes:
        step: Which one, from 1.
        outcome: How it ended.
        detail: Facts about it, without values.
    """

    TOPIC: ClassVar[str] = "erasure.step_ended"
    step: PositiveInt
    outcome: Literal["done", "kept", "failed"]
    detail: JsonObject


class ErasureCompleted(Event):
    """All steps of an erasure have ended, and a receipt was signed.

    Attributes:
        receipt: The signed receipt, as a text.
        remaining: What could not be erased, one sentence each.
    """

    TOPIC: ClassVar[str] = "erasure.completed"
    receipt: str
    remaining: tuple[str, ...]

"""Old events load as present ones; what does not fit is an error that says why.

The worked example is `parcel.weighed`, now at version 3: version 1 had the weight in pounds,
version 2 in kilograms, version 3 in whole grams.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from lineage.events import VOCABULARY, Event, EventTypes, default_event_types, vocabulary
from lineage.kernel.errors import LedgerError, UnknownEventError


class ParcelWeighed(Event):
    """A parcel was weighed."""

    TOPIC: ClassVar[str] = "parcel.weighed"
    SCHEMA_VERSION: ClassVar[int] = 3
    grams: int
    label: str = ""


def to_kilograms(old: dict[str, Any]) -> dict[str, Any]:
    """Return version 2 of version 1."""
    return {"kilograms": old["pounds"] * 0.5}


def to_grams(old: dict[str, Any]) -> dict[str, Any]:
    """Return version 3 of version 2."""
    return {"grams": round(old["kilograms"] * 1_000)}


UPCASTS = {("parcel.weighed", 1): to_kilograms, ("parcel.weighed", 2): to_grams}


@pytest.fixture
def event_types() -> EventTypes:
    """The one event type."""
    return EventTypes([ParcelWeighed], UPCASTS)


@pytest.mark.parametrize(
    ("version", "payload"),
    [(1, b'{"pounds":4}'), (2, b'{"kilograms":2.0}'), (3, b'{"grams":2000,"label":""}')],
)
def test_payload_of_any_version_loads_as_the_present_one(
    event_types: EventTypes, version: int, payload: bytes
) -> None:
    """Each step is taken from the stored version on, and no other."""
    assert event_types.load("parcel.weighed", version, payload) == ParcelWeighed(grams=2_000)


def test_old_payload_can_be_had_as_the_present_version_stores_it(event_types: EventTypes) -> None:
    """A bulk reader gets the bytes that would be stored today."""
    stored = event_types.upcast_payload("parcel.weighed", 1, b'{"pounds":4}')

    assert stored == ParcelWeighed(grams=2_000).to_payload()


def test_present_payload_is_passed_on_as_it_is(event_types: EventTypes) -> None:
    """A bulk read does not parse what is up to date."""
    payload = b'{"grams": 1}'

    assert event_types.upcast_payload("parcel.weighed", 3, payload) is payload


@pytest.mark.parametrize("missing", [1, 2])
def test_missing_upcast_is_refused_when_the_types_are_put_together(missing: int) -> None:
    """A release that forgot a step does not start, rather than fail on old data."""
    upcasts = {key: step for key, step in UPCASTS.items() if key[1] != missing}

    with pytest.raises(UnknownEventError, match=f"from version {missing} to {missing + 1}"):
        EventTypes([ParcelWeighed], upcasts)


@pytest.mark.parametrize("payload", [b'{"grams":1}', b"not JSON"])
def test_newer_version_is_refused_with_the_remedy(event_types: EventTypes, payload: bytes) -> None:
    """A file of a newer release is not guessed at, whatever its payload looks like."""
    with pytest.raises(
        UnknownEventError,
        match=r"'parcel.weighed': schema version 4, expected version 1 to 3; upgrade",
    ):
        event_types.load("parcel.weighed", 4, payload)


def test_version_before_the_first_is_refused(event_types: EventTypes) -> None:
    """Versions count from 1."""
    with pytest.raises(UnknownEventError, match="schema version 0"):
        event_types.load("parcel.weighed", 0, b"{}")


def test_unknown_type_is_refused_with_the_remedy(event_types: EventTypes) -> None:
    """An event that this release does not know is named."""
    with pytest.raises(UnknownEventError, match=r"'parcel.lost': unknown to this release; upgrade"):
        event_types.load("parcel.lost", 1, b"{}")


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b"\xff",
        b'{"grams":1,"weight":2}',
        b'{"pounds":"many","kilograms":"many","grams":"many"}',
        b'{"pounds":null,"kilograms":null,"grams":null}',
    ],
)
def test_damaged_payload_is_refused_with_type_and_version(
    event_types: EventTypes, version: int, payload: bytes
) -> None:
    """However a payload is damaged, and wherever an upcast stumbles over it, it is named."""
    with pytest.raises(
        UnknownEventError, match=rf"'parcel.weighed' version {version}: .*lineage doctor"
    ):
        event_types.load("parcel.weighed", version, payload)


def test_message_about_a_damaged_payload_quotes_none_of_it(event_types: EventTypes) -> None:
    """A payload may hold what must not reach a log."""
    with pytest.raises(LedgerError, match="does not have the fields") as caught:
        event_types.load("parcel.weighed", 3, b'{"grams":"Margarethe"}')

    assert "Margarethe" not in str(caught.value)


def test_present_versions_are_those_of_the_classes(event_types: EventTypes) -> None:
    """A bulk reader asks which stored versions need an upcast."""
    assert event_types.present_versions() == {"parcel.weighed": 3}


def test_default_event_types_knows_the_whole_vocabulary() -> None:
    """Every class of the release is found by its type word."""
    event_types = default_event_types()

    assert [event_types.class_of(cls.TOPIC) for cls in VOCABULARY] == list(VOCABULARY)


def test_release_has_every_upcast_it_needs() -> None:
    """The classes of a release are found one by one, so its gaps are looked for here."""
    released = EventTypes(VOCABULARY, vocabulary.UPCASTS)

    later = {topic: v for topic, v in released.present_versions().items() if v > 1}
    assert default_event_types().later_versions() == later

"""Every event survives being stored."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import events, moments, of_model

from lineage.events import VOCABULARY, Event, default_event_types
from lineage.ledger.envelope import from_microseconds, to_microseconds


@pytest.mark.parametrize("cls", VOCABULARY, ids=lambda cls: cls.TOPIC)
@settings(max_examples=30)
@given(data=st.data())
def test_event_comes_back_from_its_payload(cls: type[Event], data: st.DataObject) -> None:
    """Storing and loading gives an equal event, and storing that gives the same bytes."""
    event = data.draw(of_model(cls))
    payload = event.to_payload()

    loaded = default_event_types().load(cls.TOPIC, cls.SCHEMA_VERSION, payload)

    assert loaded == event
    assert loaded.to_payload() == payload


@given(events)
def test_payload_is_strict_json_without_control_characters(event: Event) -> None:
    """The bulk reader separates with control characters, so no payload may hold one."""
    payload = event.to_payload()

    assert min(payload) >= 0x20
    assert json.loads(payload).keys() == type(event).model_fields.keys()


@given(moments)
def test_time_comes_back_to_the_microsecond(moment: object) -> None:
    """Times are stored as whole microseconds, and nothing is rounded."""
    assert from_microseconds(to_microseconds(moment)) == moment  # type: ignore[arg-type]

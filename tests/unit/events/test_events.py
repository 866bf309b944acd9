"""Every event is a fact that nobody can change, in a form that lasts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pydantic
import pytest

from lineage.events import (
    VOCABULARY,
    ArtifactWritten,
    Event,
    MetricRecorded,
    OperationSucceeded,
    WarningRaised,
    default_event_types,
)

GOLDEN = sorted((Path(__file__).parents[2] / "golden/events").glob("*.json"))


def _models(hint: Any) -> set[type[pydantic.BaseModel]]:
    """Return every model that a type is or is made of."""
    found = set().union(*map(_models, get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, pydantic.BaseModel):
        inner = (field.annotation for field in hint.model_fields.values())
        return found.union({hint}, *map(_models, inner))
    return found


MODELS = sorted(set().union(*map(_models, VOCABULARY)), key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", MODELS, ids=lambda cls: cls.__name__)
def test_model_is_frozen_and_closed(cls: type[pydantic.BaseModel]) -> None:
    """No event, and no part of one, can be changed or take a field that it does not have."""
    assert cls.model_config.get("frozen") is True
    assert cls.model_config.get("extra") == "forbid"


def test_changing_an_event_is_an_error() -> None:
    """What has happened has happened."""
    event = WarningRaised(operation=None, name="a", message="b")

    with pytest.raises(pydantic.ValidationError, match="frozen"):
        event.message = "c"  # type: ignore[misc]  # that is the test


def test_field_that_does_not_exist_is_an_error() -> None:
    """A misspelt field is noticed."""
    with pytest.raises(pydantic.ValidationError, match="Extra inputs"):
        WarningRaised(operation=None, name="a", message="b", detail={})  # type: ignore[call-arg]


@pytest.mark.parametrize("duration_s", [float("nan"), float("inf"), -0.1])
def test_duration_that_is_none_is_an_error(duration_s: float) -> None:
    """A duration is a finite number of seconds, not negative."""
    with pytest.raises(pydantic.ValidationError, match="duration_s"):
        OperationSucceeded(operation=1, status="success", duration_s=duration_s, key="0" * 64)


@pytest.mark.parametrize("sha256", ["", "0" * 63, "A" * 64, "g" * 64, "0" * 64 + "\n"])
def test_digest_in_another_form_is_an_error(sha256: str) -> None:
    """A digest is 64 lower-case hexadecimal digits and nothing else."""
    with pytest.raises(pydantic.ValidationError, match="key"):
        OperationSucceeded(operation=1, status="success", duration_s=0, key=sha256)


def test_operations_count_from_one() -> None:
    """There is no operation 0."""
    with pytest.raises(pydantic.ValidationError, match="operation"):
        WarningRaised(operation=0, name="a", message="b")


def test_time_without_offset_is_an_error() -> None:
    """A time in an event says where it holds."""
    with pytest.raises(pydantic.ValidationError, match="timezone"):
        ArtifactWritten(
            operation=None,
            artifact_type="csv",
            uri="x.csv",
            sha256=None,
            size_bytes=None,
            modified_at=datetime(2026, 1, 1),  # noqa: DTZ001  # that is the test
        )


def test_any_value_can_be_measured() -> None:
    """What is not JSON becomes JSON on the way in, so the payload holds what the event shows."""
    event = MetricRecorded(
        operation=None, category=None, name="x", value={(1, 2): np.float64("nan")}
    )

    assert event.value == {"[1,2]": "NaN"}


def test_keys_that_fall_together_in_an_object_are_kept_as_entries() -> None:
    """An object field stays an object when its keys would collide, and loses no entry."""
    event = WarningRaised(operation=None, name="a", message="b", details={1: "x", "1": "y"})

    assert event.details == {"entries": [{"key": 1, "value": "x"}, {"key": "1", "value": "y"}]}


def test_object_that_is_no_mapping_is_an_error() -> None:
    """An object field takes mappings only."""
    with pytest.raises(pydantic.ValidationError, match="details"):
        WarningRaised(operation=None, name="a", message="b", details=[1])  # type: ignore[arg-type]


def test_defaults_of_two_events_are_two_objects() -> None:
    """No event shares what another one holds."""
    first, second = (WarningRaised(operation=None, name="a", message="b") for _ in range(2))

    assert first.details is not second.details


def test_payload_is_compact_json_in_the_order_of_the_fields() -> None:
    """The stored form is fixed to the byte, since digests are taken of it."""
    event = WarningRaised(operation=1, name="ü", message='"\n\x1f', details={"b": 1, "a": 2.0})

    assert event.to_payload() == (
        '{"operation":1,"name":"ü","message":"\\"\\n\\u001f","details":{"b":1,"a":2.0}}'.encode()
    )


def test_moment_is_stored_in_iso_form() -> None:
    """A time keeps its microseconds and its zone."""
    event = ArtifactWritten(
        operation=None,
        artifact_type="csv",
        uri="x.csv",
        sha256=None,
        size_bytes=None,
        modified_at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    )

    assert json.loads(event.to_payload())["modified_at"] == "2026-01-02T03:04:05.000006Z"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_stored_event_of_every_release_still_loads(path: Path) -> None:
    """A payload as an earlier release stored it is read, and is what it was."""
    golden: dict[str, Any] = json.loads(path.read_text("utf-8"))
    payload = json.dumps(golden["payload"], ensure_ascii=False, separators=(",", ":")).encode()

    event = default_event_types().load(golden["type"], golden["schema_version"], payload)

    assert golden["type"] == event.TOPIC
    if golden["schema_version"] == event.SCHEMA_VERSION:
        assert event.to_payload() == payload


@pytest.mark.parametrize("cls", VOCABULARY, ids=lambda cls: cls.TOPIC)
def test_every_version_of_an_event_has_a_golden_file(cls: type[Event]) -> None:
    """No version is released without a file that proves, from then on, that it loads."""
    wanted = {f"{cls.TOPIC}.v{version}.json" for version in range(1, cls.SCHEMA_VERSION + 1)}

    assert wanted == {path.name for path in GOLDEN if path.name.startswith(f"{cls.TOPIC}.v")}


def test_golden_files_cover_every_field() -> None:
    """A field that no golden file fills would not be missed if it were renamed."""
    for cls in VOCABULARY:
        name = f"{cls.TOPIC}.v{cls.SCHEMA_VERSION}.json"
        golden = json.loads((GOLDEN[0].parent / name).read_text("utf-8"))

        assert golden["payload"].keys() == cls.model_fields.keys(), name

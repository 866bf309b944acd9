"""Attributes that an object declares and gets only when its work begins."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class SetLater(Generic[Value]):
    """An attribute without a value, until it is assigned one.

    Args:
        by: What assigns it, for the error of who asks before.
    """

    def __init__(self, by: str) -> None:
        self._by = by
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Remember what the attribute is called."""
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> Value:
        """Say what is missing; once there is a value, Python takes that and never asks here.

        Raises:
            AttributeError: Always, so that `hasattr` and `getattr` work as ever.
        """
        raise AttributeError(
            f"{owner.__name__} has no {self._name!r} yet: {self._by} sets it",
            name=self._name,
            obj=instance,
        )

"""Attributes that an object declares and gets only when its work begins."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class SetLater(Generic[Value]):
    """An attribute without a value, until it is assigned one.

    Args:
        by: What assigns it, for the error when it is read too early.
    """

    def __init__(self, by: str) -> None:
        self._by = by
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Remember the attribute's name."""
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> Value:
        """Say what is missing; once there is a value, Python uses that and never comes here.

        Raises:
            AttributeError: Always, so that `hasattr` and `getattr` work as usual.
        """
        raise AttributeError(
            f"{owner.__name__} has no {self._name!r} yet: {self._by} sets it",
            name=self._name,
            obj=instance,
        )

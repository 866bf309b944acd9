"""Who is on record as the actor when a process acts for somebody who asked it to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lineage.kernel import host

_ACTING: ContextVar[str | None] = ContextVar("acting", default=None)


@contextmanager
def acting(name: str | None) -> Iterator[None]:
    """Record what is appended within the context as done for somebody.

    Args:
        name: Who asked; None changes nothing.
    """
    token = _ACTING.set(_ACTING.get() if name is None else host.actor(name))
    try:
        yield
    finally:
        _ACTING.reset(token)


def present() -> str | None:
    """Return whom this context acts for, with user and host; None for nobody else."""
    return _ACTING.get()

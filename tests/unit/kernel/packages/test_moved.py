"""Modules that moved can still be imported under their old names."""

from __future__ import annotations

import importlib
import sys

import pytest

OLD_AND_NEW = [
    ("lineage.kernel.keyring", "lineage.kernel.secrets.keyring"),
    ("ops.correlate", "ops.profiling.correlate"),
    ("ops.profile", "ops.profiling.profile"),
    ("ops.reader", "ops.data.reader"),
    ("ops.risk", "ops.measures.risk"),
    ("ops.source", "ops.data.source"),
    ("ops.utility", "ops.measures.utility"),
    ("ops.writer", "ops.data.writer"),
]


@pytest.mark.parametrize(("old", "new"), OLD_AND_NEW)
def test_old_name_gives_the_module_of_the_new_one(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one module, which knows itself by its new name, and a warning names that."""
    monkeypatch.delitem(sys.modules, old, raising=False)
    with pytest.warns(DeprecationWarning, match=f"{old} has moved to {new}"):
        module = importlib.import_module(old)

    assert module is importlib.import_module(new)
    assert module.__spec__ is not None
    assert (module.__name__, module.__spec__.name) == (new, new)


def test_other_names_stay_unknown() -> None:
    """A name that no module ever had is an error as before."""
    with pytest.raises(ModuleNotFoundError, match=r"ops\.nothing"):
        importlib.import_module("ops.nothing")

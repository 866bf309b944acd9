"""The one form in which operations take hierarchies as parameters.

| form | levels above the value |
| --- | --- |
| `"cities"` or `{"dataset": "cities"}` | those of a dataset without header: `Rome;Italy;Europe` |
| `{"Rome": ["Italy", "Europe"]}` or `{"values": {...}}` | those given for each value |
| `{"intervals": [5, 10, [20, 60]], "origin": 0}` | intervals of a width, or between edges, `*` |
| `{"prefixes": [3, 1], "keep_length": False}` | `101*`, `1*`, `*`; `101**`, `1****`, `*` if True |
| `{"date_parts": ["month", "year"]}` | `1999-12`, `1999`, `*` |

`origin` and `keep_length` may be left out. Values that are called as one of the kinds are listed
under "values".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeGuard, cast

from lineage.kernel.errors import ConfigurationError
from ops.data.source import DataSource
from ops.measures import hierarchies
from ops.measures.hierarchies import Hierarchy

_OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "dataset": frozenset(),
    "values": frozenset(),
    "intervals": frozenset({"origin"}),
    "prefixes": frozenset({"keep_length"}),
    "date_parts": frozenset(),
}


def dataset_names(forms: Iterable[object]) -> set[str]:
    """Return the datasets that hold hierarchies."""
    return {name for form in forms if (name := _dataset(form)) is not None}


def require(forms: Mapping[str, object]) -> None:
    """Refuse hierarchies of columns that are described wrongly, as far as that shows without data.

    Raises:
        ConfigurationError: As of `described`.
    """
    for column, form in forms.items():
        if _dataset(form) is None:
            described(form, f"hierarchy of {column!r}")


def read(forms: Mapping[str, object], data_source: DataSource) -> dict[str, Hierarchy]:
    """Return the hierarchies of columns.

    Args:
        forms: The form of each column's.
        data_source: Has the datasets that are named.

    Raises:
        ConfigurationError: One is described wrongly, or a dataset holds none.
        DataReadError: A dataset cannot be read.
    """
    found: dict[str, Hierarchy] = {}
    for column, form in forms.items():
        name, subject = _dataset(form), f"hierarchy of {column!r}"
        if name is None:
            found[column] = described(form, subject)
        else:
            found[column] = hierarchies.of_table(subject, data_source.get_table(name, raw=True))
    return found


def described(form: object, subject: str) -> Hierarchy:
    """Return the hierarchy of a form that names no dataset.

    Args:
        form: As the table of this module shows.
        subject: What the hierarchy is called in messages.

    Raises:
        ConfigurationError: It is none of the forms, or its levels contradict each other.
    """
    if not isinstance(form, Mapping):
        raise _refusal(subject, f"found {type(form).__name__!r}")
    kinds = [kind for kind in _OPTIONS if kind in form]
    if not kinds:
        return _listed(subject, form)
    kind = kinds[0]
    content = form[kind]
    if len(kinds) > 1 or not set(form) <= {kind, *_OPTIONS[kind]}:
        raise _refusal(subject, "not one kind")
    if kind == "values" and isinstance(content, Mapping):
        return hierarchies.of_mapping(subject, _texts(content))
    if kind in {"dataset", "values"} or not _is_list(content):
        raise _refusal(subject, f"{kind!r} has a value of another type")
    return _built(subject, kind, content, form)


def _built(
    subject: str, kind: str, steps: Sequence[object], form: Mapping[str, object]
) -> Hierarchy:
    """Return the hierarchy of a rule; what builds it checks the types of the steps."""
    if kind == "intervals":
        origin = cast("float", form.get("origin", 0))
        return hierarchies.numeric_intervals(subject, cast("list[float]", steps), origin=origin)
    if kind == "date_parts":
        return hierarchies.date_parts(subject, cast("list[hierarchies.DatePart]", steps))
    keep_length = form.get("keep_length", False)
    if not isinstance(keep_length, bool):
        raise ConfigurationError(
            f"keep_length of {subject}", found=keep_length, expected="true or false"
        )
    return hierarchies.prefixes(subject, cast("list[int]", steps), keep_length=keep_length)


def _listed(subject: str, form: Mapping[object, object]) -> Hierarchy:
    """Return the hierarchy of a plain mapping; a kind that is misspelt is none."""
    levels = [level for above in form.values() for level in (above if _is_list(above) else [above])]
    if not all(isinstance(level, str) for level in levels):
        raise _refusal(subject, "no known kind, and levels that are no texts")
    return hierarchies.of_mapping(subject, _texts(form))


def _texts(listed: Mapping[object, object]) -> dict[str, list[str]]:
    return {
        str(value): [str(level) for level in (above if _is_list(above) else [above])]
        for value, above in listed.items()
    }


def _dataset(form: object) -> str | None:
    name = form["dataset"] if isinstance(form, Mapping) and set(form) == {"dataset"} else form
    return name if isinstance(name, str) else None


def _is_list(content: object) -> TypeGuard[Sequence[object]]:
    return isinstance(content, Sequence) and not isinstance(content, str)


def _refusal(subject: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        subject,
        problem=problem,
        expected="a dataset's name, values with their levels, or one of "
        "'dataset', 'values', 'intervals', 'prefixes' and 'date_parts'",
        remedy="write it as {'intervals': [5, 10]} or {'values': {'Rome': ['Italy', 'Europe']}}",
    )

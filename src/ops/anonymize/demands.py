"""Turn the parameters of an operation into what is asked of its classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from lineage.kernel.errors import ConfigurationError
from ops.anonymize.constraints import Demand, DiversityKind, Guarantee
from ops.measures.closeness import Distance

PerColumn = float | Mapping[str, float] | None


class Parameters(Protocol):
    """The parameters that say what is asked; see `ops.anonymize.operation`."""

    name: ClassVar[str]
    sensitive_attributes: Sequence[str]
    k: int
    l: PerColumn  # noqa: E741  # the name the definition gives it
    l_kind: DiversityKind
    c: float | None
    t: PerColumn
    t_distance: Distance | None
    suppression_limit: float


def guarantee_of(parameters: Parameters) -> Guarantee:
    """Return what the parameters ask for.

    Raises:
        ConfigurationError: A parameter is out of its range, or demands something of a column that
            is not sensitive.
    """
    _require_range(parameters, "suppression_limit", parameters.suppression_limit, 0, below=1)
    least = _by_column(parameters, "l", parameters.l)
    greatest = _by_column(parameters, "t", parameters.t)
    for value in least.values():
        _require_range(parameters, "l", value, 1)
    for value in greatest.values():
        _require_range(parameters, "t", value, 0, below=1)
    _require_recursive(parameters, list(least.values()))
    return Guarantee(
        k=parameters.k,
        demands=[
            Demand(
                column=column,
                l=least.get(column),
                l_kind=parameters.l_kind,
                c=parameters.c,
                t=greatest.get(column),
                t_distance=parameters.t_distance,
            )
            for column in parameters.sensitive_attributes
            if column in least or column in greatest
        ],
        suppression_limit=float(parameters.suppression_limit),
    )


def phrases(guarantee: Guarantee) -> list[str]:
    """Return the demands in words, for the description of a file."""
    found = []
    for demand in guarantee.demands:
        if demand.l is not None:
            kind = demand.l_kind + (f" with c = {demand.c}" if demand.c is not None else "")
            found.append(f"{demand.column} {demand.l:g}-diverse ({kind})")
        if demand.t is not None:
            found.append(f"{demand.column} {demand.t:g}-close")
    return found


def _by_column(parameters: Parameters, name: str, value: PerColumn) -> Mapping[str, float]:
    columns = parameters.sensitive_attributes
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        value = dict.fromkeys(columns, value)
    unknown = [column for column in value if column not in columns]
    if unknown or not value:
        raise ConfigurationError(
            f"{name} of {parameters.name}",
            problem=f"{unknown} are not sensitive" if unknown else "no sensitive attribute",
            expected="sensitive attributes of which it is asked",
            remedy="name them in sensitive_attributes",
        )
    return value


def _require_range(
    parameters: Parameters, name: str, value: object, least: float, *, below: float | None = None
) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isinstance(value, int | float):
        is_low_enough = value < float("inf") if below is None else value < below
        if value >= least and is_low_enough:
            return
    expected = f"a number of at least {least}"
    raise ConfigurationError(
        f"{name} of {parameters.name}",
        found=value,
        expected=expected if below is None else f"{expected} and below {below}",
    )


def _require_recursive(parameters: Parameters, least: Sequence[float]) -> None:
    """Refuse a recursive diversity without c or with a fraction for l, and a c without it."""
    is_recursive = bool(least) and parameters.l_kind == "recursive"
    if is_recursive and any(value != int(value) for value in least):
        raise ConfigurationError(
            f"l of {parameters.name}", found=parameters.l, expected="whole numbers if recursive"
        )
    if is_recursive != (parameters.c is not None):
        raise ConfigurationError(
            f"c of {parameters.name}",
            found=parameters.c,
            expected="a positive number if l_kind is 'recursive' and l is given, else null",
        )
    if parameters.c is not None:
        _require_range(parameters, "c", parameters.c, 1e-9)

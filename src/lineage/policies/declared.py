"""The policies that a project declares: their kinds, and the file that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lineage import settings
from lineage.events import Severity
from lineage.kernel import mistakes
from lineage.kernel.digest import sha256_json
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.values import JsonValue

POLICY_FILES: Final = ("policies.json", "policies.yaml", "policies.yml")

_UNSAID: Final = ("kind", "severity", "rationale")


class _Policy(BaseModel):
    """What every policy has.

    Attributes:
        severity: What a violation does: "block" refuses the release, "warn" says so.
        rationale: Why the rule is there, and who decided it; for the audit report.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    severity: Severity = "block"
    rationale: str = ""

    @property
    def required(self) -> dict[str, JsonValue]:
        """What it demands, by the names of its keys."""
        return self.model_dump(mode="json", exclude=set(_UNSAID))


class KAtLeast(_Policy):
    """Every person shares the quasi-identifiers with at least k - 1 others.

    Attributes:
        k: The least size of an equivalence class.
    """

    kind: Literal["k_at_least"]
    k: int = Field(ge=2)


class LAtLeast(_Policy):
    """Every equivalence class holds at least l values of each sensitive column.

    Attributes:
        l: The least number.
        definition: How values are counted: "distinct", or "entropy", which is exp(H).
    """

    kind: Literal["l_at_least"]
    l: float = Field(ge=1)  # noqa: E741  # the name in the literature
    definition: Literal["distinct", "entropy"] = "distinct"


class TAtMost(_Policy):
    """No equivalence class tells more than t about a sensitive column.

    Attributes:
        t: The greatest distance between its distribution in a class and in all rows, 0 to 1.
    """

    kind: Literal["t_at_most"]
    t: float = Field(ge=0, le=1)


class NoDirectIdentifier(_Policy):
    """No column comes from a direct identifier without a step that hides it.

    A column whose lineage is not known does not pass.
    """

    kind: Literal["no_direct_identifier"]


class ClassNotReleased(_Policy):
    """No column of these classes leaves unchanged.

    Attributes:
        classes: Classes or tags of columns, as the project declares them; "special_category"
            stands for all that are declared so.
    """

    kind: Literal["class_not_released"]
    classes: tuple[str, ...] = Field(min_length=1)


class EncryptionRequired(_Policy):
    """A file with a column of these classes is encrypted.

    Attributes:
        classes: As in `ClassNotReleased`; empty for every file.
    """

    kind: Literal["encryption_required"]
    classes: tuple[str, ...] = ()


class RetentionKept(_Policy):
    """No source is past the period that its dataset declares."""

    kind: Literal["retention_kept"]


class AllowedRecipients(_Policy):
    """The recipient is one of these.

    Attributes:
        recipients: Who may get a release; those whom the sources and the project declare if empty.
    """

    kind: Literal["allowed_recipients"]
    recipients: tuple[str, ...] = ()


class BudgetAtMost(_Policy):
    """The privacy budget spent on each source stays within bounds.

    Attributes:
        epsilon: The greatest sum.
        delta: The greatest sum.
    """

    kind: Literal["budget_at_most"]
    epsilon: float = Field(gt=0)
    delta: float = Field(default=0, ge=0)


class ClaimsHold(_Policy):
    """No column is said to be protected and is not, compared with its source."""

    kind: Literal["claims_hold"]


Policy: TypeAlias = Annotated[
    KAtLeast
    | LAtLeast
    | TAtMost
    | NoDirectIdentifier
    | ClassNotReleased
    | EncryptionRequired
    | RetentionKept
    | AllowedRecipients
    | BudgetAtMost
    | ClaimsHold,
    Field(discriminator="kind"),
]
"""One rule, known by its `kind`."""

_FILE: Final = TypeAdapter(dict[str, Policy])


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policies of a project.

    Attributes:
        by_name: Name to rule, in the order of the file.
        path: The file that declares them; None if there is none.
    """

    by_name: Mapping[str, Policy]
    path: Path | None = None

    DEFAULT: ClassVar[Mapping[str, Policy]] = {
        "no direct identifier": NoDirectIdentifier(
            kind="no_direct_identifier",
            rationale="holds in every project that declares no policies of its own",
        )
    }

    def to_plain(self) -> dict[str, JsonValue]:
        """Return them as JSON, without defaults."""
        plain: dict[str, JsonValue] = {}
        for name, policy in self.by_name.items():
            said = policy.model_dump(mode="json", exclude_defaults=True)
            plain[name] = {"kind": policy.kind, **said}
        return plain

    @property
    def sha256(self) -> str:
        """Digest of `to_plain`."""
        return sha256_json(self.to_plain())


def load(root: Path) -> Policies:
    """Return the policies of the project in a folder; `Policies.DEFAULT` if it declares none.

    Raises:
        ConfigurationError: There are two files, or one is unreadable or has mistakes; all are
            named.
    """
    candidates = [root / settings.CONFIG_FOLDER / name for name in POLICY_FILES]
    found = [path for path in candidates if path.is_file()]
    if not found:
        return Policies(by_name=Policies.DEFAULT)
    path, *others = found
    if others:
        raise ConfigurationError(
            "policies",
            problem=f"declared in {path.name} and in {others[0].name}",
            remedy="keep one of the two files",
        )
    try:
        declared = _FILE.validate_python(dict(settings.read_mapping(path)))
    except ValidationError as error:
        raise ConfigurationError(
            f"configuration {str(path)!r}",
            problem="; ".join(mistakes.of_error(error)),
            remedy="correct these keys; docs/how-to/release-data.md lists the kinds of policies",
        ) from None
    return Policies(by_name=declared, path=path)

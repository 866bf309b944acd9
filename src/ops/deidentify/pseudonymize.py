"""Replace values by pseudonyms: keyed hashes, or random tokens kept in a vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from lineage.kernel.secrets.derive import derive_key
from lineage.kernel.secrets.secret import SecretKey
from ops import roles
from ops.base import DataUse
from ops.data import value_texts
from ops.data.distinct import encode_distinct, gather, without_nan
from ops.data.source import DataSource
from ops.deidentify.column_transform import ListedColumnsTransform, Transformed, replace
from ops.deidentify.master_keys import MasterKey, find_master_key
from ops.deidentify.pseudonyms import CANONICAL_VERSION, canonical, pseudonyms
from ops.deidentify.vault import Vault
from ops.parameters import require_at_least
from ops.registry import register

_LEAST_BITS: Final = 128
_MOST_BITS: Final = 256
_BITS_A_BYTE: Final = 8
_NOTES: Final = {
    "hmac": "pseudonymised, not anonymous: whoever has the key can test values. A keyed hash is "
    "derived from the value, so it is no code of 45 CFR 164.514(c) (Safe Harbor)",
    "vault": "pseudonymised, not anonymous: whoever has vault and key can turn tokens back. The "
    "tokens are random, as 45 CFR 164.514(c) asks of a code",
}


@register
@dataclass(kw_only=True)
class PseudonymizeOperation(ListedColumnsTransform):
    """Replaces values by pseudonyms: equal values get equal ones in all datasets of a domain.

    Values are compared by their text in Unicode's NFKC, without white space at both ends and with
    case folded. Nulls stay null. Equal values stay equal, so that frequent ones can be guessed:
    the metric `k` says how many rows have the rarest pseudonym of a column.

    "hmac" computes the pseudonym from the value and a key, which is derived from a master key for
    domain, purpose and version: the same everywhere without a file, and not reversible without
    trying values. "vault" draws a random token and keeps the value in an encrypted file, from which
    `ops.deidentify.vault.Vault` reveals or erases it.

    The master key is that of the environment variable LINEAGE_PSEUDONYM_KEY, unless another is
    named. No parameter on record holds it.

    Attributes:
        domain: Where equal values get equal pseudonyms, such as the name of a study.
        method: "hmac" or "vault".
        purpose: What the pseudonyms are for; another purpose gives others. Only with "hmac".
        key_version: Number of the key, which the pseudonym shows: "v1-...". Only with "hmac".
        key_id: Name of the master key in the project's keyring.
        key_path: File with the master key.
        keep_case: Columns in which "Ada" and "ADA" are two values.
        bits: How long a pseudonym is, from 128 to 256, a multiple of 8. Only with "hmac".
        vault_path: The vault's file. Only with "vault".
        secret: The master key itself, for notebooks; it is never on record.

    Metrics:
        rows.before, rows.after: Rows of the dataset.
        changed: Cells that are not as they were, by column.
        distinct: Pseudonyms, by column.
        merged: Values that had another spelling of the same, by column.
        collisions: Values that share a pseudonym with another one, by column; always 0, since any
            other is an error.
        k: Rows that have the rarest pseudonym, by column; 0 without rows.

    Columns:
        columns: pseudonymization.
        every other column: identity.
    """

    done: ClassVar[str] = "pseudonymized"

    domain: str
    method: Literal["hmac", "vault"] = "hmac"
    purpose: str = "pseudonyms"
    key_version: int = 1
    key_id: str | None = None
    key_path: str | None = None
    keep_case: Sequence[str] = ()
    bits: int = _LEAST_BITS
    vault_path: str | None = None
    secret: InitVar[SecretKey | None] = None

    def __post_init__(self, secret: SecretKey | None) -> None:
        """Refuse pseudonyms that are too short, and keys that contradict each other."""
        require_at_least(self, key_version=1, bits=_LEAST_BITS)
        if self.bits > _MOST_BITS or self.bits % _BITS_A_BYTE:
            raise ConfigurationError(
                "bits of PseudonymizeOperation",
                found=self.bits,
                expected=f"a multiple of {_BITS_A_BYTE} from {_LEAST_BITS} to {_MOST_BITS}",
            )
        for name in ("domain", "purpose"):
            if not getattr(self, name):
                raise ConfigurationError(
                    f"{name} of PseudonymizeOperation", problem="empty", expected="a name"
                )
        if (self.method == "vault") != (self.vault_path is not None):
            raise ConfigurationError(
                "vault_path of PseudonymizeOperation",
                problem="missing" if self.vault_path is None else "no vault is used",
                expected='a path with method "vault", and none with another',
            )
        if sum(key is not None for key in (secret, self.key_id, self.key_path)) > 1:
            raise ConfigurationError(
                "key of PseudonymizeOperation",
                problem="named twice",
                expected="one of secret, key_id and key_path",
            )
        roles.require_columns(self, "columns")
        if secret is not None:  # what is not plain is never taken for an earlier result
            self._given = secret

    def transform(self, table: pa.Table, data_source: DataSource, task_dir: Path) -> Transformed:
        """Replace the values of the columns."""
        del data_source
        master = find_master_key(
            self.key_id,
            self.key_path,
            Path(task_dir).absolute(),
            given=getattr(self, "_given", None),
        )
        made: dict[str, pa.ChunkedArray] = {}
        metrics: dict[str, dict[str, int]] = {}
        for name in self.columns:
            made[name], measures = self._replaced(table.column(name), name, master.key)
            for measure, value in measures.items():
                metrics.setdefault(measure, {})[name] = value
        return Transformed(
            table=replace(table, made),
            effects=dict.fromkeys(made, "pseudonymization"),
            metrics=metrics,
            details=self._facts(master),
        )

    def data_use(self) -> DataUse | None:
        """Return its datasets and its files; unknown with a vault, which is neither."""
        return None if self.method == "vault" else super().data_use()

    def _facts(self, master: MasterKey) -> dict[str, object]:
        facts: dict[str, object] = {
            "method": self.method,
            "key_id": master.key_id,
            "domain": self.domain,
            "canonicalization": f"version {CANONICAL_VERSION}: NFKC, trimmed, case folded",
            "case_kept": list(self.keep_case),
            "reversible": self.method == "vault",
            "note": _NOTES[self.method],
        }
        if self.method == "vault":
            return facts | {"vault": self.vault_path}
        return facts | {
            "algorithm": "HMAC-SHA-256, key by HKDF-SHA-256",
            "purpose": self.purpose,
            "key_version": self.key_version,
            "bits": self.bits,
        }

    def _replaced(
        self, column: pa.ChunkedArray, name: str, master: SecretKey
    ) -> tuple[pa.ChunkedArray, dict[str, int]]:
        """Return a column of pseudonyms, and what is measured of it."""
        subject = f"column {name!r} of {self._subject}"
        spelled = encode_distinct(without_nan(column), subject)
        texts = value_texts.of_values(spelled.values, subject)
        forms = canonical(texts, keep_case=name in self.keep_case).dictionary_encode()
        distinct = len(forms.dictionary)
        spellings = texts
        if distinct < len(texts):
            first = np.unique(forms.indices.to_numpy(), return_index=True)[1]
            spellings = texts.take(pa.array(first))
        given = self._pseudonyms(forms.dictionary, spellings, master)
        collisions = distinct - pc.count_distinct(given).as_py()
        if collisions:
            raise AnonymizationError(
                subject,
                problem=f"{collisions:,} values share a pseudonym with another one",
                expected="one for each value",
                remedy="keep more bits",
            )
        codes = gather(forms.indices, spelled.codes)
        present = codes.drop_null().to_numpy()
        sizes = np.bincount(present) if len(present) else np.zeros(1, dtype=np.int64)
        measures = {
            "distinct": distinct,
            "merged": len(texts) - distinct,
            "collisions": collisions,
            "k": int(sizes.min()),
        }
        return gather(given, codes), measures

    def _pseudonyms(self, forms: pa.Array, spellings: pa.Array, master: SecretKey) -> pa.Array:
        if self.method == "vault":
            assert self.vault_path is not None  # noqa: S101  # seen in __post_init__
            vault = Vault(self.vault_path, master, domain=self.domain)
            found = vault.tokens(forms.to_pylist(), spellings.to_pylist())
            return pa.array(found, pa.string())
        key = derive_key(master, domain=self.domain, purpose=self.purpose, version=self.key_version)
        return pseudonyms(forms, key, version=self.key_version, bits=self.bits)

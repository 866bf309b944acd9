"""The pseudonyms of a person, computed as the operations on record made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.derive import derive_key
from lineage.project import Project
from ops.deidentify.master_keys import find_master_key
from ops.deidentify.pseudonymize import PseudonymizeOperation
from ops.deidentify.pseudonyms import canonical, pseudonyms
from ops.deidentify.vault import Vault
from projections import Catalog
from projections.privacy import holdings
from projections.privacy.holdings import MadeBy

_CLASS: Final = f"{PseudonymizeOperation.__module__}.{PseudonymizeOperation.__qualname__}"


def pseudonym_of(project: Project, catalog: Catalog, text: str, made_by: Sequence[MadeBy]) -> str:
    """Return what became of a text by steps that made pseudonyms, one after the other.

    Args:
        project: Where the keys are.
        catalog: Its catalog.
        text: The value that names the person.
        made_by: The steps; the text itself is returned without any.

    Raises:
        CipherError: A key is not here or is another one, a vault is not here, damaged or has no
            entry of the person, or a step made them in its own way.
    """
    for step in made_by:
        text = _pseudonym(project, _maker(catalog, step), text, step.column)
    return text


def _maker(catalog: Catalog, step: MadeBy) -> dict[str, Any]:
    maker = holdings.maker_of(catalog, step.run_id, step.operation)
    if maker is None or maker["class_name"] != _CLASS:
        name = "the run" if maker is None else f"operation {maker['name']!r}"
        raise CipherError(
            f"pseudonyms of column {step.column!r}", problem=f"only {name} knows how it made them"
        )
    return maker


def _pseudonym(project: Project, maker: Mapping[str, Any], text: str, column: str) -> str:
    asked = maker["parameters"]
    subject = f"pseudonyms of column {column!r}"
    master = find_master_key(asked["key_id"], asked["key_path"], project.root)
    made_with = (maker["details"] or {}).get("key_id")
    if made_with != master.key_id:
        problem = "the key that made them is not on record, or is another than the one here"
        raise CipherError(subject, problem=problem)
    form = canonical(pa.array([text]), keep_case=column in asked["keep_case"])
    if asked["method"] == "vault":
        path = project.root / asked["vault_path"]
        vault = Vault(path, master.key, domain=asked["domain"])
        token = vault.find(form[0].as_py()) if path.is_file() else None
        if token is None:
            problem = "random, and their vault has no entry of the person"
            raise CipherError(subject, problem=problem)
        return token
    key = derive_key(
        master.key,
        domain=asked["domain"],
        purpose=asked["purpose"],
        version=asked["key_version"],
    )
    made = pseudonyms(form, key, version=asked["key_version"], bits=asked["bits"])
    return str(made[0].as_py())

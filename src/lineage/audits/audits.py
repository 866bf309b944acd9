"""Audits as files: a page and a JSON document, written whole, and rebuilt byte for byte."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lineage.kernel import files
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import ConfigurationError, IntegrityError
from lineage.kernel.merkle import Frontier
from lineage.kernel.values import document_text
from lineage.policies import dictionary
from lineage.project import Project
from lineage.seals import tree_chunks
from projections.audit.document import FORMAT, build_audit
from projections.audit.facts import Scope
from projections.catalog import Catalog
from projections.pages.audit_page import audit_page

AUDIT_FOLDER: Final = "audits"
"""Where audits are, below the folder of the data."""

_HEAD: Final = re.compile(r'<meta name="privacy-lineage-audit" content="([^"]*)">')
_ODD: Final = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An audit as its two files hold it.

    Attributes:
        document: What it says.
        json_bytes: The document, as its file holds it.
        page_bytes: The page, with the digest of the document.
    """

    document: dict[str, Any]
    json_bytes: bytes
    page_bytes: bytes


def audit(project: Project, scope: Scope, *, position: int | None = None) -> Audit:
    """Return the audit of a scope.

    Args:
        project: The project.
        scope: What it is about.
        position: As of which event; of now when None, which records the data dictionary first if
            it has changed.

    Raises:
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
        MomentError: The position is outside the ledger.
    """
    if position is None:
        dictionary.declare(project)
    with project.catalog(as_of=position) as catalog:
        return of_catalog(project, catalog, scope)


def of_catalog(project: Project, catalog: Catalog, scope: Scope) -> Audit:
    """Return the audit of a scope as of the position of a catalog, with what the catalog shows.

    Raises:
        LedgerError: The history cannot be read.
    """
    root = _root(project, catalog.position)
    document = build_audit(catalog, scope, root_sha256=root)
    json_bytes = document_text(document).encode()
    page = audit_page(document, sha256_bytes(json_bytes))
    return Audit(document=document, json_bytes=json_bytes, page_bytes=page.encode())


def write(project: Project, made: Audit, target: Path | None = None) -> tuple[Path, Path]:
    """Write an audit, and return its page and its document.

    Args:
        project: The project.
        made: The audit.
        target: The page; `DATA/audits/<scope>_<position>.html` when None. The document
            gets the same name and ".json".

    Raises:
        PathRefusedError: The file belongs to the project's history.
        OSError: It cannot be written.
    """
    if target is None:
        name = f"{_file_name(made.document)}_{made.document['position']}.html"
        target = project.data_folder / AUDIT_FOLDER / name
    page, document = target.with_suffix(".html"), target.with_suffix(".json")
    for path in (target, page, document):
        project.check_target(path)
    files.make_folder(page.parent)
    files.write_bytes(document, made.json_bytes)
    files.write_bytes(page, made.page_bytes)
    return page, document


def check(project: Project, file: Path) -> dict[str, Any]:
    """Rebuild an audit from the ledger, and compare the bytes.

    Args:
        project: The project.
        file: A page or a document that `write` wrote.

    Returns:
        file, position, is_equal, and differs: the parts of the document that are not as the
        ledger says; empty if only the page differs, or nothing does.

    Raises:
        ConfigurationError: It is no audit, or cannot be read.
        LedgerError: The history cannot be read, or is shorter than the audit says.
        ProjectionError: Its catalog cannot be built.
    """
    found = _read(file)
    said = _said(file, found)
    rebuilt = audit(project, Scope(**said["scope"]), position=said["position"])
    expected = rebuilt.page_bytes if file.suffix == ".html" else rebuilt.json_bytes
    differs = []
    if expected != found and file.suffix != ".html":
        now = json.loads(rebuilt.json_bytes)
        held = json.loads(found)
        differs = sorted(key for key in {*now, *held} if now.get(key) != held.get(key))
    return {
        "file": str(file),
        "position": said["position"],
        "is_equal": expected == found,
        "differs": differs,
    }


def parse_scope(run: str | None, task: str | None, since: datetime | None) -> Scope:
    """Return a scope; a time without offset is local."""
    return Scope(
        run=run, task=task, since=None if since is None else since.astimezone().isoformat()
    )


def _root(project: Project, size: int) -> str:
    """Return the tree head over the events up to a position."""
    frontier = Frontier()
    for chunk in tree_chunks.chunks(project.ledger, until=size):
        frontier = chunk.after(frontier)
    if frontier.size != size:
        raise IntegrityError(
            "ledger", problem=f"{frontier.size:,} events", expected=f"at least {size:,}"
        )
    return frontier.root().hex()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"audit {str(file)!r}", problem=error.strerror) from error


def _said(file: Path, content: bytes) -> dict[str, Any]:
    """Return position and scope of an audit."""
    try:
        text = content.decode()
        if file.suffix == ".html":
            matched = _HEAD.search(text)
            said = json.loads(matched.group(1).replace("&#34;", '"')) if matched else {}
        else:
            said = json.loads(text)
        scope = {name: said["scope"].get(name) for name in Scope._fields}
        if said["format"] == FORMAT and isinstance(said["position"], int):
            return {"scope": scope, "position": said["position"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise ConfigurationError(
        f"audit {str(file)!r}", problem="not an audit", expected="a file that `lineage audit` wrote"
    )


def _file_name(document: dict[str, Any]) -> str:
    scope = document["scope"]
    if scope["run"] is not None:
        return f"run_{scope['run'][:8]}"
    if scope["task"] is not None:
        return _ODD.sub("-", scope["task"])
    return "all" if scope["since"] is None else f"since_{scope['since'][:10]}"

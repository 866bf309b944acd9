"""One archive for an auditor: what is on record of a run, and the means to check it without us."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from lineage.audits import audits
from lineage.events import streams
from lineage.kernel import files
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import ConfigurationError, DatasetNotFoundError, IntegrityError
from lineage.kernel.values import document_text
from lineage.policies import dictionary
from lineage.project import Project
from lineage.seals import heads, sealing, signers
from lineage.seals.heads import SealedHead
from lineage.seals.proofs import prove_events
from projections.audit.extracts import run_that_wrote, tables_as_csv
from projections.audit.facts import Scope
from projections.catalog import Catalog
from projections.dependency_graph.records import records_of
from projections.documents.run_lookup import find_run
from projections.pages import report_page
from projections.privacy.release_list import build_release_list

FORMAT: Final = "privacy-lineage bundle 1"
CONTENTS: Final = "CONTENTS.txt"
"""The signed list of all other files with their digests."""

_README: Final = "bundle_readme.txt"
_SUFFIX: Final = re.compile(r"(?:\.[A-Za-z0-9]{1,10}){0,2}", re.ASCII)
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READ_ONLY: Final = 0o100444 << 16
_LEAST_GIVEN: Final = 4
"""Characters of a release id that are enough to name it."""

_MOST_UNMARKED: Final = 1 << 30
"""Bytes of a file from which the format needs longer numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a bundle is about.

    Attributes:
        run_id: The run.
        release: The release, a document of `build_release_list`; None if a run was named.
        positions: The events that are proved, in order.
    """

    run_id: str
    release: Mapping[str, Any] | None
    positions: tuple[int, ...]

    @property
    def label(self) -> str:
        """The same in words."""
        if self.release is not None:
            return f"release {self.release['release_id']}"
        return f"run {self.run_id}"


def find_subject(project: Project, name: str) -> Subject:
    """Return the run or release that a name means.

    Args:
        project: The project.
        name: A release id or at least 4 leading characters of one, or what `find_run` takes.

    Raises:
        DatasetNotFoundError: Several releases begin like this, or no run made what was released.
        RunNotFoundError: The name is unknown or ambiguous.
        LedgerError: The history cannot be read.
    """
    with project.catalog() as catalog:
        found = [
            one
            for one in build_release_list(catalog)
            if len(name) >= _LEAST_GIVEN
            and one["release_id"].startswith(name.removeprefix("release:"))
        ]
        if len(found) > 1:
            raise DatasetNotFoundError(
                f"release {name!r}",
                problem=f"ambiguous, {len(found)} releases match",
                remedy="`lineage releases --json` has their whole ids",
            )
        release = found[0] if found else None
        run_id = find_run(catalog, name) if release is None else _run_of(catalog, release)
        named = [streams.run(run_id)]
        if release is not None:
            named.append(streams.release(release["release_id"]))
        found_at = sorted(p for name in named for p in records_of(catalog, name).positions)
    return Subject(run_id=run_id, release=release, positions=tuple(found_at))


def write_bundle(
    project: Project, subject: Subject, target: Path | None = None, *, with_data: bool = False
) -> Path:
    """Write the archive of a run or release, and return it.

    The same history gives the same bytes, with the same version of zlib. If the last signed head
    does not cover the events, a new one is signed first.

    Args:
        project: The project.
        subject: What it is about.
        target: The archive; `DATA/reports/bundle_<what>_<position>.zip` when None.
        with_data: Whether the released file is in it; otherwise its digest is.

    Raises:
        ConfigurationError: With data, and it is about a run, or nothing was published.
        IntegrityError: The ledger or the released file is not what is on record.
        PathRefusedError: The target belongs to the project's history.
        LedgerError: The history cannot be read or written.
        CipherError: The signing key, or the key of an encrypted ledger, cannot be used.
        OSError: A file cannot be read, or the archive not written.
    """
    data = _released_file(project, subject) if with_data else None
    dictionary.declare(project)
    head = _covering_head(project, subject.positions[-1])
    if target is None:
        what = subject.label.replace(" ", "_")[:16].rstrip("-")
        target = project.data_folder / "reports" / f"bundle_{what}_{head.position}.zip"
    project.check_target(target)
    contents = _files(project, subject, head, data)
    files.make_folder(target.parent)
    with files.replacing(target) as pending, zipfile.ZipFile(pending.stream, "w") as archive:
        for name, content in sorted(contents.items()):
            if isinstance(content, Path):
                _copy(archive, name, content, subject)
            else:
                archive.writestr(_entry(name), content)
    return target


def _run_of(catalog: Catalog, release: Mapping[str, Any]) -> str:
    """Return the run that made what was released."""
    run_id = run_that_wrote(catalog, release["source_uri"], release["sha256"])
    if run_id is None:
        raise DatasetNotFoundError(
            f"release {release['release_id']!r}",
            problem="no run on record made its file, so there is no lineage to hand out",
            remedy="`lineage audit` reports about the whole project",
        )
    return run_id


def _covering_head(project: Project, position: int) -> SealedHead:
    """Return the newest head, signed by the present key, that covers a position."""
    key = str(signers.signer(project).verifier_key)
    head = heads.latest(project)
    if head is None or head.size < position or head.signed.verifier_key != key:
        head = sealing.seal(project)
    if head is None or head.size < position:
        raise IntegrityError(
            f"event {position:,}",
            problem="no signed head covers it",
            remedy="`lineage verify` says what is wrong with the record",
        )
    return head


def _files(
    project: Project, subject: Subject, head: SealedHead, data: Path | None
) -> dict[str, bytes | Path]:
    """Return the files of the archive: their contents, or where the content is."""
    position = None if project.ledger.head() == head.position else head.position
    audit = audits.audit(project, Scope(run=subject.run_id), position=position)
    with project.catalog(as_of=position) as catalog:
        page = report_page(catalog, subject.run_id, "html")
    proof = prove_events(project, subject.positions, about=subject.label, with_payload=True)
    made: dict[str, bytes | Path] = {
        "audit.html": audit.page_bytes,
        "audit.json": audit.json_bytes,
        "head.txt": head.note.encode(),
        "proof.json": document_text(proof).encode(),
        "report.html": page.encode(),
        "verifier.key": f"{head.signed.verifier_key}\n".encode(),
        "verify_lineage.py": _verifier(),
        **_tables(project, subject.run_id),
    }
    if data is not None:
        made[_data_name(subject, data)] = data
    made["README.txt"] = _readme(subject, head, data).encode()
    made[CONTENTS] = signers.sign_text(project, _listed(made, subject, head)).encode()
    return made


def _listed(made: Mapping[str, bytes | Path], subject: Subject, head: SealedHead) -> str:
    lines = [
        f"{_released(subject)['sha256'] if isinstance(content, Path) else sha256_bytes(content)}"
        f"  {name}"
        for name, content in sorted(made.items())
    ]
    about = [FORMAT, f"about {subject.label}", f"head over {head.size} events {head.root_sha256}"]
    return "".join(f"{line}\n" for line in (*about, *lines))


def _tables(project: Project, run_id: str) -> dict[str, bytes]:
    """Return the tables and views that hold something of this run."""
    with project.projector.of_run(run_id) as catalog:
        tables = tables_as_csv(catalog)
    return {f"catalog/{name}.csv": text.encode() for name, text in tables.items()}


def _readme(subject: Subject, head: SealedHead, data: Path | None) -> str:
    template = resources.files(__package__).joinpath(_README).read_text("utf-8")
    released = "No release is part of this archive."
    if subject.release is not None:
        one = subject.release
        given = f"It is here as {_data_name(subject, data)}." if data else "It is not in here."
        released = (
            f"{one['release_uri'] or one['source_uri']}: {one['state']}, SHA-256\n"
            f"{one['sha256']}. {given}"
        )
    return template.format(
        about=subject.label,
        released=released,
        key=head.signed.verifier_key,
        size=head.size,
        position=head.position,
        first=subject.positions[0],
        last=subject.positions[-1],
        count=len(subject.positions),
    )


def _verifier() -> bytes:
    return resources.files("lineage.seals.standalone").joinpath("verify_lineage.py").read_bytes()


def _released(subject: Subject) -> Mapping[str, Any]:
    if subject.release is None or subject.release["state"] != "published":
        raise ConfigurationError(
            subject.label,
            problem="there is no released file to put into the archive",
            expected="a release that was published",
            remedy="`lineage releases` lists them; leave --with-data away to get the rest",
        )
    return subject.release


def _released_file(project: Project, subject: Subject) -> Path:
    path = project.root / str(_released(subject)["release_uri"])
    if path.is_dir():
        raise ConfigurationError(
            subject.label,
            problem="a set of files was released, and an archive holds one file",
            remedy="leave --with-data away, and hand over the folder; the archive has its digest",
        )
    if not path.is_file():
        raise IntegrityError(
            subject.label,
            problem="its file is not there any more",
            remedy="leave --with-data away; the archive then has the digest",
        )
    return path


def _data_name(subject: Subject, data: Path) -> str:
    suffix = "".join(data.suffixes[-2:])
    kept = suffix if _SUFFIX.fullmatch(suffix) else ""
    return f"released/{_released(subject)['release_id'][:8]}{kept}"


def _copy(archive: zipfile.ZipFile, name: str, source: Path, subject: Subject) -> None:
    """Copy the released file, and refuse one that is not what was released."""
    size = source.stat().st_size
    with (
        source.open("rb") as content,
        archive.open(_entry(name), "w", force_zip64=size >= _MOST_UNMARKED) as entry,
    ):
        stream = files.DigestingStream(entry)  # type: ignore[arg-type]  # it has write and flush
        shutil.copyfileobj(content, stream)
    if stream.sha256 != _released(subject)["sha256"]:
        raise IntegrityError(
            subject.label,
            problem="its file was changed after the release",
            remedy="`lineage verify --files` compares all files with the record",
        )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _READ_ONLY
    entry.create_system = 3  # as on Unix, wherever it is made
    return entry

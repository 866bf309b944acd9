"""Ways to change a ledger, its seals, its keys, its reports or its files: each is named.

The table of SECURITY.md has the same ids, and says of what is beyond reach how to close it.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import attacks_on_events
import attacks_on_seals
import pytest
from attack_tools import ATTACKS, Attack
from attacks_on_witnesses import Desk, open_desk
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.project import Project
from lineage.seals.sealing import seal
from lineage.seals.verification import verify
from lineage.upkeep.doctor import examine
from projections.catalog.file_states import build_file_check

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
ROW = re.compile(r"\| ([A-Z][0-9]+) \| (.+?) \| (.+?) \|")
BEYOND = re.compile(r"\| (X[0-9]+) \| .+ \| .+ \|")

assert attacks_on_seals


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A project with three runs, each sealed.

    Attributes:
        root: The project.
        earlier: A copy of it after the second run.
        head: The last head as somebody keeps it elsewhere.
        desk: A witness who has cosigned the last head.
    """

    root: Path
    earlier: Path
    head: str
    desk: Desk


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """Make the project once; tests work on copies."""
    folder = tmp_path_factory.mktemp("sealed")
    root, earlier = folder / "project", folder / "earlier"
    for run in range(3):
        with make_project(root) as project:
            assert SmallTask(CopyOperation(), project=project).run()
            head = seal(project)
            project.projector.rebuild()
        if run == 1:
            shutil.copytree(root, earlier)
    assert head is not None
    desk = open_desk(folder / "witness", root, head.note)
    return Sealed(root=root, earlier=earlier, head=head.note, desk=desk)


@pytest.fixture
def victim(sealed: Sealed, tmp_path: Path) -> Path:
    """A copy of the project to attack."""
    return Path(shutil.copytree(sealed.root, tmp_path / "project"))


def test_untouched_project_is_as_signed(sealed: Sealed, victim: Path) -> None:
    """Nothing is named where nothing was done."""
    assert _found(victim, [sealed.head], is_made=True, is_deep=True) == []


def test_untouched_project_is_cosigned(sealed: Sealed, victim: Path) -> None:
    """The witness refuses nothing where nothing was done."""
    assert sealed.desk.ask(victim) is None
    attacks_on_events.work_on(victim, runs=1)
    assert sealed.desk.ask(victim) is None


@pytest.mark.parametrize("name", [n for n, attack in ATTACKS.items() if attack.needs_witness])
def test_witness_refuses_what_the_project_does_not_show(
    sealed: Sealed, victim: Path, name: str
) -> None:
    """The project agrees with itself; whoever saw its last head does not."""
    attack = ATTACKS[name]
    attack.act(victim, sealed.earlier)

    assert _found(victim, []) == []
    refusal = sealed.desk.ask(victim)
    assert refusal is not None
    assert refusal.startswith(f"{attack.kind}: it does not continue the head of ")


@pytest.mark.parametrize("name", [n for n, attack in ATTACKS.items() if not attack.needs_witness])
def test_attack_is_named(sealed: Sealed, victim: Path, name: str) -> None:
    """What was done is found and called by its name, at its first position."""
    attack = ATTACKS[name]
    attack.act(victim, sealed.earlier)

    heads = [sealed.head] if attack.needs_head else []

    found = _found(victim, heads, is_made="file" in attack.kind, is_deep="doctor" in attack.kind)

    assert attack.kind in {kind for kind, _ in found}, found
    if attack.position is not None:
        assert (attack.kind, attack.position) in found, found


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.needs_head])
def test_head_kept_elsewhere_is_what_shows_it(sealed: Sealed, victim: Path, name: str) -> None:
    """Without it the project looks as if nothing was done: the documentation says so."""
    ATTACKS[name].act(victim, sealed.earlier)

    assert _found(victim, []) == []


def test_table_of_the_documentation_is_that_of_the_tests() -> None:
    """Each row is an attack that is tried here, or one that is said to be beyond reach."""
    text = SECURITY.read_text("utf-8")
    rows = {row[1]: (row[2], row[3]) for row in ROW.finditer(text) if row[1][0] != "X"}

    assert rows == {name: (attack.said, _named(attack)) for name, attack in ATTACKS.items()}
    assert len(rows) >= 25
    assert len(BEYOND.findall(text)) >= 4


def _named(attack: Attack) -> str:
    if attack.needs_witness:
        return f"{attack.kind}, by a witness"
    return f"{attack.kind}, by a head kept elsewhere" if attack.needs_head else attack.kind


def _found(
    root: Path, heads: list[str], *, is_made: bool = False, is_deep: bool = False
) -> list[tuple[str, int | None]]:
    """Return kinds and first positions of all that is found.

    Args:
        root: The project.
        heads: Heads that were kept elsewhere.
        is_made: Whether to look at the files, too.
        is_deep: Whether to look at catalog and documents, too.
    """
    with Project(root, is_trusted=False) as project:
        problems = verify(project, outside=heads).problems
        found = [(problem.kind, problem.position) for problem in problems]
        if is_made:
            with project.catalog() as catalog:
                changed = build_file_check(catalog, project.storage)["changed"]
            found += [(f"file {file['state']}", None) for file in changed]
        if is_deep:
            faults = [f.check for f in examine(project) if not f.is_ok]
            found += [(f"doctor: {check}", None) for check in faults]
    return found

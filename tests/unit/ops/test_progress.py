"""A tree of trackers counts, and shows itself on a terminal only."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from ops.progress import HierarchicalProgressTracker, SilentProgress, subtask


def test_tree_counts_each_part_for_itself(capfd: pytest.CaptureFixture[str]) -> None:
    """Subtasks have their own total; closing the root closes all; nothing is shown in a pipe."""
    root = HierarchicalProgressTracker(4, "All", "steps")
    child = root.create_subtask(2, "Part", "rows")
    grandchild = child.create_subtask(None, "Deeper")
    child.update(2, {"file": "a"})
    root.update()
    root.close()
    root.close()

    assert (root.done, root.fraction, child.fraction, grandchild.fraction) == (1, 0.25, 1.0, 0.0)
    assert (child.postfix, grandchild.label) == ({"file": "a"}, "    Deeper")
    assert all(tracker.is_closed for tracker in (root, child, grandchild))
    assert capfd.readouterr() == ("", "")


def test_more_steps_than_planned_are_all_done() -> None:
    """The share never exceeds one; an empty total gives zero, no error."""
    with HierarchicalProgressTracker(1) as tracker:
        tracker.update(3)
    assert (tracker.done, tracker.fraction) == (3, 1.0)
    assert HierarchicalProgressTracker(0).fraction == 0.0


def test_tracker_without_a_tree_has_silent_subtasks() -> None:
    """Any tracker will do."""
    with subtask(SilentProgress(), 3, "Part", "rows") as child:
        child.update()
    assert isinstance(child, SilentProgress)


def test_terminal_shows_a_bar_for_each_tracker() -> None:
    """What is done and how far is on standard error, and brackets are no markup."""
    script = (
        "from ops import HierarchicalProgressTracker as T\n"
        "t = T(2, 'All [bold]', 'steps'); c = t.create_subtask(3, 'Part', 'rows')\n"
        "c.update(3, {'file': 'x.csv'}); t.update(2); t.close()\n"
    )
    main, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, "-c", script], stderr=terminal, env=environment, check=True
    )
    os.close(terminal)
    shown = os.read(main, 100_000).decode()
    os.close(main)

    assert done.returncode == 0
    for text in ("All [bold]", "  Part", "2/2 steps", "3/3 rows", "file: x.csv"):
        assert text in shown

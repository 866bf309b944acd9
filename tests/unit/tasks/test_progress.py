"""Bars on a terminal, log lines elsewhere."""

from __future__ import annotations

import gc
import io
import logging
import threading

import pytest
from rich.console import Console

from lineage.tasks import TaskProgressManager, create_task_progress_manager

LOGGER = logging.getLogger("task.progress")
SHOW_CURSOR = "\x1b[?25h"


def on_terminal(total_operations: int = 1) -> tuple[TaskProgressManager, io.StringIO]:
    """Return a manager that draws on a terminal of its own, and what it drew."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    return TaskProgressManager("t_one", "test", LOGGER, total_operations, console=console), screen


def test_without_terminal_progress_is_logged_in_quarters(caplog: pytest.LogCaptureFixture) -> None:
    """An operation of 100 steps gives a log line each quarter."""
    manager = create_task_progress_manager("t_one", "test", LOGGER, 1)

    with (
        caplog.at_level(logging.INFO),
        manager.create_operation_context("load", total=100, description="Loading") as progress,
    ):
        for _ in range(50):
            progress.update(2)

    assert caplog.messages == [f"Loading: {n} of 100" for n in (26, 50, 76, 100)]


@pytest.mark.parametrize("total", [0, 1, 3])
def test_small_totals_are_logged_at_most_once_a_step(
    caplog: pytest.LogCaptureFixture, total: int
) -> None:
    """Few or no announced steps give few lines and no error."""
    manager = create_task_progress_manager("t_one", "test", LOGGER)

    with caplog.at_level(logging.INFO), manager.create_operation_context("x", total) as progress:
        for _ in range(5):
            progress.update(1, {"a": 1})

    assert len(caplog.messages) == total


def test_more_steps_than_announced_are_borne(caplog: pytest.LogCaptureFixture) -> None:
    """An operation that does more than it announced shows the announced number."""
    manager = create_task_progress_manager("t_one", "test", LOGGER)

    with caplog.at_level(logging.INFO), manager.create_operation_context("x", 4) as progress:
        progress.update(40)

    assert caplog.messages == ["x: 4 of 4"]


def test_name_stands_in_for_a_missing_description(caplog: pytest.LogCaptureFixture) -> None:
    """Without description the line begins with the operation's name."""
    manager = create_task_progress_manager("t_one", "test", LOGGER)

    with caplog.at_level(logging.INFO), manager.create_operation_context("load", 1) as progress:
        progress.update()

    assert caplog.messages == ["load: 1 of 1"]


def test_on_a_terminal_bars_are_drawn_and_nothing_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """On a terminal there is a bar with the postfix beside it, and no log line."""
    manager, screen = on_terminal()
    with (
        caplog.at_level(logging.INFO),
        manager,
        manager.create_operation_context("load", 2, "Loading") as progress,
    ):
        progress.update(2, {"stage": "chunk 1"})
        manager._progress.refresh()  # type: ignore[union-attr]  # on a terminal

    assert "Loading" in screen.getvalue()
    assert "stage=chunk 1" in screen.getvalue()
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["[/red]", "[bold]load", "a[0]", "[link=x]"])
def test_brackets_in_names_are_no_markup(name: str) -> None:
    """A name with brackets is shown as it is and breaks nothing."""
    manager, screen = on_terminal()
    with manager, manager.create_operation_context(name, 1) as progress:
        progress.update(1, {"file": name})
        manager._progress.refresh()  # type: ignore[union-attr]  # on a terminal

    assert name in screen.getvalue()
    assert f"file={name}" in screen.getvalue()


@pytest.mark.parametrize("text", ["\x1b]0;mine\x07", "\x1b[2Jx", "a\nb", "a\rb", "\u202eb"])
def test_names_and_values_steer_no_terminal(text: str) -> None:
    """What an operation is called and counts is shown, control characters as escapes."""
    manager, screen = on_terminal()

    with manager, manager.create_operation_context(text, 4) as progress:
        progress.update(1, {text: text})
        manager._progress.refresh()  # type: ignore[union-attr]  # on a terminal

    shown = text.encode("unicode_escape").decode()
    assert shown in screen.getvalue()
    assert text not in screen.getvalue()


def test_exception_passes_through_and_the_bar_goes() -> None:
    """An exception inside the context propagates and the operation counts as done."""
    manager, _ = on_terminal(total_operations=2)

    with manager, pytest.raises(ValueError, match="inside"):  # noqa: SIM117  # one thing at a time
        with manager.create_operation_context("load", 1):
            raise ValueError("inside")

    assert manager._progress is None


def test_cursor_comes_back_when_the_manager_is_forgotten() -> None:
    """A program that never closes the manager gets its cursor back all the same."""
    manager, screen = on_terminal()
    assert not screen.getvalue().endswith(SHOW_CURSOR)

    del manager
    gc.collect()

    assert SHOW_CURSOR in screen.getvalue()


def test_update_after_the_end_is_ignored() -> None:
    """A late update of an operation that is closed changes nothing."""
    manager, _ = on_terminal()
    with manager, manager.create_operation_context("load", 1) as progress:
        pass

    progress.update(1)

    assert progress.completed == 1


def test_late_update_without_a_terminal_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """An operation that goes on after its end has no line in the log."""
    manager = create_task_progress_manager("t_one", "test", LOGGER)
    with caplog.at_level(logging.INFO):
        with manager.create_operation_context("load", 1) as progress:
            pass
        progress.update(1)

    assert caplog.messages == []


def test_updates_of_many_threads_add_up() -> None:
    """No step is lost when several threads of an operation move its bar while it closes."""
    manager, _ = on_terminal()
    with manager, manager.create_operation_context("load", 8_000) as progress:
        threads = [
            threading.Thread(target=lambda: [progress.update() for _ in range(1_000)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        progress.close()
        for thread in threads:
            thread.join()

    assert progress.completed == 8_000

"""The log file of a task, and what it leaves out."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.tasks.lifecycle.task_log import LogFormatter, open_log


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger without handlers, and none left afterwards."""
    made = logging.getLogger("task.log_test")
    yield made
    for handler in made.handlers[:]:
        made.removeHandler(handler)
        handler.close()


def log_exception(logger: logging.Logger) -> None:
    """Log an exception that quotes a cell."""
    try:
        int("Zaphod")
    except ValueError:
        logger.exception("no number")


def test_line_has_time_level_and_name(logger: logging.Logger, tmp_path: Path) -> None:
    """A line says when, how grave and who."""
    open_log(logger, tmp_path / "a.log", "INFO")

    logger.info("read %d rows", 5)

    line = (tmp_path / "a.log").read_text()
    assert line.endswith(" INFO task.log_test: read 5 rows\n")
    assert line[:4].isdecimal()


def test_lines_under_the_level_are_left_out(logger: logging.Logger, tmp_path: Path) -> None:
    """The project's level decides what is written."""
    open_log(logger, tmp_path / "a.log", "WARNING")

    logger.info("detail")

    assert (tmp_path / "a.log").read_text() == ""


def test_text_that_is_no_utf8_is_escaped(logger: logging.Logger, tmp_path: Path) -> None:
    """A file name with stray bytes does not lose the line."""
    open_log(logger, tmp_path / "a.log", "INFO")

    logger.info("file %s", "a\udce4.csv")

    assert "file a\\udce4.csv" in (tmp_path / "a.log").read_text()


def test_name_that_looks_like_a_line_adds_none(logger: logging.Logger, tmp_path: Path) -> None:
    """Names of files, operations and columns are data."""
    open_log(logger, tmp_path / "a.log", "INFO")

    logger.info("file %s", "a\n2026-01-01 00:00:00,000 ERROR task.t_one: forged\x1b[2J")

    (line,) = (tmp_path / "a.log").read_text().splitlines()
    assert line.endswith(r"file a\n2026-01-01 00:00:00,000 ERROR task.t_one: forged\x1b[2J")


def test_exception_is_written_without_its_text(logger: logging.Logger, tmp_path: Path) -> None:
    """Of an exception the frames and the type are written."""
    open_log(logger, tmp_path / "a.log", "INFO")

    log_exception(logger)

    text = (tmp_path / "a.log").read_text()
    assert "no number" in text
    assert "test_task_log.py" in text
    assert "Zaphod" not in text


def test_text_that_another_handler_formatted_is_not_taken_over(logger: logging.Logger) -> None:
    """Logging keeps a formatted traceback in the record; it is neither used nor replaced."""
    frank, shy, later = io.StringIO(), io.StringIO(), io.StringIO()
    for stream, formatter in (
        (frank, logging.Formatter()),
        (shy, LogFormatter()),
        (later, logging.Formatter()),
    ):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        logger.addHandler(handler)

    log_exception(logger)

    assert "Zaphod" in frank.getvalue()
    assert "Zaphod" not in shy.getvalue()
    assert "Zaphod" in later.getvalue()

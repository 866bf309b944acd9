"""What is proposed at the cursor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lineage.cli.shell.words import Words, load_words, propose
from lineage.ledger import Ledger
from projections import Projector

COMMANDS = (".help", ".schema", ".as-of")


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Words]:
    """The words of a published catalog."""
    path = tmp_path_factory.mktemp("words") / "catalog.duckdb"
    with Ledger("memory://") as ledger, Projector(ledger, path).open() as catalog:
        yield load_words(catalog, COMMANDS)


def proposed(words: Words, text: str) -> list[str]:
    """The words that are proposed where | stands."""
    before, _, after = text.partition("|")
    return [word for word, _ in propose(words, before + after, before)[1]]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("fr|", "from"),
        ("select * from art|", "artifacts"),
        ("select * from runs join ope|", "operations"),
        ("describe exec|", "execution_log"),
        ("from runs, tas|", "tasks"),
        ("select stat| from runs", "status"),
        ("select task_|\nfrom runs", "task_id"),
        ("select r.sta| from runs r", "status"),
        ("select x.dur| from operations as x", "duration_s"),
        ("select runs.dura| from runs", "duration_s"),
        ("select count_i|", "count_if"),
        (".sch|", ".schema"),
        (".schema col|", "column_edges"),
    ],
)
def test_likely_words_come_first(words: Words, text: str, first: str) -> None:
    """Tables after from, columns of what is mentioned, of an alias its table's, else keywords."""
    assert first in proposed(words, text)[:3]


def test_alias_offers_only_its_own_columns(words: Words) -> None:
    """After a dot there are the columns of one table."""
    offered = proposed(words, "select t.| from runs r join tasks t using (task_id)")

    assert "class_name" in offered
    assert "duration_s" not in offered


def test_unknown_alias_offers_nothing(words: Words) -> None:
    """Nothing is made up."""
    assert proposed(words, "select zz.| from runs r") == []


def test_proposals_tell_what_they_mean(words: Words) -> None:
    """A table comes with its documentation."""
    typed, ((name, meaning), *_) = propose(words, "from run", "from run")

    assert typed == "run"
    assert (name, meaning) == ("runs", "One row per run, begun or refused.")


def test_each_word_is_proposed_once(words: Words) -> None:
    """A column of several tables is one word."""
    offered = proposed(words, "select run| from runs join operations using (run_id)")

    assert len(offered) == len(set(offered))

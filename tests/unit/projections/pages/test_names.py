"""Names in the sections of a report: text when written, links when served."""

from __future__ import annotations

from projections.html_table import html_table
from projections.pages import markdown
from projections.pages.cells import Code, Name, Table, file_name, linking


def test_a_written_name_is_as_if_it_were_none() -> None:
    """In a report a name is the code or the text that it shows, in HTML and in Markdown."""
    names, bare = [file_name("a<b>.csv"), Name("r", "run", ("r",))], [Code("a<b>.csv"), "r"]
    assert html_table(["x", "y"], [names]) == html_table(["x", "y"], [bare])
    tables = [Table(headings=["x", "y"], rows=[row]) for row in (names, bare)]
    assert markdown.table(tables[0]) == markdown.table(tables[1])
    assert markdown.escaped(names[0]) == markdown.escaped(bare[0])


def test_a_served_name_leads_to_its_page_within_the_context() -> None:
    """Within the context it is a link, its address escaped; after it, text."""
    name = file_name('a".csv')
    with linking(lambda kind, key: f'{kind}?"{key[0]}"'):
        shown = name.__html__()
    assert shown.startswith('<a href="file?&quot;a&quot;.csv&quot;"><bdi><code>')
    assert name.__html__() == Code('a".csv').__html__()

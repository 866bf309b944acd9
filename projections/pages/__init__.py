"""Pages: documents as HTML and Markdown that a person reads, prints and mails.

`templates/` has what all pages share (`base.html`, `style.css`, `macros.html`) and one template
per page; `environment` loads them and escapes every value. A page is a function of documents and
graphs: it queries no table itself, reads no clock and no file of the project, so the same ledger
gives the same bytes. It needs no script, no network and no other file.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from projections.pages.card import run_card as run_card
    from projections.pages.run_page import report_page as report_page

__getattr__, __dir__ = Facade(__name__, __file__).hooks

"""The page of a project: `lineage serve`, or `create_app` for any ASGI server.

A page asks the project one question and shows the document that answers it, the same that the
command line prints; its address with `.json` behind it is that document. `pages` has one module
per subject, `access` decides who may ask, `rendering` makes HTML of what they return. Everything
the browser needs is in `static`: no page asks another host for anything.

Needs the extra `privacy-lineage[web]`.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from lineage.web.access import Access as Access
    from lineage.web.app import create_app as create_app
    from lineage.web.serving import serve as serve

__getattr__, __dir__ = Facade(__name__, __file__).hooks

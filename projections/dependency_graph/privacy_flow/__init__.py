"""Personal data on its way through files: what columns are to people, and what protects them.

`search` finds what columns were made from, `roles` says what these are, `verdicts` judges what is
left of them, and `flow` and `files` write the answer about one file, or about all releases.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from projections.dependency_graph.privacy_flow.files import (
        build_privacy_flows as build_privacy_flows,
    )
    from projections.dependency_graph.privacy_flow.flow import (
        build_privacy_flow as build_privacy_flow,
    )
    from projections.dependency_graph.privacy_flow.flow import (
        dictionary_on_record as dictionary_on_record,
    )

__getattr__, __dir__ = Facade(__name__, __file__).hooks

"""Personal data on its way through files: what columns are to people, and what protects them.

`search` finds what columns were made from, `roles` says what these are, `verdicts` judges what is
left of them, and `flow` and `files` write the answer about one file, or about all releases.
"""

from projections.dependency_graph.privacy_flow.files import build_privacy_flows
from projections.dependency_graph.privacy_flow.flow import build_privacy_flow, dictionary_on_record

__all__ = ["build_privacy_flow", "build_privacy_flows", "dictionary_on_record"]

"""Documents about what a project knows and decides about personal data.

One module a document. Where the data went is in `projections.dependency_graph.privacy_flow`.
"""

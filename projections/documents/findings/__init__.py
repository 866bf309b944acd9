"""Findings: what the records of runs tell beyond themselves.

Risk and utility in words, where columns came from, one metric over time. As everywhere in
`projections.documents`, each module builds one document and knows no other.
"""

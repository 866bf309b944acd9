"""The reporter of a run, and its report as of now.

A reporter records operations, artifacts and metrics; the report is folded from the ledger, once
for each state of the run. The document itself is `projections.documents.report`; writing it to
disk is `lineage.exports`.
"""

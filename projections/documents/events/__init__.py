"""Documents about the events of the ledger themselves: one of them, or a list by time and type.

As everywhere in `projections.documents`, each module builds one document and knows no other.
"""

"""Audits as files: a page for people and a JSON document, made from the ledger alone.

`audits` writes them, and compares one that somebody holds with what the ledger says.
"""

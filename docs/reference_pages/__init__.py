"""The pages of the reference that are made from signatures, docstrings and settings.

One module a page; `docs/generate.py` writes what they return.
"""

"""The commands that prove what the history says: seals, verification, audits, and keys.

Each module is one of these topics; what they ask and do is in packages below the command line.
"""

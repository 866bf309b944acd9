"""Secrets: ciphers and keys, the formats of encrypted text and files, and redaction.

What keeps personal data and passwords out of files, events, logs and the screen. Nothing here
knows of tasks or projects, and no key is ever logged or recorded.
"""

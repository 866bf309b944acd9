"""Encryption of outputs, and the checks of paths that tasks and their users call.

Ciphers, keys and the path rules themselves are the kernel's; here are the names and settings of
the task framework. Nothing here decides where a file goes.
"""

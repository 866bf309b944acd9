"""The verifier that is handed out: one file that knows nothing of this package.

It is read, copied and run by people who do not have the rest. Nothing here may import anything but
the standard library and `cryptography`.
"""

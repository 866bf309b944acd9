"""Child processes that execute operations: starting them, their set-up, and their main loop.

A child gets an operation and its data, and hands back the result; the parent records it. A child
opens no ledger.
"""

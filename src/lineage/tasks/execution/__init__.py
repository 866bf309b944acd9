"""How operations are executed: once, again after an error, in parallel, or not at all.

The executor calls an operation, a job holds one of its attempts, the journal passes the
result to the recorder, and reuse decides whether a recorded result is still valid. Processes that
work for the executor are in `children/`. Nothing here knows of tasks or their configuration.
"""

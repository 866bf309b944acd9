"""Record a script, a notebook or a function that is no subclass of `BaseTask`.

`lineage.record`, `@lineage.task`, `@lineage.operation` and `lineage.current_run` come from here. A
recorded script is a task whose phases a context manager calls: configuration, turn, log, report,
resume and history are those of `lineage.tasks`. Nothing here writes events but through
`RunRecorder`.
"""

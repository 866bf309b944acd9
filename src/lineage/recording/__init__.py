"""Who writes the history of a run: the recorder, and the facts it makes of work.

The executor, the reporter and the execution log hand over results, files, metrics and errors;
this package turns them into commands and appends the events. It knows projects and commands, but
not tasks, so that an importer can record what happened elsewhere in the same way.
"""

"""Which tasks a project has, and how a name leads to a task class.

Discovery reads the tasks folder, the registry keeps classes by id, metadata says what a class
is, listing and config_view answer `lineage tasks` and `lineage config`. Nothing here executes
a task.
"""

"""The configuration of a task: its sources, how their values are read, and the paths it implies.

Command line, task file, environment, project file and defaults, in this order of precedence.
`recorded` gives back the configuration that a run in the ledger had. Project settings are
`lineage.settings`.
"""

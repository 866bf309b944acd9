"""The demo project: 48,842 people of the 1994 US census, ingested, profiled, anonymized.

`tasks` has its three tasks, `template` writes its settings and raw data to any folder.
"""

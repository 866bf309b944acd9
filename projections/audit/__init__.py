"""What an auditor asks of a project, answered from its history alone.

`document` puts the answers together, `facts` asks the catalog, and `checklist` says of each thing
that the law or a standard wants to see whether it is on record, and where.
"""

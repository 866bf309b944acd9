"""The cookbook: questions about the history with the SQL that answers them.

Each file `*.sql` is a topic; `cookbook` reads the questions for the shell and the documentation.
Nothing here runs a query.
"""

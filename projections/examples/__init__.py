"""The cookbook: questions to the catalog with the SQL that answers them.

A file `*.sql` is a topic; `cookbook` reads the questions for the shell and the documentation.
Nothing here asks a question itself: that is the catalog's.
"""

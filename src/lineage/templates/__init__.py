"""Project templates of `lineage init --template`: the files in `files/`, and how they are written.

One folder in `files/` is one template. Templates are what a user would write: they import only
the public packages. Nothing here opens a project.
"""

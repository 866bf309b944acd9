"""The one door by which a file becomes a release.

A file is judged by the project's policies; the decision is recorded; only then does a copy appear
in the folder of releases.
"""

"""The page of lineage: what it was asked (`question`), what it shows, what else it can show, and its
answer as a file."""

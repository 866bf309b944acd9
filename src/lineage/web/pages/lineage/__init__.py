"""The page of lineage: what it was asked, the answer, what else it can show, and its files."""

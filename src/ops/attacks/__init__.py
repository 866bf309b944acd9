"""Attack a release: how often somebody is singled out, linked, inferred or recognized.

An attack is a function on three frames: the original rows, the release made of them, and control
rows of the same population that the release was not made of. It changes nothing and writes
nothing; the operation is a module beside the attacks. What transforms data is not here.
"""

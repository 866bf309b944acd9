"""The rules by which a project judges what may leave it.

Policies are declared in `configs/policies.json` (or .yaml). Each is judged on evidence: measured
data, recorded lineage, and what the project declares. What cannot be known does not pass.
"""

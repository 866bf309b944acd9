"""Measure a dataset without changing it: equivalence classes, risk, l-diversity, t-closeness.

What transforms data is in the rooms above, which use these measures.
"""

"""Operations on whole tables: query, aggregate, join, append, split, sample, check.

They choose, combine and count rows; none of them hides a value, but aggregation hides small cells.
What changes values to protect people belongs to the rooms of anonymization.
"""

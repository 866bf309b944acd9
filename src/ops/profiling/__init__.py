"""Operations that describe data: profiles of columns, and correlations between them.

They return metrics and charts, and change nothing. They never publish values of single persons.
"""

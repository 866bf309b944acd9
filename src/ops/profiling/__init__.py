"""Operations that describe data: profiles of columns, and correlations between them.

They hand back metrics and charts, and change nothing. Values of single persons never leave.
"""

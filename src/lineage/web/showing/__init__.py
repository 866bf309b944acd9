"""What an answer may show: `showing` of one answer, `subjects` of pages, `notice` of both.

Documents are made of a catalog that withholds values, unless the event that an address names lets
this user see those of this subject now.
"""

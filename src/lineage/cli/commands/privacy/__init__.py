"""The commands about people in the data: where they are, what may leave, and what is erased.

Each module is one of these topics; what they ask and do is in packages below the command line.
"""

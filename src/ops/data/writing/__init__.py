"""What `DataWriter` is made of: rows in pieces, files and sets, figures, JSON updates, publishing.

The file formats are in `ops.data.formats`, names and places in `ops.data.placement`. Nothing here
is named by users: the writer is their interface.
"""

"""Data in and out: readers, writers, frames, and column types.

Files are read into Arrow and written from it; what each format needs is in `formats`. Nothing
here is a registered operation.
"""

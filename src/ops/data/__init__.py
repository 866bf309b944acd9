"""Data in and out: readers, writers, frames, and what the formats need.

CSV, Parquet and JSON are read into Arrow and written from it; column types are judged here.
Nothing here is a registered operation.
"""

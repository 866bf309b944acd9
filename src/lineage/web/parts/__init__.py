"""What pages are put together from: cells of tables, charts, and fields that filter a list."""

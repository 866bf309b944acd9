"""What is hashed of stored events: `encoding` says which bytes, `sqlite` reads them in bulk."""

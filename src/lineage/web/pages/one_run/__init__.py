"""The pages about one run: what it did, its steps in time, event by event, and live."""

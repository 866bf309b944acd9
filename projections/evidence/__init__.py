"""What the record can be checked against: the files that it says were written."""

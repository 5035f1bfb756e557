"""What is measured as files that anyone can open: a web page in one file, tables, plain data."""

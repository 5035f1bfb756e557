"""Everything that knows the program elastix: files, command line, output. Standard library and numpy only."""

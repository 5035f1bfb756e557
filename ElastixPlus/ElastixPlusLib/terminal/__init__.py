"""The rooms behind the command line: arguments, places for output, progress, and what each command does."""

"""What is kept of a run: enough to understand it, to cite it and to do it again."""

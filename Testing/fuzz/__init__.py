"""Readers of the library fed with hostile bytes: see run.py for how to start it."""

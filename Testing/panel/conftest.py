"""Every test in this folder may use the bench."""

from bench.fixtures import *  # noqa: F403

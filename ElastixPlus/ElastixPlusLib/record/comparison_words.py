"""What two records say about two runs, in words and as plain data."""

from __future__ import annotations

from typing import Any

from .comparison import Comparison


def comparison_lines(comparison: Comparison) -> list[str]:
    """The outcome, and below it what was different about the runs.

    >>> comparison_lines(Comparison(True, 0.0, ()))
    ['The result is the same, number for number.']
    """
    return [comparison.sentence, *(f"- {difference}" for difference in comparison.differences)]


def comparison_as_dict(comparison: Comparison) -> dict[str, Any]:
    """The outcome as plain data."""
    return {
        "identical": comparison.is_identical,
        "largest_mm": comparison.largest_mm,
        "differences": list(comparison.differences),
    }

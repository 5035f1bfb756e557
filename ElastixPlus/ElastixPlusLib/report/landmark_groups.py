"""Landmark pairs in the groups that a report never mixes: check pairs, pairs left out in turn, driving pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..accuracy.error_statistics import ErrorStatistics, error_statistics
from ..accuracy.evidence import Evidence


@dataclass(frozen=True)
class LandmarkGroup:
    """Pairs of one kind with what their distances say.

    :param key: "check", "held-out" or "drive".
    :param error: what is left at them: "TRE" or "FRE".
    :param pairs: label, distance before and distance after, in millimetres.
    """

    key: str
    title: str
    error: str
    pairs: tuple[tuple[str, float, float], ...]
    before: ErrorStatistics
    after: ErrorStatistics


def landmark_groups(evidence: Evidence) -> tuple[LandmarkGroup, ...]:
    """Every group that has pairs, those that say most about accuracy first."""
    of_role = {
        role: [(pair.label, pair.before_mm, pair.after_mm) for pair in evidence.landmarks.pairs if pair.role == role]
        for role in ("check", "drive")
    }
    held_out = evidence.held_out
    left_out = [(pair.label, pair.before_mm, pair.after_mm) for pair in held_out.pairs] if held_out else []
    method = held_out.method if held_out else ""
    candidates = (
        _group("check", "Check landmarks", "TRE", of_role["check"]),
        _group("held-out", f"Landmarks left out in turn ({method})", "TRE", left_out),
        _group("drive", "Driving landmarks", "FRE", of_role["drive"]),
    )
    return tuple(group for group in candidates if group)


def _group(key: str, title: str, error: str, pairs: Sequence[tuple[str, float, float]]) -> LandmarkGroup | None:
    before = error_statistics(np.array([was for _, was, _ in pairs], dtype=np.float64))
    after = error_statistics(np.array([now for _, _, now in pairs], dtype=np.float64))
    if before is None or after is None:
        return None
    return LandmarkGroup(key, title, error, tuple(pairs), before, after)

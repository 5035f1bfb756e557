"""Landmark distances before and after, separately for the pairs that drove and those that only checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PairError:
    """One landmark pair.

    :param role: "drive" (what is left there is an FRE) or "check" (what is left there is a TRE).
    :param before_mm: distance of the landmarks as the volumes were loaded.
    :param after_mm: distance of the mapped fixed landmark to the moving one.
    """

    label: str
    role: str
    before_mm: float
    after_mm: float


@dataclass(frozen=True)
class RoleSummary:
    """Means over the pairs of one role; None where there are none."""

    n: int
    before_mm: float | None
    after_mm: float | None


@dataclass(frozen=True)
class LandmarkReport:
    """What the landmarks say about a registration. Driving and checking pairs are never mixed."""

    pairs: tuple[PairError, ...] = ()

    def summary(self, role: str) -> RoleSummary:
        """Mean distances of the pairs with a role, "drive" or "check"."""
        chosen = [pair for pair in self.pairs if pair.role == role]
        if not chosen:
            return RoleSummary(0, None, None)
        before = float(np.mean([pair.before_mm for pair in chosen]))
        return RoleSummary(len(chosen), before, float(np.mean([pair.after_mm for pair in chosen])))


def landmark_report(
    labels: tuple[str, ...],
    drives: npt.NDArray[np.bool_],
    fixed_ras: FloatArray,
    mapped_ras: FloatArray,
    moving_ras: FloatArray,
) -> LandmarkReport:
    """Measure every pair.

    :param fixed_ras: shape (n, 3), landmarks of the fixed volume in world RAS millimetres.
    :param mapped_ras: the same landmarks after the transform from the fixed to the moving volume.
    :param moving_ras: the landmarks of the moving volume.
    """
    before = np.linalg.norm(fixed_ras - moving_ras, axis=1)
    after = np.linalg.norm(mapped_ras - moving_ras, axis=1)
    return LandmarkReport(
        tuple(
            PairError(label, "drive" if drive else "check", float(was), float(now))
            for label, drive, was, now in zip(labels, drives, before, after, strict=True)
        )
    )

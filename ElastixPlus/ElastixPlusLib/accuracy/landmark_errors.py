"""Landmark distances before and after, separately for the pairs that drove and those that only checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from .error_statistics import ErrorStatistics, error_statistics

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
        chosen = self.of_role(role)
        if not chosen:
            return RoleSummary(0, None, None)
        before = float(np.mean([pair.before_mm for pair in chosen]))
        return RoleSummary(len(chosen), before, float(np.mean([pair.after_mm for pair in chosen])))

    def of_role(self, role: str) -> tuple[PairError, ...]:
        """The pairs with a role, "drive" or "check", in their order."""
        return tuple(pair for pair in self.pairs if pair.role == role)

    def statistics(self, role: str, when: Literal["before", "after"]) -> ErrorStatistics | None:
        """Everything about the distances of the pairs with a role: "before", or what is left "after".

        :returns: FRE for "drive", TRE for "check"; None where there are no such pairs.

        >>> LandmarkReport((PairError("AC", "check", 5.0, 1.0),)).statistics("check", "after").mean_mm
        1.0
        """
        chosen = self.of_role(role)
        distances = {"before": [pair.before_mm for pair in chosen], "after": [pair.after_mm for pair in chosen]}
        return error_statistics(distances[when])

    def worst(self, role: str) -> PairError | None:
        """The pair of a role with the largest distance after; the first of several, None where there are none."""
        return max(self.of_role(role), key=lambda pair: pair.after_mm, default=None)


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

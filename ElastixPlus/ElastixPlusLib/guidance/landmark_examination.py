"""All that landmark pairs say about each other, gathered: mistakes of the whole list first, then single pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .landmark_correspondence import LikelyMistake, likely_mistake, size_ratio
from .landmark_outliers import FEWEST_PAIRS, FLOOR_MM, verdict_on_pairs
from .neighbouring_pairs import Contradiction, contradictions
from .robust_rigid_fit import RigidFit, fit_of_majority

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_FOR_SHAPE = 3
_FEWEST_FOR_SIZE = 4
_SAME_SIZE = 1.5
_POOR_FIT_MM = 10.0
_POOR_FIT_PART = 0.2


@dataclass(frozen=True)
class Examination:
    """What n landmark pairs say about each other.

    :param size_ratio: how many times as far apart the moving landmarks are; 1 where they are of about one size.
    :param mistake: one that explains why the two lists as a whole do not fit, or None.
    :param fit: the turn and shift that most pairs agree on; None for fewer than three pairs.
    :param fits_poorly: the lists do not show the same arrangement, and no mistake explains it.
    :param suspects: shape (n,); True where a pair disagrees with all others. None is one where the lists do not fit.
    :param off_mm: shape (n,), how far each pair lies from where the others expect it; NaN where that is not known.
    :param exchanged: positions of two pairs that have each other's partner; they are suspects, too.
    :param contradictions: neighbours that are no suspects, but contradict each other.
    """

    size_ratio: float
    mistake: LikelyMistake | None
    fit: RigidFit | None
    fits_poorly: bool
    suspects: BoolArray
    off_mm: FloatArray
    exchanged: tuple[tuple[int, int], ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


def examine_pairs(fixed_ras: FloatArray, moving_ras: FloatArray) -> Examination:
    """Look for mistakes of the whole list, for pairs that disagree with all others, and for neighbours that disagree.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order; all finite.

    >>> fixed = np.random.default_rng(1).uniform(-60, 60, (8, 3))
    >>> moving = fixed + [100, 0, 0]
    >>> moving[[2, 5]] = moving[[5, 2]]
    >>> examine_pairs(fixed, moving).exchanged
    ((2, 5),)
    """
    fixed = np.asarray(fixed_ras, dtype=np.float64).reshape(-1, 3)
    moving = np.asarray(moving_ras, dtype=np.float64).reshape(-1, 3)
    ratio = size_ratio(fixed, moving) if len(fixed) >= _FEWEST_FOR_SIZE else 1.0
    if not 1 / _SAME_SIZE <= ratio <= _SAME_SIZE:
        return _nothing_but(fixed, ratio=ratio)
    mistake = likely_mistake(fixed, moving)
    if mistake is None:
        return _examined(fixed, moving)
    if mistake.kind != "exchanged":
        return _nothing_but(fixed, mistake=mistake)
    one, other = mistake.moved
    found = _examined(fixed, moving[list(mistake.order)])
    suspects, off_mm = found.suspects.copy(), found.off_mm.copy()
    suspects[[one, other]], off_mm[[one, other]] = True, np.nan
    return Examination(1.0, None, found.fit, False, suspects, off_mm, ((one, other), *found.exchanged))


def _examined(fixed: FloatArray, moving: FloatArray) -> Examination:
    count = len(fixed)
    if count < FEWEST_FOR_SHAPE:
        return _nothing_but(fixed)
    fit = fit_of_majority(fixed, moving)
    if count < FEWEST_PAIRS:
        return _nothing_but(fixed, fit=fit, fits_poorly=rms_mm(fit) > FLOOR_MM)
    verdict = None if _is_poor(fixed, fit) else verdict_on_pairs(fixed, moving)
    if verdict is None:
        return _nothing_but(fixed, fit=fit, fits_poorly=True)
    found = contradictions(fixed, moving, verdict.fit, ~verdict.suspects)
    return Examination(1.0, None, verdict.fit, False, verdict.suspects, verdict.off_mm, verdict.exchanged, found)


def rms_mm(fit: RigidFit) -> float:
    """The root mean square distance that a fit leaves."""
    return math.sqrt(float((fit.left_mm**2).mean()))


def _is_poor(fixed: FloatArray, fit: RigidFit) -> bool:
    """Whether even the half of the pairs that agrees best does not agree."""
    size = math.sqrt(float(((fixed - fixed.mean(axis=0)) ** 2).mean()))
    return fit.spread_mm > max(_POOR_FIT_MM, _POOR_FIT_PART * size)


def _nothing_but(
    fixed: FloatArray,
    *,
    ratio: float = 1.0,
    mistake: LikelyMistake | None = None,
    fit: RigidFit | None = None,
    fits_poorly: bool = False,
) -> Examination:
    """An examination that accuses no single pair."""
    count = len(fixed)
    return Examination(ratio, mistake, fit, fits_poorly, np.zeros(count, dtype=np.bool_), np.full(count, np.nan))

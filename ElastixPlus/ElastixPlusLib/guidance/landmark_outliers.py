"""Landmark pairs that disagree with all others, and what they would look like with their labels exchanged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .foretold_pairs import Foretold, foretold_by_rigid, foretold_by_thin_plate
from .robust_rigid_fit import RigidFit, fit_of_majority, fit_of_trusted

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_PAIRS = 5
# Landmarks are placed to about 1 mm and volumes deform by some mm: less than this is never called wrong.
FLOOR_MM = 8.0
_FEWEST_TRUSTED = 4
_SPREADS_AT_FIRST = 4.0
_SPREADS = 3.9
_SPREADS_FOR_FEW = 3.4  # more for few pairs, whose spread is poorly known
_ROUNDS = 8
_TO_STANDARD_DEVIATION = 1.4826
_REPAIRED = 0.5


@dataclass(frozen=True)
class Verdict:
    """What n landmark pairs say about each other.

    :param suspects: shape (n,); True where a pair disagrees with all others.
    :param off_mm: shape (n,), how far each pair lies from where the others expect it.
    :param exchanged: pairs of positions in the list that agree with all others once their partners are exchanged.
    :param fit: the rigid map from fixed to moving that the pairs which agree have in common.
    :param roughness: how differently two neighbours ordinarily move, as :class:`.foretold_pairs.Foretold` scales it.
    """

    suspects: BoolArray
    off_mm: FloatArray
    exchanged: tuple[tuple[int, int], ...]
    fit: RigidFit


def verdict_on_pairs(fixed_ras: FloatArray, moving_ras: FloatArray) -> Verdict | None:
    """Find the pairs that disagree with all others.

    A pair is a suspect if it lies too far both from where a rigid fit of the others and from where a thin-plate fit of
    the others puts it: a group of pairs that a deformation has moved is understood by the second, a single one out at
    the rim, where a thin-plate fit guesses wildly, by the first. Too far means over 8 mm and over about four times what is
    ordinary at that place. Suspects have no say about others; that is repeated until nothing changes.

    Fewer than five pairs say nothing: three pairs less one leave no check of a rigid fit, and of four pairs that do not
    fit, any one could be the wrong one.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :returns: None for fewer than five pairs, or if there is no majority of pairs that agree with each other.

    >>> fixed = np.random.default_rng(1).uniform(-60, 60, (8, 3))
    >>> moving = fixed + [100, 0, 0]
    >>> moving[3] += [0, 0, 25]
    >>> np.flatnonzero(verdict_on_pairs(fixed, moving).suspects).tolist()
    [3]
    """
    count = len(fixed_ras)
    if count < FEWEST_PAIRS:
        return None
    fit = fit_of_majority(fixed_ras, moving_ras)
    middle = float(np.median(fit.left_mm))
    spread = _TO_STANDARD_DEVIATION * float(np.median(np.abs(fit.left_mm - middle)))
    trusted: BoolArray = fit.left_mm <= max(FLOOR_MM, middle + _SPREADS_AT_FIRST * spread)
    for _ in range(_ROUNDS):
        if trusted.sum() < max(_FEWEST_TRUSTED, (count + 2) // 2):
            return None
        fit = fit_of_trusted(fixed_ras, moving_ras, trusted)
        by_plate = foretold_by_thin_plate(fixed_ras, moving_ras, fit, trusted)
        most = _SPREADS + _SPREADS_FOR_FEW / float(trusted.sum())
        suspects = _too_far(foretold_by_rigid(fixed_ras, moving_ras, fit, trusted), most) & _too_far(by_plate, most)
        if np.array_equal(suspects, ~trusted):
            break
        trusted = ~suspects
    exchanged = _exchanged(fixed_ras, moving_ras, fit, ~suspects)
    off_mm = by_plate.off_mm
    for pair in exchanged:
        suspects[list(pair)] = True
    return Verdict(suspects, off_mm, exchanged, fit)


def _too_far(foretold: Foretold, most_spreads: float) -> BoolArray:
    far: BoolArray = foretold.off_mm > np.maximum(FLOOR_MM, most_spreads * foretold.deviation_mm)
    return far


def _exchanged(
    fixed_ras: FloatArray, moving_ras: FloatArray, fit: RigidFit, trusted: BoolArray
) -> tuple[tuple[int, int], ...]:
    """Pairs of pairs of which each one's moving landmark lies where the other's is expected."""
    taken_back = fit.taken_back(moving_ras)
    distances = np.linalg.norm(fixed_ras[:, np.newaxis] - taken_back[np.newaxis], axis=2)
    own = np.diag(distances)
    closer = (distances < own[:, np.newaxis]) & (own > FLOOR_MM / 2)[:, np.newaxis]
    found: list[tuple[int, int]] = []
    for one, other in np.argwhere(np.triu(closer & closer.T, 1)):
        if any(one in pair or other in pair for pair in found):
            continue
        others = trusted.copy()
        others[[one, other]] = False
        if others.sum() < _FEWEST_TRUSTED - 1:
            continue
        fit = fit_of_trusted(fixed_ras, moving_ras, others)
        foretold = foretold_by_thin_plate(fixed_ras, moving_ras, fit, others)
        before = foretold.off_mm[[one, other]]
        places = fit.taken_back(moving_ras)
        crossed = places[[other, one]] - (places - foretold.misses_mm)[[one, other]]
        after = np.linalg.norm(crossed, axis=1)
        if (before > FLOOR_MM).all() and (after < _REPAIRED * before).all() and (after < 2*FLOOR_MM).all():
            found.append((int(one), int(other)))
    return tuple(found)

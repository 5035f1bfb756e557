"""Landmark pairs that disagree with all others, and which of them agree once their partners are exchanged."""

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
_SPREADS_MORE_FOR_FEW = 3.4  # over the number of trusted pairs: the spread of few is poorly known
_ROUNDS = 8
_SPREAD_OF_DEVIATIONS = 1.4826  # from the median of absolute deviations to a standard deviation
_MOST_EXCHANGES_TRIED = 12
_REPAIRED = 0.5


@dataclass(frozen=True)
class Verdict:
    """What n landmark pairs say about each other.

    :param suspects: shape (n,); True where a pair disagrees with all others.
    :param off_mm: shape (n,), how far each pair lies from where a thin-plate fit of the others expects it.
    :param exchanged: positions of two pairs that agree with all others once they have each other's partner.
    :param fit: the rigid map from fixed to moving that the pairs have in common which are no suspects.
    """

    suspects: BoolArray
    off_mm: FloatArray
    exchanged: tuple[tuple[int, int], ...]
    fit: RigidFit


def verdict_on_pairs(fixed_ras: FloatArray, moving_ras: FloatArray) -> Verdict | None:
    """Find the pairs that disagree with all others.

    A suspect lies too far both from where a rigid fit of the others puts it and from where a thin-plate fit of the
    others puts it. The second understands pairs that a deformation has moved together, the first a single one out at
    the rim, where a thin-plate fit guesses wildly. Too far is more than 8 mm and more than about four times what is
    ordinary at that place. Suspects have no say about others; this is repeated until nothing changes, from the pairs
    that least trimmed squares, median and median absolute deviation find to agree.

    Fewer than five pairs say nothing: where four do not fit, any of them may be the wrong one, as each three of them
    fit nearly always.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :returns: None for fewer than five pairs, and if there is no majority of pairs that agree with each other.

    >>> fixed = np.random.default_rng(1).uniform(-60, 60, (8, 3))
    >>> moving = fixed + [100, 0, 0]
    >>> moving[3] += [0, 0, 25]
    >>> np.flatnonzero(verdict_on_pairs(fixed, moving).suspects).tolist()
    [3]
    """
    count = len(fixed_ras)
    if count < FEWEST_PAIRS:
        return None
    trusted = _trusted_at_first(fit_of_majority(fixed_ras, moving_ras))
    for _ in range(_ROUNDS):
        if trusted.sum() < max(_FEWEST_TRUSTED, (count + 2) // 2):
            return None
        fit = fit_of_trusted(fixed_ras, moving_ras, trusted)
        most = _SPREADS + _SPREADS_MORE_FOR_FEW / float(trusted.sum())
        by_plate = foretold_by_thin_plate(fixed_ras, moving_ras, fit, trusted)
        by_rigid = foretold_by_rigid(fixed_ras, moving_ras, fit, trusted)
        suspects = _too_far(by_rigid, most) & _too_far(by_plate, most)
        if np.array_equal(suspects, ~trusted):
            break
        trusted = ~suspects
    exchanged = _exchanged(fixed_ras, moving_ras, fit, ~suspects)
    for pair in exchanged:
        suspects[list(pair)] = True
    return Verdict(suspects, by_plate.off_mm, exchanged, fit)


def _trusted_at_first(fit: RigidFit) -> BoolArray:
    middle = float(np.median(fit.left_mm))
    spread = _SPREAD_OF_DEVIATIONS * float(np.median(np.abs(fit.left_mm - middle)))
    trusted: BoolArray = fit.left_mm <= max(FLOOR_MM, middle + _SPREADS_AT_FIRST * spread)
    return trusted


def _too_far(foretold: Foretold, most_spreads: float) -> BoolArray:
    far: BoolArray = foretold.off_mm > np.maximum(FLOOR_MM, most_spreads * foretold.deviation_mm)
    return far


def _exchanged(
    fixed_ras: FloatArray, moving_ras: FloatArray, fit: RigidFit, trusted: BoolArray
) -> tuple[tuple[int, int], ...]:
    """Positions of two pairs of which each one's moving landmark lies where the other's is expected."""
    distances = np.linalg.norm(fixed_ras[:, np.newaxis] - fit.taken_back(moving_ras)[np.newaxis], axis=2)
    own = np.diag(distances)
    closer = (distances < own[:, np.newaxis]) & (own > FLOOR_MM / 2)[:, np.newaxis]
    ones, others = np.nonzero(np.triu(closer & closer.T, 1))
    gain = own[ones] + own[others] - distances[ones, others] - distances[others, ones]
    found: list[tuple[int, int]] = []
    for place in np.argsort(-gain, kind="stable")[:_MOST_EXCHANGES_TRIED]:
        pair = (int(ones[place]), int(others[place]))
        is_new = not any(one in earlier for one in pair for earlier in found)
        if is_new and _agrees_exchanged(fixed_ras, moving_ras, pair, trusted):
            found.append(pair)
    return tuple(sorted(found))


def _agrees_exchanged(fixed_ras: FloatArray, moving_ras: FloatArray, pair: tuple[int, int], trusted: BoolArray) -> bool:
    """Whether two pairs are out of place as they are and in place with each other's partner; neither has a say."""
    one, other = pair
    witnesses = trusted.copy()
    witnesses[[one, other]] = False
    if witnesses.sum() < _FEWEST_TRUSTED - 1:
        return False
    fit = fit_of_trusted(fixed_ras, moving_ras, witnesses)
    foretold = foretold_by_thin_plate(fixed_ras, moving_ras, fit, witnesses)
    places = fit.taken_back(moving_ras)
    expected = places - foretold.misses_mm
    before = foretold.off_mm[[one, other]]
    after = np.linalg.norm(places[[other, one]] - expected[[one, other]], axis=1)
    return bool((before > FLOOR_MM).all() and (after < np.minimum(_REPAIRED * before, 2 * FLOOR_MM)).all())

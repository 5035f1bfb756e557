"""The turn and shift that most landmark pairs agree on, whatever the rest of them say."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

_MOST_TRIPLES = 300
_KEPT_TRIPLES = 8
_REFINEMENTS = 6
_FEWEST_AGREEING = 4
_RIGID_FREEDOMS = 6


@dataclass(frozen=True)
class RigidFit:
    """A rigid map, or a reflection, from fixed to moving positions in world RAS millimetres, and what it leaves.

    :param turn: shape (3, 3).
    :param shift_mm: shape (3,).
    :param left_mm: shape (n,), distance of each mapped fixed landmark to the moving one.
    :param spread_mm: what is left per direction at the pairs that the fit was made for (standard deviation).
    """

    turn: FloatArray
    shift_mm: FloatArray
    left_mm: FloatArray
    spread_mm: float

    def taken_back(self, moving_ras: FloatArray) -> FloatArray:
        """Moving positions, shape (n, 3), as they would lie in the fixed volume."""
        positions: FloatArray = (np.asarray(moving_ras) - self.shift_mm) @ self.turn
        return positions


def fit_of_majority(
    fixed_ras: FloatArray, moving_ras: FloatArray, *, mirrored: bool = False, share: float = 0.5
) -> RigidFit:
    """The rigid fit of those pairs that agree best with each other (least trimmed squares).

    Every fit of three pairs is a start, a fixed choice of 300 where there are more; the best ones are refitted to the
    pairs that they leave closest (Rousseeuw and Van Driessen 2006, doi 10.1007/s10618-005-0024-4).

    :param fixed_ras: shape (n, 3) with n >= 3; ``moving_ras`` likewise, in the same order.
    :param mirrored: fit a reflection instead of a rotation.
    :param share: how many of the pairs have to agree.

    >>> fixed = np.array([[0.0, 0, 0], [90, 0, 0], [0, 80, 0], [0, 0, 70], [60, 50, 40]])
    >>> moving = fixed + [5, 0, 0]
    >>> moving[4] += [0, 30, 0]
    >>> fit_of_majority(fixed, moving).left_mm.round(6).tolist()
    [0.0, 0.0, 0.0, 0.0, 30.0]
    """
    count = len(fixed_ras)
    agreeing = min(count, max(_FEWEST_AGREEING, math.floor(share * count) + 2))
    chosen = _triples(count)
    left = _left(*rigid_fits(fixed_ras[chosen], moving_ras[chosen], mirrored=mirrored), fixed_ras, moving_ras)
    left = left[np.argsort(_trimmed_squares(left, agreeing), kind="stable")[:_KEPT_TRIPLES]]
    for _ in range(_REFINEMENTS):
        closest = np.argsort(left, axis=1, kind="stable")[:, :agreeing]
        turns, shifts = rigid_fits(fixed_ras[closest], moving_ras[closest], mirrored=mirrored)
        left = _left(turns, shifts, fixed_ras, moving_ras)
    squares = _trimmed_squares(left, agreeing)
    best = int(np.argmin(squares))
    return RigidFit(turns[best], shifts[best], left[best], _spread(float(squares[best]), agreeing))


def fit_of_trusted(fixed_ras: FloatArray, moving_ras: FloatArray, trusted: BoolArray) -> RigidFit:
    """The least-squares rigid fit of chosen pairs, and what it leaves at all of them.

    :param trusted: shape (n,), at least three True.
    """
    turns, shifts = rigid_fits(fixed_ras[trusted][np.newaxis], moving_ras[trusted][np.newaxis])
    left = _left(turns, shifts, fixed_ras, moving_ras)[0]
    return RigidFit(turns[0], shifts[0], left, _spread(float((left[trusted] ** 2).sum()), int(trusted.sum())))


def spreads_of_orders(fixed_ras: FloatArray, moving_ras: FloatArray, orders: IntArray) -> FloatArray:
    """What least-squares rigid fits leave per direction for several ways to pair two lists; shape (orders,).

    :param orders: shape (orders, n), for each fixed landmark the position of its moving partner.
    """
    moving = moving_ras[orders]
    fixed = np.broadcast_to(fixed_ras, moving.shape)
    turns, shifts = rigid_fits(fixed, moving)
    left = fixed @ np.swapaxes(turns, 1, 2) + shifts[:, np.newaxis] - moving
    freedoms = max(3 * len(fixed_ras) - _RIGID_FREEDOMS, 1)
    spreads: FloatArray = np.sqrt((left**2).sum(axis=(1, 2)) / freedoms)
    return spreads


def _triples(count: int) -> IntArray:
    if math.comb(count, 3) <= _MOST_TRIPLES:
        return np.array(list(itertools.combinations(range(count), 3)), dtype=np.intp)
    # A seed of its own: the same landmarks always get the same answer.
    return np.argsort(np.random.default_rng(0).random((_MOST_TRIPLES, count)), axis=1)[:, :3]


def rigid_fits(fixed: FloatArray, moving: FloatArray, *, mirrored: bool = False) -> tuple[FloatArray, FloatArray]:
    """Many least-squares fits at once (Umeyama 1991, doi 10.1109/34.88573).

    :param fixed: shape (fits, pairs, 3); ``moving`` likewise.
    :returns: turns of shape (fits, 3, 3) and shifts of shape (fits, 3).
    """
    fixed_mean, moving_mean = fixed.mean(axis=1), moving.mean(axis=1)
    covariance = np.swapaxes(moving - moving_mean[:, np.newaxis], 1, 2) @ (fixed - fixed_mean[:, np.newaxis])
    left, _, right = np.linalg.svd(covariance)
    wrong_side = np.linalg.det(left @ right) > 0 if mirrored else np.linalg.det(left @ right) < 0
    left[wrong_side, :, 2] *= -1
    turns: FloatArray = left @ right
    return turns, moving_mean - np.einsum("kij,kj->ki", turns, fixed_mean)


def _left(turns: FloatArray, shifts: FloatArray, fixed_ras: FloatArray, moving_ras: FloatArray) -> FloatArray:
    mapped = np.einsum("kij,nj->kni", turns, fixed_ras) + shifts[:, np.newaxis]
    left: FloatArray = np.linalg.norm(mapped - moving_ras, axis=2)
    return left


def _trimmed_squares(left: FloatArray, agreeing: int) -> FloatArray:
    squares: FloatArray = (np.partition(left, agreeing - 1, axis=1)[:, :agreeing] ** 2).sum(axis=1)
    return squares


def _spread(squares: float, count: int) -> float:
    return math.sqrt(squares / max(3 * count - _RIGID_FREEDOMS, 1))

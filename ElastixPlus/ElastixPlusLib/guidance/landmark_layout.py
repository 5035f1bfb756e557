"""What the arrangement of landmarks can determine, and what not, whatever their partners are."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from .initial_alignment import flatness
from .robust_rigid_fit import rigid_fits

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

FEWEST_FOR_TURN = 3
FEWEST_FOR_AFFINE = 4
NEARLY_FLAT = 0.01
SAME_PLACE_MM = 5.0
_PLACED_TO_MM = 3.0
_MOST_FOR_SYMMETRY = 40
_LEAST_TURN_DEGREES = 15.0


def farthest_apart_mm(points: FloatArray) -> float:
    """The largest distance between two of n points of shape (n, 3); 0 for fewer than two.

    >>> farthest_apart_mm(np.array([[0.0, 0, 0], [3, 4, 0], [0, 1, 0]]))
    5.0
    """
    if len(points) == 0:
        return 0.0
    return float(np.linalg.norm(points[:, np.newaxis] - points[np.newaxis], axis=2).max())


def error_at_reach(points_ras: FloatArray, reach_mm: float) -> float:
    """By how much an error of 1 mm in placing landmarks is off at a distance from their middle, after a rigid start.

    Fitzpatrick, West and Maurer 1998 (doi 10.1109/42.736021), in the direction in which it is largest.

    :param points_ras: shape (n, 3) with n >= 3.
    :returns: expected error in mm for 1 mm; infinity for landmarks on one line or at one place.

    >>> round(error_at_reach(np.array([[50.0, 0, 0], [-50, 0, 0], [0, 50, 0], [0, -50, 0]]), 0), 2)
    0.5
    """
    points = np.asarray(points_ras, dtype=np.float64)
    if flatness(points)[0] < NEARLY_FLAT:
        return math.inf
    along = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2 / len(points)
    around = along.sum() - along  # mean square distance from each of the three axes
    rise = (1 / around).sum() - (1 / around).min()
    return math.sqrt((1 + reach_mm**2 * float(rise) / 3) / len(points))


def self_fit_degrees(points_ras: FloatArray) -> float | None:
    """The smallest turn by which landmarks fall on each other again, each on another, within 3 mm.

    :param points_ras: shape (n, 3); more than 40 landmarks are not looked at: no one places so many in a pattern.
    :returns: the angle; None if there is no such turn.

    >>> round(self_fit_degrees(np.array([[50.0, 0, 0], [-50, 0, 0], [0, 50, 0], [0, -50, 0]])))
    90
    """
    points = np.asarray(points_ras, dtype=np.float64)
    if not FEWEST_FOR_TURN <= len(points) <= _MOST_FOR_SYMMETRY or flatness(points)[0] < NEARLY_FLAT:
        return None
    base = _wide_triple(points)
    targets = _congruent_triples(points, base)
    turns, shifts = rigid_fits(np.broadcast_to(points[base], (len(targets), 3, 3)), points[targets])
    found = []
    for turn, shift in zip(turns, shifts, strict=True):
        degrees = turn_degrees(turn)
        if degrees < _LEAST_TURN_DEGREES:
            continue
        distances = np.linalg.norm((points @ turn.T + shift)[:, np.newaxis] - points[np.newaxis], axis=2)
        nearest = distances.argmin(axis=1)
        if distances.min(axis=1).max() <= _PLACED_TO_MM and len(set(nearest.tolist())) == len(points):
            found.append(degrees)
    return min(found, default=None)


def turn_degrees(turn: FloatArray) -> float:
    """The angle of a rotation matrix.

    >>> round(turn_degrees(np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])))
    90
    """
    return math.degrees(math.acos(min(1.0, max(-1.0, (float(np.trace(turn)) - 1) / 2))))


def at_driving_pair(fixed_ras: FloatArray, drives: BoolArray) -> BoolArray:
    """Which check pairs lie within 5 mm of a driving one, and so learn nothing that the run was not told.

    :param fixed_ras: shape (n, 3), world RAS millimetres.
    :param drives: shape (n,).
    :returns: shape (n,); False for driving pairs.
    """
    beside = np.zeros(len(fixed_ras), dtype=np.bool_)
    if drives.any() and not drives.all():
        distances = np.linalg.norm(fixed_ras[~drives][:, np.newaxis] - fixed_ras[drives][np.newaxis], axis=2)
        beside[~drives] = distances.min(axis=1) < SAME_PLACE_MM
    return beside


def _wide_triple(points: FloatArray) -> IntArray:
    """Three landmarks far apart and far from one line."""
    first = int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmax())
    second = int(np.linalg.norm(points - points[first], axis=1).argmax())
    line = (points[second] - points[first]) / np.linalg.norm(points[second] - points[first])
    arms = points - points[first]
    third = int(np.linalg.norm(arms - np.outer(arms @ line, line), axis=1).argmax())
    return np.array([first, second, third])


def _congruent_triples(points: FloatArray, base: IntArray) -> IntArray:
    """All ordered triples with the side lengths of one; shape (m, 3)."""
    apart = np.linalg.norm(points[:, np.newaxis] - points[np.newaxis], axis=2)
    sides = [apart[base[one], base[other]] for one, other in itertools.combinations(range(3), 2)]
    first, second, third = (np.abs(apart - side) <= 2 * _PLACED_TO_MM for side in sides)
    alike = first[:, :, np.newaxis] & second[:, np.newaxis, :] & third[np.newaxis, :, :]
    one, two, three = np.indices(alike.shape)
    alike &= (one != two) & (two != three) & (one != three)
    return np.argwhere(alike)

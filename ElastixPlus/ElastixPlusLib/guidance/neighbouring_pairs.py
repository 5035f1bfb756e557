"""Neighbouring landmark pairs of which each may be right, but not both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .robust_rigid_fit import RigidFit

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Twice two landmarks, each placed to about 1 mm, differ by 8 mm or more once in a thousand neighbours.
_FLOOR_MM = 8.0


@dataclass(frozen=True)
class Contradiction:
    """Two pairs that contradict each other.

    :param pairs: their positions in the list.
    :param fixed_apart_mm: how far apart they are in the fixed volume; ``moving_apart_mm`` likewise.
    :param shifts_differ_mm: how differently the two move, turn and shift of the whole taken out.
    """

    pairs: tuple[int, int]
    fixed_apart_mm: float
    moving_apart_mm: float
    shifts_differ_mm: float


def contradictions(
    fixed_ras: FloatArray, moving_ras: FloatArray, fit: RigidFit, considered: BoolArray
) -> tuple[Contradiction, ...]:
    """Neighbours that move more differently than they are apart.

    A smooth deformation moves neighbours alike. Where two shifts differ by more than the distance of the two, one
    landmark would have to overtake the other (the volume folds), or tissue between them to be stretched to its double
    or squeezed to nothing.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise.
    :param fit: what all pairs have in common, as :func:`.landmark_outliers.verdict_on_pairs` finds it.
    :param considered: shape (n,); True for pairs that are not suspects anyway.
    :returns: the most different ones first, each pair in one at most.

    >>> from .robust_rigid_fit import fit_of_majority
    >>> fixed = np.array([[0.0, 0, 0], [80, 0, 0], [0, 80, 0], [0, 0, 80], [6, 0, 0]])
    >>> moving = fixed - [0, 0, 0] + np.array([[0.0, 0, 0]] * 4 + [[-12, 0, 0]])
    >>> contradictions(fixed, moving, fit_of_majority(fixed, moving), np.ones(5, dtype=bool))[0].pairs
    (0, 4)
    """
    shifts = fit.taken_back(moving_ras) - fixed_ras
    one, other = np.triu_indices(len(fixed_ras), 1)
    fixed_apart = np.linalg.norm(fixed_ras[one] - fixed_ras[other], axis=1)
    moving_apart = np.linalg.norm(moving_ras[one] - moving_ras[other], axis=1)
    differ = np.linalg.norm(shifts[one] - shifts[other], axis=1)
    contradict = considered[one] & considered[other]
    contradict &= differ > np.maximum(_FLOOR_MM, np.minimum(fixed_apart, moving_apart))
    found: list[Contradiction] = []
    taken: set[int] = set()
    for place in np.argsort(-differ, kind="stable"):
        pair = (int(one[place]), int(other[place]))
        if contradict[place] and not taken & set(pair):
            taken |= set(pair)
            found.append(
                Contradiction(pair, float(fixed_apart[place]), float(moving_apart[place]), float(differ[place]))
            )
    return tuple(found)

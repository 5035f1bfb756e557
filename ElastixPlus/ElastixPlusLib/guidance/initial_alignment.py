"""The position to start from: a linear map from the fixed to the moving volume, in world RAS millimetres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import LandmarkError

FloatArray = npt.NDArray[np.float64]

FEWEST_PAIRS = 3
_NEARLY_FLAT = 0.01


def center_alignment(fixed_center_ras: FloatArray, moving_center_ras: FloatArray) -> FloatArray:
    """The shift that takes the centre of the fixed volume to the centre of the moving volume.

    :param fixed_center_ras: shape (3,), world RAS millimetres; ``moving_center_ras`` likewise.
    :returns: matrix of shape (4, 4).
    """
    matrix = np.eye(4)
    matrix[:3, 3] = np.asarray(moving_center_ras) - np.asarray(fixed_center_ras)
    return matrix


def rigid_alignment(fixed_ras: FloatArray, moving_ras: FloatArray) -> FloatArray:
    """The rotation and shift that bring fixed landmarks closest to the moving ones in the least-squares sense.

    Arun, Huang, Blostein 1987 with the correction against reflections of Umeyama 1991 (doi 10.1109/34.88573).

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :returns: matrix of shape (4, 4) that maps fixed to moving positions.
    :raises LandmarkError: fewer than 3 pairs, or landmarks on one line, around which the rotation would be arbitrary.

    >>> square = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0]])
    >>> rigid_alignment(square, square + [5, 0, 0])[:3, 3].round(9).tolist()
    [5.0, 0.0, 0.0]
    """
    fixed_ras, moving_ras = np.asarray(fixed_ras, dtype=np.float64), np.asarray(moving_ras, dtype=np.float64)
    if len(fixed_ras) < FEWEST_PAIRS:
        raise LandmarkError(
            f"A start from landmarks needs at least {FEWEST_PAIRS} driving pairs, there are {len(fixed_ras)}.",
            "Place more landmarks, or start from the centres of the volumes.",
        )
    for side, points in (("fixed", fixed_ras), ("moving", moving_ras)):
        if flatness(points)[0] < _NEARLY_FLAT:
            raise LandmarkError(
                f"The {side} landmarks lie on one line, so the rotation about it is not determined.",
                "Place at least one more landmark to the side of the others, or start from the centres of the volumes.",
            )
    fixed_mean, moving_mean = fixed_ras.mean(axis=0), moving_ras.mean(axis=0)
    covariance = (moving_ras - moving_mean).T @ (fixed_ras - fixed_mean)
    left, _, right = np.linalg.svd(covariance)
    no_reflection = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    matrix = np.eye(4)
    matrix[:3, :3] = left @ no_reflection @ right
    matrix[:3, 3] = moving_mean - matrix[:3, :3] @ fixed_mean
    return matrix


def flatness(points: FloatArray) -> tuple[float, float]:
    """How far points spread across their longest direction: second and third extent relative to the first.

    :param points: shape (n, 3).
    :returns: the first is 0 for points on one line, the second is 0 for points in one plane; (0, 0) if all coincide.

    >>> flatness(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]))[1] < 1e-12
    True
    """
    extents = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    extents = np.pad(extents, (0, 3 - len(extents)))
    if extents[0] <= 0:
        return 0.0, 0.0
    return float(extents[1] / extents[0]), float(extents[2] / extents[0])


def is_coplanar(points: FloatArray) -> bool:
    """Whether landmarks lie in one plane, as three always do; a rigid start is determined, but less well checked."""
    return flatness(points)[1] < _NEARLY_FLAT

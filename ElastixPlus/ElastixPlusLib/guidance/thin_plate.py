"""A thin plate through landmark pairs: exact at the landmarks, and between them bent as little as possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import LandmarkError
from .initial_alignment import require_space

FloatArray = npt.NDArray[np.float64]

_SAME_PLACE_MM = 1e-3


@dataclass(frozen=True)
class ThinPlate:
    """The map p -> affine(p) + sum_i weights_i |p - centers_i|, from fixed to moving positions.

    :param centers_ras: shape (n, 3), the fixed landmarks in world RAS millimetres.
    :param weights: shape (n, 3), without unit; they sum to zero, as do their moments, so that the bending fades far
        away and an affine map remains.
    :param affine: shape (4, 4).
    """

    centers_ras: FloatArray
    weights: FloatArray
    affine: FloatArray

    def map(self, points_ras: FloatArray) -> FloatArray:
        """Where fixed positions of shape (n, 3) lie in the moving volume."""
        points = np.asarray(points_ras, dtype=np.float64).reshape(-1, 3)
        mapped: FloatArray = points @ self.affine[:3, :3].T + self.affine[:3, 3]
        for center, weight in zip(self.centers_ras, self.weights, strict=True):
            mapped += np.linalg.norm(points - center, axis=1)[:, np.newaxis] * weight
        return mapped


def fit_thin_plate(fixed_ras: FloatArray, moving_ras: FloatArray, smoothing_mm: float = 0.0) -> ThinPlate:
    """The map f that makes sum_i |f(fixed_i) - moving_i|^2 + smoothing / (8 pi) * bending energy of f smallest.

    The bending energy is the integral over space of the squared second derivatives; its kernel in three dimensions is
    the distance r (Bookstein 1989, doi 10.1109/34.24792; Wahba 1990, Spline Models for Observational Data, 2.4).
    Without smoothing, the map is that of ``vtkThinPlateSplineTransform`` with the basis R.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :param smoothing_mm: 0 meets every landmark; a landmark is missed by this times its weight, and the larger it is,
        the closer the map is to the affine fit.
    :raises LandmarkError: fewer than 4 pairs, landmarks nearly in one plane, or two fixed landmarks at one place.

    >>> corners = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10], [10, 10, 10]])
    >>> plate = fit_thin_plate(corners, corners + [5, 0, 0])
    >>> plate.map(np.array([[2.0, 3, 4]])).round(9).tolist()
    [[7.0, 3.0, 4.0]]
    """
    fixed_ras, moving_ras = _usable(fixed_ras, moving_ras, smoothing_mm)
    middle, size_mm = _frame(fixed_ras)
    solution: FloatArray = np.asarray(np.linalg.solve(_system(fixed_ras, smoothing_mm), _right_side(moving_ras)))
    affine = np.eye(4)
    affine[:3, :3] = solution[-3:].T / size_mm
    affine[:3, 3] = solution[-4] - affine[:3, :3] @ middle
    return ThinPlate(fixed_ras, -solution[:-4] / size_mm, affine)


def leave_one_out_mm(fixed_ras: FloatArray, moving_ras: FloatArray, smoothing_mm: float = 0.0) -> FloatArray:
    """How far each moving landmark lies from where the thin plate through all *other* pairs puts it.

    In closed form: the weight of a pair divided by its element on the diagonal of the inverse system (Rippa 1999,
    doi 10.1023/A:1018975909870); the same as fitting n times.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, in the same order.
    :returns: shape (n,), millimetres in the moving volume; NaN for a pair without which the others do not determine
        the fit.
    :raises LandmarkError: as :func:`fit_thin_plate`.
    """
    fixed_ras, moving_ras = _usable(fixed_ras, moving_ras, smoothing_mm)
    inverse = np.linalg.inv(_system(fixed_ras, smoothing_mm))
    weights = (inverse @ _right_side(moving_ras))[:-4]
    misses: FloatArray = np.linalg.norm(weights, axis=1) / np.abs(np.diag(inverse)[:-4])
    for index in range(len(fixed_ras)):
        try:
            require_space("thin-plate", np.delete(fixed_ras, index, axis=0), np.delete(moving_ras, index, axis=0))
        except LandmarkError:
            misses[index] = np.nan
    return misses


def _usable(fixed_ras: FloatArray, moving_ras: FloatArray, smoothing_mm: float) -> tuple[FloatArray, FloatArray]:
    fixed_ras = np.asarray(fixed_ras, dtype=np.float64).reshape(-1, 3)
    moving_ras = np.asarray(moving_ras, dtype=np.float64).reshape(-1, 3)
    require_space("thin-plate", fixed_ras, moving_ras)
    if smoothing_mm <= 0:
        _require_apart(fixed_ras)
    return fixed_ras, moving_ras


def _frame(fixed_ras: FloatArray) -> tuple[FloatArray, float]:
    """Middle and size of the landmarks: in these units the system is well conditioned."""
    middle = fixed_ras.mean(axis=0)
    return middle, float(np.abs(fixed_ras - middle).max())


def _system(fixed_ras: FloatArray, smoothing_mm: float) -> FloatArray:
    count = len(fixed_ras)
    middle, size_mm = _frame(fixed_ras)
    system = np.zeros((count + 4, count + 4))
    distances_mm = np.linalg.norm(fixed_ras[:, np.newaxis] - fixed_ras[np.newaxis], axis=2)
    # The distance with a minus sign is the kernel that is positive definite under the side conditions.
    system[:count, :count] = (smoothing_mm * np.eye(count) - distances_mm) / size_mm
    system[:count, count] = system[count, :count] = 1.0
    system[:count, count + 1 :] = (fixed_ras - middle) / size_mm
    system[count + 1 :, :count] = system[:count, count + 1 :].T
    return system


def _right_side(moving_ras: FloatArray) -> FloatArray:
    return np.vstack([moving_ras, np.zeros((4, 3))])


def _require_apart(fixed_ras: FloatArray) -> None:
    distances_mm = np.linalg.norm(fixed_ras[:, np.newaxis] - fixed_ras[np.newaxis], axis=2)
    distances_mm += np.diag(np.full(len(fixed_ras), np.inf))
    index = int(np.argmin(distances_mm.min(axis=1)))
    if distances_mm[index].min() < _SAME_PLACE_MM:
        place = ", ".join(f"{value:.1f}" for value in fixed_ras[index])
        raise LandmarkError(
            f"Two of the fixed landmarks lie at the same place ({place} mm, RAS), which a thin-plate fit cannot take "
            "to two places.",
            "Remove one of them, or use a rigid fit.",
        )

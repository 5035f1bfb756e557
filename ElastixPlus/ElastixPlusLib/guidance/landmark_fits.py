"""Registration from landmarks alone, without looking at grey values: rigid, similarity, affine, and two that bend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import LandmarkError
from ..grid import Grid
from . import thin_plate
from .initial_alignment import (
    FEWEST_PAIRS,
    FEWEST_PAIRS_IN_SPACE,
    affine_alignment,
    rigid_alignment,
    similarity_alignment,
)
from .spline_field import SplineField
from .spline_fit import fit_spline
from .thin_plate import ThinPlate, fit_thin_plate

FloatArray = npt.NDArray[np.float64]

FitKind = Literal["rigid", "similarity", "affine", "thin-plate", "bspline"]

_DIFFERENCE_MM = 0.01


@dataclass(frozen=True)
class LandmarkFit:
    """A map from the fixed to the moving volume that was made of landmark pairs; see :func:`fit_landmarks`.

    :param kind: how it may bend.
    :param fixed_ras: shape (n, 3), the landmarks it was made of in world RAS millimetres; ``moving_ras`` likewise.
    :param linear: shape (4, 4), for "rigid", "similarity" and "affine" all of it, for "bspline" what follows the
        displacements of ``spline``; identity for "thin-plate".
    :param plate: all of a "thin-plate".
    :param spline: displacements in the fixed volume, for "bspline"; they act before ``linear``.
    """

    kind: FitKind
    fixed_ras: FloatArray
    moving_ras: FloatArray
    linear: FloatArray
    plate: ThinPlate | None = None
    spline: SplineField | None = None

    def map(self, points_ras: FloatArray) -> FloatArray:
        """Where fixed positions of shape (n, 3) lie in the moving volume, world RAS millimetres."""
        points = np.asarray(points_ras, dtype=np.float64).reshape(-1, 3)
        if self.plate is not None:
            return self.plate.map(points)
        if self.spline is not None:
            points = self.spline.map(points)
        return _mapped(self.linear, points)

    @property
    def fre_mm(self) -> FloatArray:
        """What is left at the landmarks that made the fit; shape (n,). Always 0 for "thin-plate", which says nothing
        about the places between them: see :func:`leave_one_out_mm`.
        """
        left: FloatArray = np.linalg.norm(self.map(self.fixed_ras) - self.moving_ras, axis=1)
        return left


def fewest_pairs(kind: FitKind) -> int:
    """How many pairs a fit needs at least.

    >>> fewest_pairs("rigid"), fewest_pairs("thin-plate")
    (3, 4)
    """
    return FEWEST_PAIRS if kind in ("rigid", "similarity") else FEWEST_PAIRS_IN_SPACE


def fit_landmarks(
    kind: FitKind, fixed_ras: FloatArray, moving_ras: FloatArray, region: Grid, spacing_mm: float | None = None
) -> LandmarkFit:
    """Find the map from the fixed to the moving volume that landmark pairs ask for.

    "rigid", "similarity" and "affine" are least-squares fits. "thin-plate" meets every landmark, and goes on as an
    affine map far away from them. "bspline" is the rigid fit and on top of it a smooth, fold-free deformation, which
    comes close to the landmarks as far as they agree with each other, and fades away far from them.

    :param fixed_ras: shape (n, 3), driving landmarks in world RAS millimetres; ``moving_ras`` likewise, in the same
        order.
    :param region: where "bspline" may bend: the voxels of the fixed volume.
    :param spacing_mm: distance of the control points of "bspline"; None chooses it by the landmarks.
    :raises LandmarkError: the landmarks do not determine the fit.

    >>> corners = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]])
    >>> fit = fit_landmarks("similarity", corners, 2 * corners, Grid((11, 11, 11), np.eye(4)))
    >>> fit.map(np.array([[1.0, 2, 3]])).round(9).tolist()
    [[2.0, 4.0, 6.0]]
    """
    fixed_ras = np.asarray(fixed_ras, dtype=np.float64).reshape(-1, 3)
    moving_ras = np.asarray(moving_ras, dtype=np.float64).reshape(-1, 3)
    if kind == "thin-plate":
        return LandmarkFit(kind, fixed_ras, moving_ras, np.eye(4), plate=fit_thin_plate(fixed_ras, moving_ras))
    if kind == "bspline":
        return _bspline_fit(fixed_ras, moving_ras, region, spacing_mm)
    linear = {"rigid": rigid_alignment, "similarity": similarity_alignment, "affine": affine_alignment}[kind]
    return LandmarkFit(kind, fixed_ras, moving_ras, linear(fixed_ras, moving_ras))


def leave_one_out_mm(
    kind: FitKind, fixed_ras: FloatArray, moving_ras: FloatArray, region: Grid, spacing_mm: float | None = None
) -> FloatArray:
    """How far each moving landmark lies from where a fit to all *other* pairs puts it.

    It says how well the fit holds where no landmark is, which what is left at the landmarks does not. The parameters
    are those of :func:`fit_landmarks`.

    :returns: shape (n,), millimetres; NaN for a pair without which the others do not determine the fit.
    :raises LandmarkError: all pairs together do not determine the fit.
    """
    fixed_ras = np.asarray(fixed_ras, dtype=np.float64).reshape(-1, 3)
    moving_ras = np.asarray(moving_ras, dtype=np.float64).reshape(-1, 3)
    if kind == "thin-plate":
        return thin_plate.leave_one_out_mm(fixed_ras, moving_ras)
    fit_landmarks(kind, fixed_ras, moving_ras, region, spacing_mm)
    misses = np.full(len(fixed_ras), np.nan)
    for index in range(len(fixed_ras)):
        others = np.arange(len(fixed_ras)) != index
        try:
            fit = fit_landmarks(kind, fixed_ras[others], moving_ras[others], region, spacing_mm)
        except LandmarkError:
            continue
        misses[index] = np.linalg.norm(fit.map(fixed_ras[index]) - moving_ras[index])
    return misses


def volume_factors(fit: LandmarkFit, points_ras: FloatArray) -> FloatArray:
    """By how much a fit stretches small volumes at positions of shape (n, 3): its Jacobian determinant, shape (n,).

    0 or less where it folds space, which landmarks that are close to each other and disagree do to a thin plate.
    """
    points = np.asarray(points_ras, dtype=np.float64).reshape(-1, 3)
    steps = _DIFFERENCE_MM * np.eye(3)
    columns = [(fit.map(points + step) - fit.map(points - step)) / (2 * _DIFFERENCE_MM) for step in steps]
    factors: FloatArray = np.linalg.det(np.stack(columns, axis=-1))
    return factors


def _bspline_fit(fixed_ras: FloatArray, moving_ras: FloatArray, region: Grid, spacing_mm: float | None) -> LandmarkFit:
    count, fewest = len(fixed_ras), fewest_pairs("bspline")
    if FEWEST_PAIRS <= count < fewest:
        raise LandmarkError(
            f"A B-spline fit to the landmarks needs at least {fewest} driving pairs, there are {count}.",
            "Place more landmarks, or use a rigid fit.",
        )
    linear = rigid_alignment(fixed_ras, moving_ras)
    taken_back = (moving_ras - linear[:3, 3]) @ linear[:3, :3]
    spline = fit_spline(fixed_ras, taken_back - fixed_ras, region, spacing_mm)
    return LandmarkFit("bspline", fixed_ras, moving_ras, linear, spline=spline)


def _mapped(matrix: FloatArray, points: FloatArray) -> FloatArray:
    mapped: FloatArray = points @ matrix[:3, :3].T + matrix[:3, 3]
    return mapped

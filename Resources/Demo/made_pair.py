"""The moving volume and the landmarks of the demo: the fixed brain, deformed as known, as another scanner shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from known_deformation import KnownDeformation

from ElastixPlusLib.grid import Grid

FloatArray = npt.NDArray[np.float64]

DRIVING, HELD_OUT = 12, 40
PLACING_ERROR_MM = 1.0  # standard deviation along each axis
_SEED = 20260101

_MOVING_DIMENSIONS, _MOVING_SPACING_MM = (116, 124, 84), (2.0, 2.0, 2.5)
_BRAIN_ABOVE = 0.25  # of the brightest voxel
_DRIVING_WITHIN = 0.85  # of the brain's radius: nobody places landmarks at its very edge

# Grey values like those of T2: fluid bright, grey matter in between, white matter dark, nothing where nothing was.
_T1_VALUES = (0.0, 0.06, 0.15, 0.30, 0.50, 0.64, 0.80, 0.90, 1.0)
_T2_VALUES = (0.0, 0.10, 0.95, 1.00, 0.78, 0.62, 0.40, 0.32, 0.34)
_BRIGHTEST = 1000.0
_NOISE = 45.0
_BIAS = 0.3


@dataclass(frozen=True)
class PointPairs:
    """Places of the fixed volume and the same anatomy in the moving one.

    :param fixed_ras: shape (n, 3), millimetres; ``moving_ras`` likewise.
    """

    labels: tuple[str, ...]
    fixed_ras: FloatArray
    moving_ras: FloatArray


def moving_grid(deformation: KnownDeformation) -> Grid:
    """A grid of its own for the moving volume, large enough for the turned brain."""
    ijk_to_ras = np.diag([*_MOVING_SPACING_MM, 1.0])
    middle = (np.array(_MOVING_DIMENSIONS) - 1) / 2
    ijk_to_ras[:3, 3] = deformation.center_ras + deformation.shift_mm - middle * _MOVING_SPACING_MM
    return Grid(_MOVING_DIMENSIONS, ijk_to_ras)


def moving_voxels(
    fixed_voxels: npt.NDArray[np.generic], fixed_grid: Grid, deformation: KnownDeformation, grid: Grid
) -> npt.NDArray[np.int16]:
    """What a second scanner would show of the deformed brain.

    :param fixed_voxels: shape (slices, rows, columns).
    :param grid: of the moving volume.
    :returns: shape (slices, rows, columns) of ``grid``: T2-like, unevenly lit, with Rician noise of a fixed seed.
    """
    k, j, i = np.indices(grid.dimensions[::-1], dtype=np.float64).reshape(3, -1)
    places = grid.positions_ras(np.stack([i, j, k], axis=1))
    t1 = sampled(fixed_voxels, fixed_grid.indices(deformation.to_fixed(places))) / float(fixed_voxels.max())
    offset = places - grid.center_ras
    lighting = 1.0 + _BIAS * np.sin(offset[:, 0] / 70.0 + 0.5) * np.cos(offset[:, 1] / 80.0)
    signal = _BRIGHTEST * np.interp(t1, _T1_VALUES, _T2_VALUES) * lighting
    noise = np.random.default_rng(_SEED).normal(0.0, _NOISE, (2, len(signal)))
    return np.hypot(signal + noise[0], noise[1]).astype(np.int16).reshape(grid.dimensions[::-1])


def sampled(voxels: npt.NDArray[np.generic], indices: FloatArray) -> FloatArray:
    """Linear interpolation at fractional voxel indices; 0 outside.

    :param voxels: shape (slices, rows, columns).
    :param indices: shape (n, 3), along columns, rows, slices.
    :returns: shape (n,).
    """
    padded = np.pad(voxels.astype(np.float64), 1)
    place = np.clip(indices[:, ::-1] + 1.0, 0.0, np.array(padded.shape) - 1.001)
    corner = place.astype(np.int64)
    part = place - corner
    result = np.zeros(len(indices))
    for step in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(step, part, 1.0 - part), axis=1)
        result += weight * padded[tuple((corner + step).T)]
    return result


def landmark_pairs(
    fixed_voxels: npt.NDArray[np.generic], fixed_grid: Grid, deformation: KnownDeformation
) -> tuple[PointPairs, PointPairs]:
    """Landmarks spread through the brain: those that drive, placed with an error, and those held out, exact.

    The error lies in the moving volume, normally distributed with a standard deviation of PLACING_ERROR_MM along each
    axis, from a fixed seed.
    """
    k, j, i = np.nonzero(fixed_voxels > _BRAIN_ABOVE * float(fixed_voxels.max()))
    brain = fixed_grid.positions_ras(np.stack([i, j, k], axis=1).astype(np.float64))
    middle = brain.mean(axis=0)
    radii = np.abs(brain - middle).max(axis=0)
    inner = brain[np.linalg.norm((brain - middle) / radii, axis=1) < _DRIVING_WITHIN]
    driving = farthest_points(inner, DRIVING, middle[None])
    held_out = farthest_points(brain, HELD_OUT, np.vstack([middle, driving]))
    error = np.random.default_rng(_SEED).normal(0.0, PLACING_ERROR_MM, driving.shape)
    return (
        PointPairs(labels_of("L", DRIVING), driving, _as_in_a_file(deformation.to_moving(driving) + error)),
        PointPairs(labels_of("C", HELD_OUT), held_out, _as_in_a_file(deformation.to_moving(held_out))),
    )


def _as_in_a_file(points: FloatArray) -> FloatArray:
    """Thousandths of a millimetre, so that a run from the files begins with the very same numbers."""
    return np.round(points, 3)


def labels_of(word: str, count: int) -> tuple[str, ...]:
    """Labels such as C01, C02."""
    return tuple(f"{word}{number:02d}" for number in range(1, count + 1))


def farthest_points(places: FloatArray, count: int, taken: FloatArray) -> FloatArray:
    """Choose places one after another, each as far as possible from all that are taken already.

    :param places: shape (n, 3) to choose from.
    :param taken: shape (m, 3), m >= 1: places to keep away from from the start.
    :returns: shape (count, 3).
    """
    distance = np.full(len(places), np.inf)
    for place in taken:
        distance = np.minimum(distance, ((places - place) ** 2).sum(axis=1))
    chosen = []
    for _ in range(count):
        place = places[int(distance.argmax())]
        chosen.append(place)
        distance = np.minimum(distance, ((places - place) ** 2).sum(axis=1))
    return np.array(chosen)

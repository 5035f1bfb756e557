"""A smooth B-spline deformation from displacements that are known at a few scattered places, such as landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..grid import Grid
from .spline_field import SplineField, basis, basis_slope

FloatArray = npt.NDArray[np.float64]

# Chosen on random subsets of 6 to 22 of 30 landmarks between two brains, by the error at the rest of them.
_REACH = 2.0
_DOUBT = 0.03
_CELLS_IN_REACH = 4

_FADED = 4.0  # in units of the reach: less than 2 percent are left
_MOST_CELLS = 40
_LEAST_VOLUME_FACTOR = 0.1
_MORE_DOUBT = 3.0


def fit_spline(
    points_ras: FloatArray, displacements_ras: FloatArray, region: Grid, spacing_mm: float | None = None
) -> SplineField:
    """Find the smoothest field that comes close to the displacements and does not fold space.

    Of all cubic B-splines u on the control points, the one that minimises

        sum_i |u(x_i) - d_i|^2 + doubt * integral over the region of |u / reach^2 - Laplacian of u|^2

    Near the landmarks this bends as a thin plate does. Over the ``reach``, twice the spread of the landmarks, it fades
    away, so that a few landmarks say nothing about places far from them (the prior is that of Lindgren, Rue, Lindström
    2011, doi 10.1111/j.1467-9868.2011.00777.x). With the modes of the one-dimensional Laplacian along each axis the
    penalty is diagonal (Lynch, Rice, Thomas 1964, Numer Math 6:185), and what is solved has the size of the number of
    landmarks, however dense the control points.

    The doubt leaves some of the displacement where neighbours disagree; where space is folded or shrinks below a tenth
    of its volume, it is raised until that ends.

    :param points_ras: shape (n, 3), n >= 2, positions in the region in RAS millimetres, not all at one place.
    :param displacements_ras: shape (n, 3), RAS millimetres.
    :param region: where the field is wanted, such as the voxels of the fixed volume; its axes are those of the control
        points, which cover one cell more on every side, or less where the field has faded before.
    :param spacing_mm: distance of the control points; None takes the typical distance of a landmark to the next one, or
        a quarter of the reach if that is less. Never below a fortieth of the longest edge of what is covered.

    >>> corners = np.array([[20.0, 20, 20], [80, 20, 20], [20, 80, 20], [20, 20, 80]])
    >>> pulled = np.array([[0.0, 0, 5], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    >>> field = fit_spline(corners, pulled, Grid((101, 101, 101), np.eye(4)))
    >>> (field.displacements(corners)[:, 2] > 4).tolist()
    [True, False, False, False]
    """
    points_ras = np.asarray(points_ras, dtype=np.float64)
    reach_mm = _REACH * float(np.sqrt(((points_ras - points_ras.mean(axis=0)) ** 2).sum(axis=1).mean()))
    wanted_mm = _fitting_spacing_mm(points_ras, reach_mm) if spacing_mm is None else spacing_mm
    grid = _control_points(region, points_ras, _FADED * reach_mm, wanted_mm)
    modes = _modes_of(grid, reach_mm)
    features = modes.features(grid.indices(points_ras))
    kernel = features.reshape(len(features), -1) @ features.reshape(len(features), -1).T
    doubt = _DOUBT * float(np.diag(kernel).mean())
    while True:
        weights = np.linalg.solve(kernel + doubt * np.eye(len(kernel)), displacements_ras)
        field = SplineField(grid, modes.coefficients(np.tensordot(weights, features, axes=(0, 0))))
        within = np.ones(3), np.array(grid.dimensions) - 2.0
        if not field.volume_factors(*within).min() <= _LEAST_VOLUME_FACTOR:
            return field
        doubt *= _MORE_DOUBT


@dataclass(frozen=True)
class _Modes:
    """Splines on a grid of control points, each the product of one along i, one along j and one along k.

    :param along: three arrays of shape (size, size), the coefficients of each mode in a column.
    :param scale: shape (columns, rows, slices), what makes the penalty of each product 1.
    """

    along: tuple[FloatArray, ...]
    scale: FloatArray

    def features(self, indices: FloatArray) -> FloatArray:
        """What every mode adds at indices of shape (n, 3); shape (n, columns, rows, slices)."""
        i, j, k = (basis(indices[:, axis], len(modes)) @ modes for axis, modes in enumerate(self.along))
        features: FloatArray = np.einsum("pi,pj,pk->pijk", i, j, k) * self.scale
        return features

    def coefficients(self, in_modes: FloatArray) -> FloatArray:
        """Coefficients of shape (slices, rows, columns, 3) from those of the modes, (3, columns, rows, slices)."""
        coefficients = np.einsum("ia,jb,kc,vabc->kjiv", *self.along, in_modes * self.scale, optimize=True)
        return np.ascontiguousarray(coefficients)


def _modes_of(grid: Grid, reach_mm: float) -> _Modes:
    steps = zip(grid.dimensions, grid.spacing_mm, strict=True)
    i, j, k = (_modes_along(size, float(spacing_mm), reach_mm) for size, spacing_mm in steps)
    stiffness = i[1][:, None, None] + j[1][None, :, None] + k[1][None, None, :]
    return _Modes((i[0], j[0], k[0]), 1.0 / (1.0 + reach_mm**2 * stiffness))


def _modes_along(size: int, spacing_mm: float, reach_mm: float) -> tuple[FloatArray, FloatArray]:
    """Splines along one axis that are orthonormal and have orthogonal slopes, within the cells.

    Their ends count like a slope, in the proportion at which the edge of the region is hardly felt inside (Daon and
    Stadler 2018, arXiv 1610.05280).

    :param size: control points; all but the outer one on either side bound cells.
    :returns: coefficients in columns, shape (size, size), and the integrals of their squared slopes, shape (size,).
    """
    nodes, weights = np.polynomial.legendre.leggauss(4)  # exact for products of two cubics
    at = (1.0 + np.arange(size - 3)[:, np.newaxis] + (nodes + 1) / 2).ravel()
    lengths_mm = np.tile(weights / 2 * spacing_mm, size - 3)[:, np.newaxis]
    values, slopes = basis(at, size), basis_slope(at, size) / spacing_mm
    inverse_root = np.linalg.inv(np.linalg.cholesky(values.T @ (values * lengths_mm)))
    ends = basis(np.array([1.0, size - 2.0]), size)
    rigidity = slopes.T @ (slopes * lengths_mm) + ends.T @ ends / reach_mm
    stiffness, turned = np.linalg.eigh(inverse_root @ rigidity @ inverse_root.T)
    return inverse_root.T @ turned, np.maximum(stiffness, 0.0)


def _fitting_spacing_mm(points_ras: FloatArray, reach_mm: float) -> float:
    distances_mm = np.linalg.norm(points_ras[:, np.newaxis] - points_ras[np.newaxis], axis=2)
    nearest_mm = (distances_mm + np.diag(np.full(len(points_ras), np.inf))).min(axis=1)
    return min(float(np.median(nearest_mm)), reach_mm / _CELLS_IN_REACH)


def _control_points(region: Grid, points_ras: FloatArray, faded_mm: float, spacing_mm: float) -> Grid:
    """Control points for the part of the region around the points.

    One cell more on every side, and one more control point on every side that the outer cells need.
    """
    axes = region.ijk_to_world[:3, :3] / region.spacing_mm
    half_mm = np.array(region.dimensions) * region.spacing_mm / 2
    along_mm = (points_ras - region.center_ras) @ np.linalg.inv(axes).T
    lowest, highest = along_mm.min(axis=0), along_mm.max(axis=0)
    low = np.minimum(np.maximum(-half_mm, lowest - faded_mm), lowest)
    high = np.maximum(np.minimum(half_mm, highest + faded_mm), highest)
    spacing_mm = max(spacing_mm, float((high - low).max()) / _MOST_CELLS)
    cells = np.ceil((high - low) / spacing_mm - 1e-9).astype(int) + 2
    columns, rows, slices = (int(count) + 3 for count in cells)
    ijk_to_world = np.eye(4)
    ijk_to_world[:3, :3] = axes * spacing_mm
    ijk_to_world[:3, 3] = region.center_ras + axes @ ((low + high) / 2 - spacing_mm * (cells + 2) / 2)
    return Grid((columns, rows, slices), ijk_to_world)

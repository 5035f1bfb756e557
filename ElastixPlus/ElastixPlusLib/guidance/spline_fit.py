"""A smooth B-spline deformation from displacements that are known at a few scattered places, such as landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..grid import Grid

FloatArray = npt.NDArray[np.float64]

# Chosen on random subsets of 6 to 22 of 30 landmarks between two brains, by the error at the rest of them.
_REACH = 2.0
_DOUBT = 0.03
_CELLS_IN_REACH = 4

_MOST_CELLS = 40
_LEAST_VOLUME_FACTOR = 0.1
_MORE_DOUBT = 3.0
_POINTS_AT_ONCE = 16384


@dataclass(frozen=True)
class SplineField:
    """Displacements as a cubic B-spline; they fade to zero within two control points beyond the grid.

    :param grid: the control points in the world.
    :param coefficients_ras: shape (slices, rows, columns, 3), RAS millimetres.
    """

    grid: Grid
    coefficients_ras: FloatArray

    def displacements(self, points_ras: FloatArray) -> FloatArray:
        """The displacements at positions of shape (n, 3), in RAS millimetres."""
        at = self.grid.indices(np.asarray(points_ras, dtype=np.float64).reshape(-1, 3))
        # Four zeros around, so that a point anywhere has four control points along each axis.
        padded = np.pad(self.coefficients_ras, (*[(4, 4)] * 3, (0, 0)))
        parts = [at[first : first + _POINTS_AT_ONCE] for first in range(0, len(at), _POINTS_AT_ONCE)]
        return np.concatenate([np.zeros((0, 3)), *(_values(padded, part + 4.0) for part in parts)])

    def map(self, points_ras: FloatArray) -> FloatArray:
        """The positions plus their displacements."""
        mapped: FloatArray = np.asarray(points_ras, dtype=np.float64).reshape(-1, 3) + self.displacements(points_ras)
        return mapped

    def volume_factors(self, first: FloatArray, last: FloatArray) -> FloatArray:
        """By how much the map stretches small volumes (its Jacobian determinant), twice in every cell of a part.

        :param first: indices of the part's first corner in the grid, shape (3,); ``last`` likewise.
        :returns: shape (slices, rows, columns) of that part; 0 or less where space is folded.
        """
        at = [np.arange(low, high + 0.25, 0.5) for low, high in zip(first, last, strict=True)]
        values = [_basis(places, size) for places, size in zip(at, self.grid.dimensions, strict=True)]
        slopes = [_basis_slope(places, size) for places, size in zip(at, self.grid.dimensions, strict=True)]
        coefficients = np.ascontiguousarray(np.moveaxis(self.coefficients_ras, 3, 0))
        columns = [
            _on_lattice(coefficients, [slopes[axis] if axis == along else values[axis] for axis in range(3)])
            + self.grid.ijk_to_world[:3, along][:, None, None, None]
            for along in range(3)
        ]
        stretched = (columns[0] * np.cross(columns[1], columns[2], axis=0)).sum(axis=0)
        factors: FloatArray = stretched / np.linalg.det(self.grid.ijk_to_world[:3, :3])
        return factors


def fit_spline(
    points_ras: FloatArray, displacements_ras: FloatArray, region: Grid, spacing_mm: float | None = None
) -> SplineField:
    """Find the smoothest field that comes close to the displacements and does not fold space.

    Of all cubic B-splines u on the control grid, the one that minimises

        sum_i |u(x_i) - d_i|^2 + doubt * integral over the region of |u / reach^2 - Laplacian of u|^2

    Near the landmarks this bends as a thin plate does. Over the ``reach``, twice the spread of the landmarks, it fades
    away, so that a few landmarks say nothing about places far from them (the prior is that of Lindgren, Rue, Lindström
    2011, doi 10.1111/j.1467-9868.2011.00777.x). With the modes of the one-dimensional Laplacian along each axis the
    penalty is diagonal (Lynch, Rice, Thomas 1964, Numer Math 6:185), and what is solved has the size of the
    number of landmarks, however fine the grid.

    The doubt leaves some of the displacement where neighbours disagree; where space is folded or shrinks below a tenth
    of its volume, it is raised until that ends.

    :param points_ras: shape (n, 3), positions in the region in RAS millimetres, not all at one place.
    :param displacements_ras: shape (n, 3), RAS millimetres.
    :param region: where the field is wanted, such as the voxels of the fixed volume; its axes are those of the control
        points, which cover one cell more on every side.
    :param spacing_mm: distance of the control points; None takes the typical distance of a landmark to the next one, or
        a quarter of the reach if that is less. Never below a fortieth of the longest edge of the region.

    >>> corners = np.array([[20.0, 20, 20], [80, 20, 20], [20, 80, 20], [20, 20, 80]])
    >>> pulled = np.array([[0.0, 0, 5], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    >>> field = fit_spline(corners, pulled, Grid((101, 101, 101), np.eye(4)))
    >>> (field.displacements(corners)[:, 2] > 4).tolist()
    [True, False, False, False]
    """
    points_ras = np.asarray(points_ras, dtype=np.float64)
    reach_mm = _REACH * float(np.sqrt(((points_ras - points_ras.mean(axis=0)) ** 2).sum(axis=1).mean()))
    grid = _control_grid(region, _fitting_spacing_mm(points_ras, reach_mm) if spacing_mm is None else spacing_mm)
    features, modes = _features(points_ras, grid, reach_mm)
    kernel = features.reshape(len(features), -1) @ features.reshape(len(features), -1).T
    doubt = _DOUBT * float(np.diag(kernel).mean())
    part = _surroundings(points_ras, grid, reach_mm)
    while True:
        weights = np.linalg.solve(kernel + doubt * np.eye(len(kernel)), displacements_ras)
        field = SplineField(grid, _coefficients(features, np.asarray(weights, dtype=np.float64), modes))
        if not field.volume_factors(*part).min() <= _LEAST_VOLUME_FACTOR:
            return field
        doubt *= _MORE_DOUBT


def _fitting_spacing_mm(points_ras: FloatArray, reach_mm: float) -> float:
    distances_mm = np.linalg.norm(points_ras[:, np.newaxis] - points_ras[np.newaxis], axis=2)
    nearest_mm = (distances_mm + np.diag(np.full(len(points_ras), np.inf))).min(axis=1)
    return min(float(np.median(nearest_mm)), reach_mm / _CELLS_IN_REACH)


def _surroundings(points_ras: FloatArray, grid: Grid, reach_mm: float) -> tuple[FloatArray, FloatArray]:
    """Indices of two corners of the part of the grid that landmarks can bend much."""
    at, margin = grid.indices(points_ras), reach_mm / grid.spacing_mm
    inside = np.ones(3), np.array(grid.dimensions) - 2.0
    return np.clip(at.min(axis=0) - margin, *inside), np.clip(at.max(axis=0) + margin, *inside)


def _control_grid(region: Grid, spacing_mm: float) -> Grid:
    """Control points around the region: one cell on every side, and one more point that the outer cells need."""
    edges_mm = np.array(region.dimensions) * region.spacing_mm
    spacing_mm = max(spacing_mm, float(edges_mm.max()) / _MOST_CELLS)
    cells = np.ceil(edges_mm / spacing_mm).astype(int) + 2
    columns, rows, slices = (int(count) + 3 for count in cells)
    ijk_to_world = np.eye(4)
    ijk_to_world[:3, :3] = region.ijk_to_world[:3, :3] / region.spacing_mm * spacing_mm
    ijk_to_world[:3, 3] = region.center_ras - ijk_to_world[:3, :3] @ ((cells + 2) / 2)
    return Grid((columns, rows, slices), ijk_to_world)


def _features(points_ras: FloatArray, grid: Grid, reach_mm: float) -> tuple[FloatArray, tuple[FloatArray, ...]]:
    """What every mode adds at every point, scaled so that the penalty of a mode is 1.

    :returns: shape (n, columns, rows, slices), and the modes along each axis in their columns, with the scale of the
        penalty in a fourth array of shape (columns, rows, slices).
    """
    modes, stiffness = zip(
        *(_modes(size, float(step), reach_mm) for size, step in zip(grid.dimensions, grid.spacing_mm, strict=True)),
        strict=True,
    )
    roughness = stiffness[0][:, None, None] + stiffness[1][None, :, None] + stiffness[2][None, None, :]
    scale = 1.0 / (1.0 + reach_mm**2 * roughness)
    at = grid.indices(points_ras)
    along = [_basis(at[:, axis], size) @ modes[axis] for axis, size in enumerate(grid.dimensions)]
    return np.einsum("pi,pj,pk->pijk", *along) * scale, (*modes, scale)


def _modes(size: int, spacing_mm: float, reach_mm: float) -> tuple[FloatArray, FloatArray]:
    """Splines along one axis that are orthonormal and have orthogonal slopes, within the cells.

    Their ends count like a slope, in the proportion at which the edge of the region is hardly felt inside (Daon and
    Stadler 2018, arXiv 1610.05280).

    :param size: control points; all but the outer one on either side bound cells.
    :returns: coefficients in columns, shape (size, size), and the integrals of their squared slopes, shape (size,).
    """
    nodes, weights = np.polynomial.legendre.leggauss(4)  # exact for products of two cubics
    at = (1.0 + np.arange(size - 3)[:, np.newaxis] + (nodes + 1) / 2).ravel()
    lengths_mm = np.tile(weights / 2 * spacing_mm, size - 3)[:, np.newaxis]
    values, slopes = _basis(at, size), _basis_slope(at, size) / spacing_mm
    inverse_root = np.linalg.inv(np.linalg.cholesky(values.T @ (values * lengths_mm)))
    ends = _basis(np.array([1.0, size - 2.0]), size)
    rigidity = slopes.T @ (slopes * lengths_mm) + ends.T @ ends / reach_mm
    stiffness, turned = np.linalg.eigh(inverse_root @ rigidity @ inverse_root.T)
    return inverse_root.T @ turned, np.maximum(stiffness, 0.0)


def _coefficients(features: FloatArray, weights: FloatArray, modes: tuple[FloatArray, ...]) -> FloatArray:
    *along, scale = modes
    in_modes = scale * np.tensordot(weights, features, axes=(0, 0))
    coefficients: FloatArray = np.einsum("ia,jb,kc,vabc->kjiv", *along, in_modes, optimize=True)
    return np.ascontiguousarray(coefficients)


def _values(padded: FloatArray, at: FloatArray) -> FloatArray:
    """The spline at indices of shape (n, 3), from coefficients that are zero in the outer four of each side."""
    sizes = np.array(padded.shape[2::-1])
    first = np.clip(np.floor(at).astype(int) - 1, 0, sizes - 4)
    i, j, k = (first[:, axis, np.newaxis] + np.arange(4) for axis in range(3))
    nearby = padded[k[:, :, None, None], j[:, None, :, None], i[:, None, None, :]]
    for axis in (2, 1, 0):  # k, then j, then i
        weights = _basis_value(at[:, axis, np.newaxis] - first[:, axis, np.newaxis] - np.arange(4))
        nearby = np.einsum("pa,pa...->p...", weights, nearby)
    return nearby


def _on_lattice(coefficients: FloatArray, along: list[FloatArray]) -> FloatArray:
    """The spline on a lattice, from what the control points add at its places along i, j, k.

    :param coefficients: shape (3, slices, rows, columns), as is what is returned.
    """
    by_slices = np.tensordot(along[2], coefficients, axes=(1, 1))  # z, component, j, i
    by_rows = along[1] @ by_slices @ along[0].T
    return np.ascontiguousarray(np.moveaxis(by_rows, 0, 1))


def _basis(at: FloatArray, size: int) -> FloatArray:
    """The cubic B-splines of all control points at indices along one axis; shape (n, size)."""
    return _basis_value(at[:, np.newaxis] - np.arange(size))


def _basis_value(offset: FloatArray) -> FloatArray:
    away = np.abs(offset)
    outer = np.maximum(2 - away, 0.0) ** 3 / 6
    values: FloatArray = np.where(away < 1, 2 / 3 - away**2 + away**3 / 2, outer)
    return values


def _basis_slope(at: FloatArray, size: int) -> FloatArray:
    """The derivatives of :func:`_basis` by the index; shape (n, size)."""
    offset = at[:, np.newaxis] - np.arange(size)
    away = np.abs(offset)
    outer = -np.sign(offset) * np.maximum(2 - away, 0.0) ** 2 / 2
    slopes: FloatArray = np.where(away < 1, offset * (1.5 * away - 2), outer)
    return slopes

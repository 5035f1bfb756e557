"""Displacements as a cubic B-spline on a regular grid of control points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..grid import Grid

FloatArray = npt.NDArray[np.float64]

_POINTS_AT_ONCE = 16384


@dataclass(frozen=True)
class SplineField:
    """Displacements that are smooth, and fade to zero within two control points beyond the grid.

    :param grid: the control points in the world.
    :param coefficients_ras: shape (slices, rows, columns, 3), RAS millimetres.

    >>> field = SplineField(Grid((5, 5, 5), np.eye(4)), np.tile([1.0, 2.0, 3.0], (5, 5, 5, 1)))
    >>> field.map(np.array([[2.0, 2, 2], [9, 9, 9]])).round(9).tolist()
    [[3.0, 4.0, 5.0], [9.0, 9.0, 9.0]]
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
        values = [basis(places, size) for places, size in zip(at, self.grid.dimensions, strict=True)]
        slopes = [basis_slope(places, size) for places, size in zip(at, self.grid.dimensions, strict=True)]
        coefficients = np.ascontiguousarray(np.moveaxis(self.coefficients_ras, 3, 0))
        columns = [
            _on_lattice(coefficients, [slopes[axis] if axis == along else values[axis] for axis in range(3)])
            + self.grid.ijk_to_world[:3, along][:, None, None, None]
            for along in range(3)
        ]
        stretched = (columns[0] * np.cross(columns[1], columns[2], axis=0)).sum(axis=0)
        factors: FloatArray = stretched / np.linalg.det(self.grid.ijk_to_world[:3, :3])
        return factors


def basis(at: FloatArray, size: int) -> FloatArray:
    """How much each control point along an axis adds at indices of shape (n,); shape (n, size)."""
    return _basis_value(at[:, np.newaxis] - np.arange(size))


def basis_slope(at: FloatArray, size: int) -> FloatArray:
    """The derivatives of :func:`basis` by the index; shape (n, size)."""
    offset = at[:, np.newaxis] - np.arange(size)
    away = np.abs(offset)
    outer = -np.sign(offset) * np.maximum(2 - away, 0.0) ** 2 / 2
    slopes: FloatArray = np.where(away < 1, offset * (1.5 * away - 2), outer)
    return slopes


def _basis_value(offset: FloatArray) -> FloatArray:
    away = np.abs(offset)
    outer = np.maximum(2 - away, 0.0) ** 3 / 6
    values: FloatArray = np.where(away < 1, 2 / 3 - away**2 + away**3 / 2, outer)
    return values


def _values(padded: FloatArray, at: FloatArray) -> FloatArray:
    """The spline at indices of shape (n, 3), from coefficients that are zero in the outer four of each side."""
    sizes = np.array(padded.shape[2::-1])
    first = np.clip(np.floor(at), 1, sizes - 3).astype(int) - 1
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

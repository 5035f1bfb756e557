"""Where voxels lie in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_ROUNDING_MM = 1e-9


@dataclass(frozen=True)
class Grid:
    """A regular grid of voxel centres in the world.

    :param dimensions: voxels along i, j, k.
    :param ijk_to_world: shape (4, 4), voxel index to RAS millimetres in the world.
    """

    dimensions: tuple[int, int, int]
    ijk_to_world: FloatArray

    @property
    def spacing_mm(self) -> FloatArray:
        """Distance of neighbouring voxel centres along i, j, k; shape (3,)."""
        spacing: FloatArray = np.linalg.norm(self.ijk_to_world[:3, :3], axis=0)
        return spacing

    @property
    def center_ras(self) -> FloatArray:
        """The middle of the grid in world RAS millimetres; shape (3,)."""
        return self.positions_ras((np.array(self.dimensions) - 1) / 2)

    def positions_ras(self, indices: FloatArray) -> FloatArray:
        """World positions of (fractional) voxel indices of shape (n, 3)."""
        positions: FloatArray = np.asarray(indices) @ self.ijk_to_world[:3, :3].T + self.ijk_to_world[:3, 3]
        return positions

    def indices(self, points_ras: FloatArray) -> FloatArray:
        """Fractional voxel indices of world positions of shape (n, 3)."""
        inverse = np.linalg.inv(self.ijk_to_world)
        indices: FloatArray = np.asarray(points_ras) @ inverse[:3, :3].T + inverse[:3, 3]
        return indices

    def outside_mm(self, points_ras: FloatArray) -> FloatArray:
        """How far each of n positions lies outside the voxels' extent; 0 inside; shape (n,)."""
        indices = self.indices(points_ras)
        nearest = np.clip(indices, -0.5, np.array(self.dimensions) - 0.5)
        distances: FloatArray = np.linalg.norm((indices - nearest) @ self.ijk_to_world[:3, :3].T, axis=1)
        distances[distances < _ROUNDING_MM] = 0.0
        return distances

    def part(self, first_ijk: npt.NDArray[np.int_], end_ijk: npt.NDArray[np.int_]) -> Grid:
        """The grid of a box of voxels, where it lies in the world.

        :param first_ijk: index of its first voxel along i, j, k; shape (3,).
        :param end_ijk: index behind its last one; shape (3,).

        >>> Grid((9, 9, 9), np.diag([2.0, 2, 2, 1])).part(np.array([1, 2, 3]), np.array([5, 6, 7])).center_ras.tolist()
        [5.0, 7.0, 9.0]
        """
        matrix = self.ijk_to_world.copy()
        matrix[:3, 3] = self.positions_ras(np.asarray(first_ijk, dtype=np.float64))
        columns, rows, slices = (int(count) for count in np.asarray(end_ijk) - np.asarray(first_ijk))
        return Grid((columns, rows, slices), matrix)

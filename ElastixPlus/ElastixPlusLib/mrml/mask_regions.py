"""Lay the pieces of a mask on the grid of a volume, and find how much of them lies within it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import vtk

from ..errors import MaskError
from ..grid import Grid
from ..steps import Steps, in_background
from .frames import transformed_points_steps
from .mask_surface import FARTHEST_VOXELS, Surface, filled, volume_inside
from .resampling import resampling_steps
from .volumes import voxel_array

FloatArray = npt.NDArray[np.float64]

_SAMPLES = 200_000


@dataclass(frozen=True)
class LabelRegion:
    """A piece of a mask that was drawn in voxels.

    :param image: voxels in index coordinates, shared with the node.
    :param ijk_to_local: shape (4, 4), index to the node's own RAS millimetres.
    :param label: the value of the voxels that belong to the mask; None for everything but 0.
    """

    image: vtk.vtkImageData
    ijk_to_local: FloatArray
    label: int | None = None


Region: TypeAlias = LabelRegion | Surface


@dataclass(frozen=True)
class Covered:
    """What a piece of a mask covers of a volume.

    :param voxels: 0 and 1 on the volume's grid; shape (slices, rows, columns).
    :param inside_mm3: how much of the piece, as it was drawn, lies within the volume.
    :param volume_mm3: how large the piece is.
    """

    voxels: npt.NDArray[np.uint8]
    inside_mm3: float
    volume_mm3: float


def covered_steps(
    region: Region, to_world: vtk.vtkAbstractTransform | None, grid: Grid, what: str
) -> Steps[Covered | None]:
    """Lay a region on a grid where it lies in the world, in pieces of about 30 ms.

    :param region: in the RAS coordinates of its node; a surface is closed.
    :param to_world: from there to world RAS; None where they are the same.
    :param what: for messages, such as "fixed mask".
    :returns: None if nothing is drawn in the region.
    :raises MaskError: the region has voxels that are not finite numbers, or lies absurdly far away.
    """
    if isinstance(region, Surface):
        return (yield from _filling_steps(region, to_world, grid, what))
    drawn = yield from _drawing_steps(region, what)
    if drawn is None:
        return None
    from_world = None if to_world is None else to_world.GetInverse()
    image = yield from resampling_steps(
        drawn, region.ijk_to_local, from_world, grid.dimensions, grid.ijk_to_world, 0.0, nearest=True
    )
    part = yield from _part_inside_steps(drawn, region.ijk_to_local, to_world, grid)
    voxels = voxel_array(drawn)
    count = yield from in_background(lambda: int(np.count_nonzero(voxels)))
    volume_mm3 = count * abs(float(np.linalg.det(region.ijk_to_local)))
    return Covered(voxel_array(image).astype(np.uint8, copy=False), part * volume_mm3, volume_mm3)


def _filling_steps(
    surface: Surface, to_world: vtk.vtkAbstractTransform | None, grid: Grid, what: str
) -> Steps[Covered]:
    points_ras = yield from transformed_points_steps(to_world, surface.points)

    def fill() -> Covered:
        placed = Surface(grid.indices(points_ras), surface.triangles)
        if not np.abs(placed.points).max() < FARTHEST_VOXELS:  # also if it is no number
            raise MaskError(
                f"Some of the {what} lies more than {FARTHEST_VOXELS:,.0f} voxels away from the volume.",
                "Check its size and the transforms that it is under.",
            )
        inside, volume = volume_inside(placed, grid.dimensions)
        voxel_mm3 = abs(float(np.linalg.det(grid.ijk_to_world)))
        return Covered(filled(placed, grid.dimensions), inside * voxel_mm3, volume * voxel_mm3)

    return (yield from in_background(fill))


def _drawing_steps(region: LabelRegion, what: str) -> Steps[vtk.vtkImageData | None]:
    """The region as 0 and 1; None if nothing is drawn."""
    image = vtk.vtkImageData()
    image.SetExtent(*region.image.GetExtent())
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    values, drawn = voxel_array(region.image), voxel_array(image).view(np.bool_)

    def draw() -> bool:
        if values.dtype.kind == "f" and not np.isfinite([values.min(), values.max()]).all():
            raise MaskError(
                f"The {what} has voxels that are not finite numbers (NaN or infinity).",
                "Set them to 0 and register again.",
            )
        if region.label is None:
            np.not_equal(values, 0, out=drawn)
        else:
            np.equal(values, region.label, out=drawn)
        return bool(drawn.any())

    return image if (yield from in_background(draw)) else None


def _part_inside_steps(
    drawn: vtk.vtkImageData, ijk_to_local: FloatArray, to_world: vtk.vtkAbstractTransform | None, grid: Grid
) -> Steps[float]:
    """The part of drawn voxels that lies within a grid, of evenly taken ones where there are many."""
    voxels, first_ijk = voxel_array(drawn), np.array(drawn.GetExtent()[::2])

    def positions_of_samples() -> FloatArray:
        chosen = np.flatnonzero(voxels)
        chosen = chosen[:: -(-len(chosen) // _SAMPLES)]
        k, j, i = np.unravel_index(chosen, voxels.shape)
        positions: FloatArray = (np.stack([i, j, k], axis=1) + first_ijk) @ ijk_to_local[:3, :3].T + ijk_to_local[:3, 3]
        return positions

    positions = yield from in_background(positions_of_samples)
    positions = yield from transformed_points_steps(to_world, positions)
    return (yield from in_background(lambda: float(np.mean(grid.outside_mm(positions) == 0))))

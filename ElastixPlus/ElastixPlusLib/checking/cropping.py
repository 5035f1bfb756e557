"""What of the two volumes is given to elastix: all, or the part that matters. Positions in the world stay the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import vtk

from ..elastix.mask_sampler import mask_ends
from ..grid import Grid
from ..guidance.landmark_pairing import LandmarkPairs
from ..mrml.frames import transformed_points_steps
from ..steps import Steps, in_background
from .starting_position import Side

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int_]

# The coarsest resolution smooths with a standard deviation of 4 voxels: what lies farther away than 16 voxels from a
# mask does not reach it.
_MASK_MARGIN_VOXELS = 16
# Experts crop to within one or two centimetres; the start may be off by as much.
_OVERLAP_MARGIN_MM = 20.0
_WORTH_IT = 0.7  # a part larger than this part of the volume saves too little
_FEWEST_VOXELS = 32  # along an axis, so that pyramids of four resolutions still have something to shrink
_LATTICE_POINTS_PER_AXIS = 32


@dataclass(frozen=True)
class Part:
    """The part of one volume that elastix gets.

    :param voxels: shape (slices, rows, columns), a view.
    :param grid: where they lie in the world.
    :param mask: 0 and 1, of the same shape; None without a mask.
    :param whole: number of voxels of the whole volume.
    """

    voxels: npt.NDArray[np.generic]
    grid: Grid
    mask: npt.NDArray[np.uint8] | None
    whole: int

    @property
    def is_cropped(self) -> bool:
        """Whether anything was left away."""
        return self.voxels.size < self.whole


@dataclass(frozen=True)
class _Box:
    """Voxels from ``first`` to before ``end`` along i, j, k."""

    first: IntArray
    end: IntArray


def whole(side: Side) -> Part:
    """All of a volume."""
    return Part(side.volume.voxels, side.volume.grid, side.mask_voxels, side.volume.voxels.size)


def part_steps(
    crop: str, fixed: Side, moving: Side, start: vtk.vtkAbstractTransform | None, pairs: LandmarkPairs | None
) -> Steps[tuple[Part, Part]]:
    """Find the parts of both volumes that elastix needs, in pieces of about 30 ms.

    :param crop: "auto" crops the fixed volume around a mask that is small; "overlap" crops both to what the other one
        shows, too, after the start, and 20 mm more; "none" takes all.
    :param start: maps fixed to moving positions in world RAS; None leaves them as they are.
    :param pairs: driving landmarks stay inside.
    """
    fixed_part, moving_part = whole(fixed), whole(moving)
    if crop == "none":
        return fixed_part, moving_part
    around = None
    if fixed_part.mask is not None:
        around = yield from in_background(lambda: _box_of_mask(fixed_part.mask))
    driving = pairs.driving if pairs is not None else None
    if crop == "auto":
        if around is None:
            return fixed_part, moving_part
        points = driving.fixed_ras if driving is not None else None
        return _cropped(fixed_part, _holding(_grown(around, _MASK_MARGIN_VOXELS), fixed_part.grid, points)), moving_part
    lattice = _lattice(fixed_part.grid, around)
    mapped = yield from transformed_points_steps(start, fixed_part.grid.positions_ras(lattice))
    is_shared = moving_part.grid.outside_mm(mapped) == 0
    if not is_shared.any():
        return fixed_part, moving_part
    boxes = []
    for part, indices in ((fixed_part, lattice), (moving_part, moving_part.grid.indices(mapped))):
        margin = np.ceil(_OVERLAP_MARGIN_MM / part.grid.spacing_mm).astype(int)
        low, high = indices[is_shared].min(axis=0), indices[is_shared].max(axis=0)
        boxes.append(_grown(_Box(np.floor(low).astype(int), np.ceil(high).astype(int) + 1), margin))
    if driving is not None:
        boxes[0] = _holding(boxes[0], fixed_part.grid, driving.fixed_ras)
        boxes[1] = _holding(boxes[1], moving_part.grid, driving.moving_ras)
    return _cropped(fixed_part, boxes[0]), _cropped(moving_part, boxes[1])


def _box_of_mask(mask: npt.NDArray[np.uint8] | None) -> _Box | None:
    ends = np.array(mask_ends(mask)) if mask is not None else np.empty((0, 2), dtype=int)
    return _Box(ends[:, 0], ends[:, 1] + 1) if len(ends) else None


def _lattice(grid: Grid, box: _Box | None) -> FloatArray:
    """Indices of an even lattice over the voxels of a box, or of the whole grid; shape (n, 3)."""
    first = box.first if box is not None else np.zeros(3, dtype=int)
    last = (box.end if box is not None else np.array(grid.dimensions)) - 1
    axes = [np.linspace(low, high, _LATTICE_POINTS_PER_AXIS) for low, high in zip(first, last, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def _grown(box: _Box, margin: IntArray | int) -> _Box:
    return _Box(box.first - margin, box.end + margin)


def _holding(box: _Box, grid: Grid, points_ras: FloatArray | None) -> _Box:
    """The box, large enough for some points, too."""
    if points_ras is None or not len(points_ras):
        return box
    indices = grid.indices(points_ras)
    low, high = np.floor(indices.min(axis=0)).astype(int) - 2, np.ceil(indices.max(axis=0)).astype(int) + 3
    return _Box(np.minimum(box.first, low), np.maximum(box.end, high))


def _cropped(part: Part, box: _Box) -> Part:
    """The voxels of a box, or all where that would save little."""
    dimensions = np.array(part.grid.dimensions)
    lacking = np.maximum(_FEWEST_VOXELS - (box.end - box.first), 0)
    first = np.clip(box.first - lacking // 2, 0, np.maximum(dimensions - _FEWEST_VOXELS, 0))
    end = np.minimum(np.maximum(box.end + (lacking + 1) // 2, first + _FEWEST_VOXELS), dimensions)
    if np.prod(end - first) > _WORTH_IT * np.prod(dimensions):
        return part
    i, j, k = (slice(int(low), int(high)) for low, high in zip(first, end, strict=True))
    mask = part.mask[k, j, i] if part.mask is not None else None
    return Part(part.voxels[k, j, i], part.grid.part(first, end), mask, part.whole)

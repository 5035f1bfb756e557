"""Lay one structure on the grid of the fixed volume, as it is or through a transform.

A structure is sampled from the voxels that it was drawn in, once, whatever transforms are in between: with linear
interpolation between 0 outside and 1 inside, and everything above half is inside. The nearest voxel would carry the
staircase of the voxels along: for balls of 10 voxels radius, turned at random, Dice with the true ball is 0.036 below
1 with the nearest voxel and 0.022 with the half (means over 20). On the same voxels nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTransformNode

from ..grid import Grid
from ..guidance.foreground import lattice_strides
from ..mrml.frames import array_from_matrix, transform_to_world, transformed_points_steps
from ..mrml.mask_regions import LabelRegion, Region, covered_steps
from ..mrml.mask_segments import segment_steps
from ..mrml.resampling import resampling_steps
from ..mrml.volumes import at_index_origin, own_grid, voxel_array
from ..steps import Steps, in_background
from .structure_names import Structure

Mask = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]

_LATTICE_POINTS = 30_000
# In voxels of the structure. Exactly between two voxels the interpolated value is exactly half: half a voxel aside, a
# ball of 10 voxels radius would lose 9 percent of its volume (with "half or more" gain 6). This rounds to one side.
_TIE_BREAK = 1e-3


@dataclass(frozen=True, eq=False)
class DrawnStructure:
    """A structure in the voxels that it was drawn in, cut to where it is, with a layer of 0 around it.

    :param image: 0 and 1, float, in index coordinates of the voxels that it is cut from.
    :param ijk_to_source: shape (4, 4), index to the coordinates that ``from_world`` leads to.
    :param from_world: takes world RAS there; None where they are the same.
    """

    image: vtk.vtkImageData
    ijk_to_source: FloatArray
    from_world: vtk.vtkAbstractTransform | None


@dataclass(frozen=True, eq=False)
class Lattice:
    """Some of the places of a grid, and where a transform takes them: enough to know where not to look.

    :param strides: voxels from one place to the next along i, j, k.
    :param counts: places along i, j, k; the last ones lie at the end of the grid or behind it.
    :param mapped_ras: shape (n, 3) in memory order, world RAS millimetres.
    :param transform: from the grid's world to there; None is identity.
    """

    grid: Grid
    strides: tuple[int, int, int]
    counts: tuple[int, int, int]
    mapped_ras: FloatArray
    transform: vtk.vtkAbstractTransform | None


def lattice_steps(grid: Grid, transform: vtk.vtkAbstractTransform | None) -> Steps[Lattice]:
    """Map a lattice of places, in pieces of about 30 ms."""
    i, j, k = lattice_strides(grid.dimensions, grid.spacing_mm, _LATTICE_POINTS)
    axes = [np.arange(0, count - 1 + step, step) for count, step in zip(grid.dimensions, (i, j, k), strict=True)]
    at_k, at_j, at_i = np.meshgrid(*axes[::-1], indexing="ij")
    indices = np.stack([at_i.ravel(), at_j.ravel(), at_k.ravel()], axis=1).astype(np.float64)
    mapped_ras = yield from transformed_points_steps(transform, grid.positions_ras(indices))
    return Lattice(grid, (i, j, k), (len(axes[0]), len(axes[1]), len(axes[2])), mapped_ras, transform)


def drawn_structure_steps(
    node: vtkMRMLSegmentationNode | vtkMRMLScalarVolumeNode,
    structure: Structure,
    volume_grid: Grid,
    role: str,
    without: vtkMRMLTransformNode | None = None,
) -> Steps[DrawnStructure | None]:
    """Take one structure out of its node, in pieces of about 30 ms; None if it is empty.

    :param volume_grid: the voxels of the volume that it belongs to, on which surfaces are filled.
    :param role: "fixed" or "moving", for messages.
    :param without: a transform that counts as identity, see :func:`..mrml.frames.transform_to_world`.
    :raises MaskError: the surface of a segment is open, or it lies absurdly far away.
    """
    what = f"{role} structure {structure.name}"
    to_world = transform_to_world(node, without)
    if isinstance(node, vtkMRMLSegmentationNode):
        regions: list[Region] = yield from segment_steps(node, volume_grid, what, (structure.key,), to_world)
    else:
        image = at_index_origin(node.GetImageData())
        regions = [LabelRegion(image, own_grid(node).ijk_to_world, int(structure.key))]
    if not regions:
        return None
    region = regions[0]
    if not isinstance(region, LabelRegion):
        filling = yield from covered_steps(region, to_world, volume_grid, what)
        if filling is None:
            return None
        return (yield from _cut_steps(filling.voxels, (0, 0, 0), 1, volume_grid.ijk_to_world, None))
    voxels = voxel_array(region.image)
    first = region.image.GetExtent()[::2]
    ijk_to_source, from_world = region.ijk_to_local, None
    if isinstance(to_world, vtk.vtkTransform):
        ijk_to_source = array_from_matrix(to_world.GetMatrix()) @ ijk_to_source
    elif to_world is not None:
        from_world = to_world.GetInverse()
    return (yield from _cut_steps(voxels, first, region.label, ijk_to_source, from_world))


def _cut_steps(
    voxels: npt.NDArray[np.generic],
    first_ijk: tuple[int, int, int],
    label: int | None,
    ijk_to_source: FloatArray,
    from_world: vtk.vtkAbstractTransform | None,
) -> Steps[DrawnStructure | None]:
    """Cut out the voxels with a label."""

    def cut() -> tuple[npt.NDArray[np.float32], tuple[int, ...]] | None:
        inside = voxels == label
        if not inside.any():
            return None
        occupied = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
        box = tuple(slice(int(along[0]), int(along[-1]) + 1) for along in occupied)
        return np.pad(inside[box].astype(np.float32), 1), tuple(along.start - 1 for along in box)

    found = yield from in_background(cut)
    if found is None:
        return None
    part, start_kji = found
    image = vtk.vtkImageData()
    firsts = [first + start for first, start in zip(first_ijk, start_kji[::-1], strict=True)]
    image.SetExtent(
        *(end for first, count in zip(firsts, part.shape[::-1], strict=True) for end in (first, first + count - 1))
    )
    image.AllocateScalars(vtk.VTK_FLOAT, 1)
    voxel_array(image)[...] = part
    return DrawnStructure(image, ijk_to_source, from_world)


def structure_mask_steps(drawn: DrawnStructure | None, lattice: Lattice) -> Steps[Mask]:
    """Sample a structure on the grid of a lattice through its transform, in pieces of about 30 ms.

    :param drawn: None is empty.
    :returns: 0 and 1, shape (slices, rows, columns).
    """
    grid = lattice.grid
    mask = np.zeros(grid.dimensions[::-1], dtype=np.uint8)
    box = None if drawn is None else (yield from _box_steps(drawn, lattice))
    if drawn is None or box is None:
        return mask
    first, end = box
    part = grid.part(first, end)
    nudged = drawn.ijk_to_source.copy()
    nudged[:3, 3] += nudged[:3, :3] @ np.full(3, _TIE_BREAK)
    chain = _chain(lattice.transform, drawn.from_world)
    image = yield from resampling_steps(drawn.image, nudged, chain, part.dimensions, part.ijk_to_world, 0.0)
    shares = voxel_array(image).view(np.float32)
    place = tuple(slice(int(low), int(high)) for low, high in zip(first[::-1], end[::-1], strict=True))

    def take() -> None:
        mask[place] = shares > 0.5

    yield from in_background(take)
    return mask


def _chain(
    first: vtk.vtkAbstractTransform | None, second: vtk.vtkAbstractTransform | None
) -> vtk.vtkAbstractTransform | None:
    if first is None or second is None:
        return second if first is None else first
    both = vtk.vtkGeneralTransform()
    both.PostMultiply()
    both.Concatenate(first)
    both.Concatenate(second)
    return both


def _box_steps(
    drawn: DrawnStructure, lattice: Lattice
) -> Steps[tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]] | None]:
    """First and behind the last voxel along i, j, k of a box that the structure comes to lie in; None for nowhere.

    A voxel between places of the lattice goes about where they go, no further away than they go apart.
    """
    source = yield from transformed_points_steps(drawn.from_world, lattice.mapped_ras)

    def find() -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]] | None:
        at = Grid(drawn.image.GetDimensions(), drawn.ijk_to_source).indices(source)
        at = at.reshape(*lattice.counts[::-1], 3)
        apart = sum(
            (np.abs(np.diff(at, axis=axis)).max(axis=(0, 1, 2), initial=0.0) for axis in range(3)), start=np.ones(3)
        )
        extent = np.array(drawn.image.GetExtent())
        near = ((at >= extent[::2] - apart) & (at <= extent[1::2] + apart)).all(axis=-1)
        if not near.any():
            return None
        places = np.argwhere(near)[:, ::-1]
        strides, dimensions = np.array(lattice.strides), np.array(lattice.grid.dimensions)
        first = np.clip((places.min(axis=0) - 1) * strides, 0, dimensions - 1)
        end = np.clip((places.max(axis=0) + 1) * strides + 1, 1, dimensions)
        return first, end

    return (yield from in_background(find))

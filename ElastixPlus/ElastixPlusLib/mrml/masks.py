"""Masks from volumes, segmentations, ROI boxes and models, rasterised 0/1 on the grid of the volume they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import vtk
from slicer import (
    vtkMRMLMarkupsROINode,
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLTransformableNode,
    vtkMRMLTransformNode,
)

from ..errors import MaskError
from ..grid import Grid
from ..steps import Steps, in_background
from .frames import transform_to_world
from .mask_margin import with_margin
from .mask_regions import Covered, LabelRegion, Region, covered_steps
from .mask_segments import segment_steps
from .mask_shapes import box_surface, model_surface_steps
from .volumes import at_index_origin, own_grid, voxel_array

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class WorldMask:
    """A mask on the grid of its volume.

    :param image: 0 and 1, unsigned char: elastix reads masks in that type, so that label 256 would become 0.
    :param inside_fraction: part of the mask as drawn that lies within the volume, 0 to 1.
    """

    image: vtk.vtkImageData
    inside_fraction: float


def mask_steps(
    node: vtkMRMLTransformableNode,
    grid: Grid,
    role: str,
    segments: Sequence[str] = (),
    margin_mm: float = 0.0,
    without: vtkMRMLTransformNode | None = None,
) -> Steps[WorldMask]:
    """Rasterise a mask where it lies in the world, in pieces of about 30 ms; the node is read at the first of them.

    :param node: labelmap, scalar volume (everything but 0 counts), segmentation (the union of its segments), ROI box
        or closed surface model.
    :param grid: the voxels of the volume that the mask belongs to.
    :param role: "fixed" or "moving", for messages.
    :param segments: names or IDs of the segments to use; empty takes all.
    :param margin_mm: by how much the mask is grown or, if negative, shrunk on the grid.
    :param without: a transform that counts as identity, see :func:`.frames.transform_to_world`.
    :raises MaskError: nothing is drawn, nothing of it lies in the volume, a segment does not exist, a surface is open,
        or the margin leaves nothing.
    """
    return (yield from _node_steps(node, grid, role, f"{role} mask", segments, margin_mm, without))


def combined_mask_steps(
    include: vtkMRMLTransformableNode | Mask | None,
    exclude: vtkMRMLTransformableNode | None,
    grid: Grid,
    role: str,
    include_segments: Sequence[str] = (),
    exclude_segments: Sequence[str] = (),
    margin_mm: float = 0.0,
    without: vtkMRMLTransformNode | None = None,
) -> Steps[WorldMask]:
    """Rasterise what counts in a volume, less what does not, in pieces of about 30 ms.

    :param include: as ``node`` of :func:`mask_steps`; or a ready mask of 0 and 1 that was found in the volume itself,
        shape (slices, rows, columns), which gets no margin and is not modified; or None for the whole volume.
    :param exclude: what is taken away, such as resected tissue; of the same kinds of node; None takes nothing away.
    :param include_segments: names or IDs of the segments to use; ``exclude_segments`` likewise.
    :param margin_mm: by how much what is included and what is excluded are grown, each before one is taken from the
        other, or, if negative, shrunk.
    :param without: a transform that counts as identity, see :func:`.frames.transform_to_world`.
    :returns: with the part that lies within the volume of what is included.
    :raises MaskError: as of :func:`mask_steps`, for either of them; or nothing is left.
    """
    if include is None or isinstance(include, np.ndarray):
        mask = yield from _ready_steps(include, grid, role)
    else:
        mask = yield from mask_steps(include, grid, role, include_segments, margin_mm, without)
    if exclude is None:
        return mask
    what = f"excluded region of the {role} volume"
    excluded = yield from _node_steps(exclude, grid, role, what, exclude_segments, margin_mm, without)
    kept, removed = voxel_array(mask.image), voxel_array(excluded.image)

    def take_away() -> bool:
        kept[removed != 0] = 0
        return bool(kept.any())

    if not (yield from in_background(take_away)):
        whole = f"{role} volume" if include is None else f"{role} mask"
        raise MaskError(
            f"Nothing is left of the {whole} once the excluded region is taken away.",
            "Exclude less, or enlarge the mask." if include is not None else "Exclude less.",
        )
    return mask


def _node_steps(
    node: vtkMRMLTransformableNode,
    grid: Grid,
    role: str,
    what: str,
    segments: Sequence[str],
    margin_mm: float,
    without: vtkMRMLTransformNode | None,
) -> Steps[WorldMask]:
    """Rasterise a mask or an excluded region.

    :param what: which of them, for messages.
    """
    to_world = transform_to_world(node, without)
    regions = yield from _region_steps(node, grid, what, segments, to_world)
    image = _blank_image(grid)
    voxels: Mask = voxel_array(image).view(np.uint8)
    parts = []
    for region in regions:
        part = yield from covered_steps(region, to_world, grid, what)
        if part is not None:
            yield from _union_steps(voxels, part.voxels)
            parts.append(part)
    if not parts:
        raise MaskError(f"The {what} is empty.", "Draw the region in it, or register without it.")
    if not (yield from in_background(lambda: bool(voxels.any()))):
        raise _covers_nothing(parts, role, what)
    if margin_mm:
        yield from _margin_steps(voxels, grid, what, margin_mm)
    return WorldMask(image, _inside_fraction(parts))


def _inside_fraction(parts: Sequence[Covered]) -> float:
    return sum(part.inside_mm3 for part in parts) / sum(part.volume_mm3 for part in parts)


def _covers_nothing(parts: Sequence[Covered], role: str, what: str) -> MaskError:
    if any(part.inside_mm3 for part in parts):
        return MaskError(
            f"The {what} is so small that it covers no voxel of the {role} volume.",
            "Draw it larger, or thicker than a voxel.",
        )
    return MaskError(
        f"The {what} lies outside the {role} volume.",
        "Use one drawn on this volume, and check that both are under the same transform.",
    )


def _region_steps(
    node: vtkMRMLTransformableNode,
    grid: Grid,
    what: str,
    segments: Sequence[str],
    to_world: vtk.vtkAbstractTransform | None,
) -> Steps[list[Region]]:
    """Read a node in its own RAS coordinates."""
    if isinstance(node, vtkMRMLSegmentationNode):
        return (yield from segment_steps(node, grid, what, segments, to_world))
    if isinstance(node, vtkMRMLMarkupsROINode):
        is_bent = to_world is not None and not isinstance(to_world, vtk.vtkTransform)
        return [box_surface(node, what, is_bent)]
    if isinstance(node, vtkMRMLModelNode):
        surface = yield from model_surface_steps(node, what)
        return [] if surface is None else [surface]
    if isinstance(node, vtkMRMLScalarVolumeNode):
        return [_volume_region(node, what)]
    raise MaskError(
        f"The {what} is a {node.GetNodeTagName()} node.",
        "Choose a labelmap volume, a segmentation, a ROI box or a closed surface model.",
    )


def _volume_region(node: vtkMRMLScalarVolumeNode, what: str) -> LabelRegion:
    image = node.GetImageData()
    if image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
        raise MaskError(f"The {what} has no voxels.", "Draw the region in it, or register without it.")
    if image.GetNumberOfScalarComponents() != 1:
        raise MaskError(
            f"The {what} has {image.GetNumberOfScalarComponents()} values per voxel.",
            "Choose a mask with one value per voxel.",
        )
    return LabelRegion(at_index_origin(image), own_grid(node).ijk_to_world)


def _ready_steps(include: Mask | None, grid: Grid, role: str) -> Steps[WorldMask]:
    """The whole volume, or a copy of a mask that was found in it."""
    image = _blank_image(grid)
    voxels = voxel_array(image)
    if include is not None and include.shape != voxels.shape:
        raise MaskError(
            f"The {role} mask has {' x '.join(map(str, include.shape[::-1]))} voxels, but the {role} volume has "
            f"{' x '.join(map(str, grid.dimensions))}.",
            "Give a mask found in this volume.",
        )

    def fill() -> bool:
        voxels[...] = 1 if include is None else include != 0
        return bool(voxels.any())

    if not (yield from in_background(fill)):
        raise MaskError(f"The {role} mask is empty.", "Use another mask, or register without it.")
    return WorldMask(image, 1.0)


def _blank_image(grid: Grid) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    image.SetDimensions(*grid.dimensions)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.GetPointData().GetScalars().Fill(0)
    return image


def _union_steps(covered: Mask, more: Mask) -> Steps[Mask]:
    """Add what another piece covers to what is covered already."""
    return (yield from in_background(lambda: np.bitwise_or(covered, more, out=covered)))


def _margin_steps(voxels: Mask, grid: Grid, what: str, margin_mm: float) -> Steps[None]:
    """Grow or shrink what an image covers."""

    def change() -> bool:
        voxels[...] = with_margin(voxels, grid.spacing_mm, margin_mm)
        return bool(voxels.any())

    if not (yield from in_background(change)):
        raise MaskError(
            f"Nothing is left of the {what} once it is shrunk by {-margin_mm:g} mm.",
            "Shrink it by less, or enlarge it.",
        )

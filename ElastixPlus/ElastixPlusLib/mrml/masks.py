"""Masks from labelmaps, scalar volumes and segmentations, rasterised 0/1 on the grid of the volume they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTransformableNode, vtkMRMLTransformNode

from ..errors import MaskError
from ..grid import Grid
from ..steps import Steps, in_background
from .frames import array_from_matrix, matrix_from_array, transform_to_world, transformed_points_steps
from .mask_margin import with_margin
from .resampling import resampling_steps
from .volumes import at_index_origin, own_grid, voxel_array

FloatArray = npt.NDArray[np.float64]

_BINARY_LABELMAP = "Binary labelmap"
_CLOSED_SURFACE = "Closed surface"
_SAMPLES = 200_000


@dataclass(frozen=True)
class WorldMask:
    """A mask on the grid of its volume.

    :param image: 0 and 1, unsigned char: elastix reads masks in that type, so that label 256 would become 0.
    :param inside_fraction: part of the mask as drawn that lies within the volume, 0 to 1.
    """

    image: vtk.vtkImageData
    inside_fraction: float


@dataclass(frozen=True)
class _Region:
    """One piece of a mask as it was read from the scene.

    :param image: voxels in index coordinates, shared with the node.
    :param label: the value of the voxels that belong to the mask; None for everything but 0.
    """

    image: vtk.vtkImageData
    ijk_to_world: FloatArray
    label: int | None = None


def mask_steps(
    node: vtkMRMLTransformableNode,
    grid: Grid,
    role: str,
    segments: Sequence[str] = (),
    margin_mm: float = 0.0,
    without: vtkMRMLTransformNode | None = None,
) -> Steps[WorldMask]:
    """Rasterise a mask where it lies in the world, in pieces of about 30 ms; the node is read at the first of them.

    :param node: labelmap, scalar volume (everything but 0 counts) or segmentation (the union of its segments).
    :param grid: the voxels of the volume that the mask belongs to.
    :param role: "fixed" or "moving", for messages.
    :param segments: names or IDs of the segments to use; empty takes all.
    :param margin_mm: by how much the mask is grown or, if negative, shrunk on the grid.
    :param without: a transform that counts as identity, see :func:`.frames.transform_to_world`.
    :raises MaskError: nothing is drawn, nothing of it lies in the volume, a segment does not exist, or the margin
        leaves nothing.
    """
    to_world = transform_to_world(node, without)
    from_world = None if to_world is None else to_world.GetInverse()
    regions = yield from _region_steps(node, grid, role, segments, to_world)
    covered, inside = None, []
    for region in regions:
        drawn = yield from _drawing_steps(region, role)
        if drawn is None:
            continue
        image = yield from resampling_steps(
            drawn, region.ijk_to_world, from_world, grid.dimensions, grid.ijk_to_world, 0.0, nearest=True
        )
        inside.append((yield from _inside_steps(drawn, region.ijk_to_world, to_world, grid)))
        covered = image if covered is None else (yield from _union_steps(covered, image))
    if covered is None:
        raise MaskError(f"The {role} mask is empty.", "Draw the region in the mask, or register without a mask.")
    if not (yield from _any_steps(covered)):
        raise MaskError(
            f"The {role} mask lies outside the {role} volume.",
            "Use a mask drawn on this volume, and check that both are under the same transform.",
        )
    if margin_mm:
        yield from _margin_steps(covered, grid, role, margin_mm)
    return WorldMask(covered, float(np.concatenate(inside).mean()))


def _region_steps(
    node: vtkMRMLTransformableNode,
    grid: Grid,
    role: str,
    segments: Sequence[str],
    to_world: vtk.vtkAbstractTransform | None,
) -> Steps[list[_Region]]:
    if isinstance(node, vtkMRMLSegmentationNode):
        return (yield from _segment_steps(node, grid, role, segments, to_world))
    if not isinstance(node, vtkMRMLScalarVolumeNode):
        raise MaskError(
            f"The {role} mask is a {node.GetNodeTagName()} node.", "Choose a labelmap volume or a segmentation as mask."
        )
    image = node.GetImageData()
    if image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
        raise MaskError(f"The {role} mask has no voxels.", "Draw the region in the mask, or register without a mask.")
    if image.GetNumberOfScalarComponents() != 1:
        raise MaskError(
            f"The {role} mask has {image.GetNumberOfScalarComponents()} values per voxel.",
            "Choose a mask with one value per voxel.",
        )
    return [_Region(at_index_origin(image), own_grid(node).ijk_to_world)]


def _segment_steps(
    node: vtkMRMLSegmentationNode,
    grid: Grid,
    role: str,
    segments: Sequence[str],
    to_world: vtk.vtkAbstractTransform | None,
) -> Steps[list[_Region]]:
    segmentation = node.GetSegmentation()
    copies = [_shallow_copy(segmentation.GetSegment(name)) for name in _segment_ids(segmentation, role, segments)]
    regions = []
    for segment in copies:
        if segment.GetRepresentation(_BINARY_LABELMAP) is None:
            _rasterise(segment, grid, role, to_world)
            yield
        oriented = segment.GetRepresentation(_BINARY_LABELMAP)
        if oriented.GetNumberOfPoints() == 0 or oriented.GetPointData().GetScalars() is None:
            continue
        ijk_to_local = vtk.vtkMatrix4x4()
        oriented.GetImageToWorldMatrix(ijk_to_local)
        # Segments may share one labelmap, each with a value of its own.
        regions.append(_Region(at_index_origin(oriented), array_from_matrix(ijk_to_local), segment.GetLabelValue()))
    return regions


def _segment_ids(segmentation: slicer.vtkSegmentation, role: str, segments: Sequence[str]) -> list[str]:
    known = [segmentation.GetNthSegmentID(index) for index in range(segmentation.GetNumberOfSegments())]
    if not segments:
        return known
    by_name = {segmentation.GetSegment(segment_id).GetName(): segment_id for segment_id in known}
    chosen = [name if name in known else by_name.get(name) for name in segments]
    missing = [name for name, found in zip(segments, chosen, strict=True) if found is None]
    if missing:
        raise MaskError(
            f"The segmentation of the {role} mask has no segment {missing[0]}.",
            f"Choose one of its segments: {', '.join(sorted(by_name)) or 'it has none yet'}.",
        )
    return [segment_id for segment_id in chosen if segment_id is not None]


def _shallow_copy(segment: slicer.vtkSegment) -> slicer.vtkSegment:
    """A segment of its own with the same voxels or surface: the one in the scene gets no new representation."""
    copy = slicer.vtkSegment()
    copy.SetName(segment.GetName())
    copy.SetLabelValue(segment.GetLabelValue())
    for kind in (_BINARY_LABELMAP, _CLOSED_SURFACE):
        representation = segment.GetRepresentation(kind)
        if representation is not None:
            shared = representation.NewInstance()
            shared.ShallowCopy(representation)
            copy.AddRepresentation(kind, shared)
    return copy


def _rasterise(segment: slicer.vtkSegment, grid: Grid, role: str, to_world: vtk.vtkAbstractTransform | None) -> None:
    """Turn a closed surface into a labelmap.

    The converter is used directly, as only the application registers it for all segmentations.
    """
    surface = segment.GetRepresentation(_CLOSED_SURFACE)
    if surface is None:
        raise MaskError(
            f"The segment {segment.GetName()} of the {role} mask is neither a labelmap nor a closed surface.",
            "Create a binary labelmap representation of the segmentation and try again.",
        )
    if surface.GetNumberOfPoints() == 0:
        segment.AddRepresentation(_BINARY_LABELMAP, slicer.vtkOrientedImageData())
        return
    ijk_to_local = grid.ijk_to_world
    if isinstance(to_world, vtk.vtkTransform):
        ijk_to_local = np.linalg.inv(array_from_matrix(to_world.GetMatrix())) @ ijk_to_local
    extent = vtk.vtkImageData()
    extent.SetDimensions(*grid.dimensions)
    geometry = slicer.vtkSegmentationConverter.SerializeImageGeometry(matrix_from_array(ijk_to_local), extent)
    rule = slicer.vtkClosedSurfaceToBinaryLabelmapConversionRule()
    rule.SetConversionParameter("Reference image geometry", geometry)
    if not rule.Convert(segment):
        raise MaskError(
            f"The surface of the segment {segment.GetName()} of the {role} mask cannot be turned into voxels.",
            "Create a binary labelmap representation of the segmentation and try again.",
        )


def _drawing_steps(region: _Region, role: str) -> Steps[vtk.vtkImageData | None]:
    """The region as 0 and 1; None if nothing is drawn."""
    image = vtk.vtkImageData()
    image.SetExtent(*region.image.GetExtent())
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    values, drawn = voxel_array(region.image), voxel_array(image).view(np.bool_)

    def draw() -> bool:
        if values.dtype.kind == "f" and not np.isfinite([values.min(), values.max()]).all():
            raise MaskError(
                f"The {role} mask has voxels that are not finite numbers (NaN or infinity).",
                "Set them to 0 and register again.",
            )
        if region.label is None:
            np.not_equal(values, 0, out=drawn)
        else:
            np.equal(values, region.label, out=drawn)
        return bool(drawn.any())

    return image if (yield from in_background(draw)) else None


def _inside_steps(
    drawn: vtk.vtkImageData, ijk_to_world: FloatArray, to_world: vtk.vtkAbstractTransform | None, grid: Grid
) -> Steps[npt.NDArray[np.bool_]]:
    """Whether drawn voxels lie within a grid, for evenly taken ones where there are many."""
    voxels, first_ijk = voxel_array(drawn), np.array(drawn.GetExtent()[::2])

    def positions_of_samples() -> FloatArray:
        chosen = np.flatnonzero(voxels)
        chosen = chosen[:: -(-len(chosen) // _SAMPLES)]
        k, j, i = np.unravel_index(chosen, voxels.shape)
        positions: FloatArray = (np.stack([i, j, k], axis=1) + first_ijk) @ ijk_to_world[:3, :3].T + ijk_to_world[:3, 3]
        return positions

    positions = yield from in_background(positions_of_samples)
    positions = yield from transformed_points_steps(to_world, positions)
    return (yield from in_background(lambda: np.asarray(grid.outside_mm(positions) == 0)))


def _union_steps(covered: vtk.vtkImageData, more: vtk.vtkImageData) -> Steps[vtk.vtkImageData]:
    """Add what another image covers to the first one."""
    target, added = voxel_array(covered), voxel_array(more)
    yield from in_background(lambda: np.bitwise_or(target, added, out=target))
    return covered


def _any_steps(covered: vtk.vtkImageData) -> Steps[bool]:
    voxels = voxel_array(covered)
    return (yield from in_background(lambda: bool(voxels.any())))


def _margin_steps(covered: vtk.vtkImageData, grid: Grid, role: str, margin_mm: float) -> Steps[None]:
    """Grow or shrink what an image covers."""
    voxels = voxel_array(covered)

    def change() -> bool:
        voxels[...] = with_margin(voxels.astype(np.uint8, copy=False), grid.spacing_mm, margin_mm)
        return bool(voxels.any())

    if not (yield from in_background(change)):
        raise MaskError(
            f"Nothing is left of the {role} mask once it is shrunk by {-margin_mm:g} mm.",
            "Shrink it by less, or enlarge the mask.",
        )

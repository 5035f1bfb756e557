"""Masks from labelmaps, scalar volumes and segmentations, rasterised 0/1 on the grid of the volume they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTransformableNode
from vtk.util.numpy_support import numpy_to_vtk

from ..errors import MaskError
from .frames import array_from_matrix, matrix_from_array, transform_to_world, transformed_points
from .resampling import resampled_image
from .volumes import Grid, at_index_origin, own_grid, voxel_array

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

    @property
    def voxel_count(self) -> int:
        """Number of voxels of the volume that the mask covers."""
        return int(np.count_nonzero(voxel_array(self.image)))


@dataclass(frozen=True)
class _Region:
    """One piece of a mask in index coordinates: every voxel that is not zero belongs to it."""

    image: vtk.vtkImageData
    ijk_to_world: FloatArray
    to_world: vtk.vtkAbstractTransform | None


def mask_on_grid(node: vtkMRMLTransformableNode, grid: Grid, role: str, segments: Sequence[str] = ()) -> WorldMask:
    """Rasterise a mask where it lies in the world; the node stays untouched.

    :param node: labelmap, scalar volume (everything but 0 counts) or segmentation (the union of its segments).
    :param grid: the voxels of the volume that the mask belongs to.
    :param role: "fixed" or "moving", for messages.
    :param segments: names or IDs of the segments to use; empty takes all.
    :raises MaskError: nothing is drawn, nothing of it lies in the volume, or a segment does not exist.
    """
    regions = [region for region in _regions(node, grid, role, segments) if voxel_array(region.image).any()]
    if not regions:
        raise MaskError(f"The {role} mask is empty.", "Draw the region in the mask, or register without a mask.")
    covered = np.zeros(grid.dimensions[::-1], dtype=np.uint8)
    for region in regions:
        from_world = None if region.to_world is None else region.to_world.GetInverse()
        image = resampled_image(
            region.image, region.ijk_to_world, from_world, grid.dimensions, grid.ijk_to_world, 0.0, nearest=True
        )
        covered |= (voxel_array(image) != 0).astype(np.uint8)
    if not covered.any():
        raise MaskError(
            f"The {role} mask lies outside the {role} volume.",
            "Use a mask drawn on this volume, and check that both are under the same transform.",
        )
    inside = np.concatenate([_is_inside(region, grid) for region in regions])
    return WorldMask(_image_from_array(covered), float(inside.mean()))


def _regions(node: vtkMRMLTransformableNode, grid: Grid, role: str, segments: Sequence[str]) -> Iterator[_Region]:
    to_world = transform_to_world(node)
    if isinstance(node, vtkMRMLSegmentationNode):
        yield from _segment_regions(node, grid, role, segments, to_world)
    elif isinstance(node, vtkMRMLScalarVolumeNode):
        image = node.GetImageData()
        if image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
            raise MaskError(
                f"The {role} mask has no voxels.", "Draw the region in the mask, or register without a mask."
            )
        _check_values(image, role)
        yield _Region(at_index_origin(image), own_grid(node).ijk_to_world, to_world)
    else:
        raise MaskError(
            f"The {role} mask is a {node.GetNodeTagName()} node.", "Choose a labelmap volume or a segmentation as mask."
        )


def _check_values(image: vtk.vtkImageData, role: str) -> None:
    if image.GetNumberOfScalarComponents() != 1:
        raise MaskError(
            f"The {role} mask has {image.GetNumberOfScalarComponents()} values per voxel.",
            "Choose a mask with one value per voxel.",
        )
    voxels = voxel_array(image)
    if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
        raise MaskError(
            f"The {role} mask has voxels that are not finite numbers (NaN or infinity).",
            "Set them to 0 and register again.",
        )


def _segment_regions(
    node: vtkMRMLSegmentationNode,
    grid: Grid,
    role: str,
    segments: Sequence[str],
    to_world: vtk.vtkAbstractTransform | None,
) -> Iterator[_Region]:
    segmentation = node.GetSegmentation()
    for segment_id in _segment_ids(segmentation, role, segments):
        segment = segmentation.GetSegment(segment_id)
        if segment.GetRepresentation(_BINARY_LABELMAP) is None:
            segment = _rasterised(segment, grid, role, to_world)
        oriented = segment.GetRepresentation(_BINARY_LABELMAP)
        if oriented.GetNumberOfPoints() == 0 or oriented.GetPointData().GetScalars() is None:
            continue
        # Segments may share one labelmap, each with a value of its own.
        belongs = (voxel_array(oriented) == segment.GetLabelValue()).astype(np.uint8)
        ijk_to_local = vtk.vtkMatrix4x4()
        oriented.GetImageToWorldMatrix(ijk_to_local)
        image = _image_from_array(belongs, oriented.GetExtent())
        yield _Region(image, array_from_matrix(ijk_to_local), to_world)


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


def _rasterised(
    segment: slicer.vtkSegment, grid: Grid, role: str, to_world: vtk.vtkAbstractTransform | None
) -> slicer.vtkSegment:
    """Turn a closed surface into a labelmap, in a segment of its own: the one in the scene gets no representation.

    The converter is used directly, as only the application registers it for all segmentations.
    """
    surface = segment.GetRepresentation(_CLOSED_SURFACE)
    if surface is None:
        raise MaskError(
            f"The segment {segment.GetName()} of the {role} mask is neither a labelmap nor a closed surface.",
            "Create a binary labelmap representation of the segmentation and try again.",
        )
    copy = slicer.vtkSegment()
    if surface.GetNumberOfPoints() == 0:
        copy.AddRepresentation(_BINARY_LABELMAP, slicer.vtkOrientedImageData())
        return copy
    copy.AddRepresentation(_CLOSED_SURFACE, surface)
    ijk_to_local = grid.ijk_to_world
    if isinstance(to_world, vtk.vtkTransform):
        ijk_to_local = np.linalg.inv(array_from_matrix(to_world.GetMatrix())) @ ijk_to_local
    geometry = slicer.vtkSegmentationConverter.SerializeImageGeometry(
        matrix_from_array(ijk_to_local), _image_from_array(np.zeros(grid.dimensions[::-1], dtype=np.uint8))
    )
    rule = slicer.vtkClosedSurfaceToBinaryLabelmapConversionRule()
    rule.SetConversionParameter("Reference image geometry", geometry)
    if not rule.Convert(copy):
        raise MaskError(
            f"The surface of the segment {segment.GetName()} of the {role} mask cannot be turned into voxels.",
            "Create a binary labelmap representation of the segmentation and try again.",
        )
    return copy


def _is_inside(region: _Region, grid: Grid) -> npt.NDArray[np.bool_]:
    """Whether drawn voxels lie within a grid, for evenly taken ones where there are many."""
    drawn = np.flatnonzero(voxel_array(region.image))
    drawn = drawn[:: -(-len(drawn) // _SAMPLES)]
    k, j, i = np.unravel_index(drawn, region.image.GetDimensions()[::-1])
    indices = np.stack([i, j, k], axis=1) + np.array(region.image.GetExtent()[::2])
    positions = indices @ region.ijk_to_world[:3, :3].T + region.ijk_to_world[:3, 3]
    return np.asarray(grid.outside_mm(transformed_points(region.to_world, positions)) == 0)


def _image_from_array(
    voxels: npt.NDArray[np.uint8], extent: tuple[int, int, int, int, int, int] | None = None
) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    if extent is None:
        image.SetDimensions(*voxels.shape[::-1])
    else:
        image.SetExtent(*extent)
    scalars = numpy_to_vtk(np.ascontiguousarray(voxels).ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR)
    image.GetPointData().SetScalars(scalars)
    return image

"""Read the segments of a segmentation as labelmaps and closed surfaces; the node gets no new representation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from slicer import vtkMRMLSegmentationNode

from ..errors import MaskError
from ..grid import Grid
from ..steps import Steps, in_background
from .frames import array_from_matrix, matrix_from_array
from .mask_regions import LabelRegion, Region
from .mask_shapes import polygons_steps
from .mask_surface import open_edge_count
from .saved_names import text_of
from .volumes import at_index_origin

_BINARY_LABELMAP = "Binary labelmap"
_CLOSED_SURFACE = "Closed surface"


def segment_steps(
    node: vtkMRMLSegmentationNode,
    grid: Grid,
    what: str,
    segments: Sequence[str],
    to_world: vtk.vtkAbstractTransform | None,
) -> Steps[list[Region]]:
    """Read the segments that make up a mask, in pieces of about 30 ms.

    :param grid: the voxels of the volume that the mask belongs to.
    :param what: for messages, such as "fixed mask".
    :param segments: names or IDs; empty takes all.
    :returns: in the node's own RAS coordinates, without segments that are empty.
    :raises MaskError: a segment does not exist, or is of another kind.
    """
    segmentation = node.GetSegmentation()
    copies = [_shallow_copy(segmentation.GetSegment(name)) for name in _segment_ids(segmentation, what, segments)]
    regions = []
    for segment in copies:
        region = yield from _one_segment_steps(segment, grid, what, to_world)
        if region is not None:
            regions.append(region)
    return regions


def _one_segment_steps(
    segment: slicer.vtkSegment, grid: Grid, what: str, to_world: vtk.vtkAbstractTransform | None
) -> Steps[Region | None]:
    if segment.GetRepresentation(_BINARY_LABELMAP) is None:
        polydata = segment.GetRepresentation(_CLOSED_SURFACE)
        if polydata is None:
            raise MaskError(
                f"The segment {segment.GetName()} of the {what} is neither a labelmap nor a closed surface.",
                "Create a binary labelmap representation of the segmentation and try again.",
            )
        surface = yield from polygons_steps(polydata, f"segment {segment.GetName()}", what)
        if surface is None or not (yield from in_background(lambda: open_edge_count(surface))):
            return surface
        # The application shows what it makes of an open surface, so that is what the user has seen.
        _convert(segment, grid, what, to_world)
        yield
    oriented = segment.GetRepresentation(_BINARY_LABELMAP)
    if oriented.GetNumberOfPoints() == 0 or oriented.GetPointData().GetScalars() is None:
        return None
    ijk_to_local = vtk.vtkMatrix4x4()
    oriented.GetImageToWorldMatrix(ijk_to_local)
    # Segments may share one labelmap, each with a value of its own.
    return LabelRegion(at_index_origin(oriented), array_from_matrix(ijk_to_local), segment.GetLabelValue())


def _segment_ids(segmentation: slicer.vtkSegmentation, what: str, segments: Sequence[str]) -> list[str]:
    known = [segmentation.GetNthSegmentID(index) for index in range(segmentation.GetNumberOfSegments())]
    if not segments:
        return known
    by_name = {text_of(segmentation.GetSegment(segment_id).GetName()): segment_id for segment_id in known}
    chosen = [name if name in known else by_name.get(name) for name in segments]
    missing = [name for name, found in zip(segments, chosen, strict=True) if found is None]
    if missing:
        raise MaskError(
            f"The segmentation of the {what} has no segment {missing[0]}.",
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


def _convert(segment: slicer.vtkSegment, grid: Grid, what: str, to_world: vtk.vtkAbstractTransform | None) -> None:
    """Turn a surface into a labelmap as the application does.

    The converter is used directly, as only the application registers it for all segmentations.
    """
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
            f"The surface of the segment {segment.GetName()} of the {what} cannot be turned into voxels.",
            "Create a binary labelmap representation of the segmentation and try again.",
        )

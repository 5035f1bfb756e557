"""Read the shapes that a mask is made of, ROI boxes and the surfaces of models and segments; nodes stay untouched."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLMarkupsROINode, vtkMRMLModelNode
from vtk.util.numpy_support import vtk_to_numpy

from ..errors import MaskError
from ..steps import Steps, in_background
from .frames import array_from_matrix
from .mask_surface import Surface, open_edge_count, triangle_fans, welded

FloatArray = npt.NDArray[np.float64]

_PIECES_PER_EDGE = 50  # of a box that a non-linear transform bends


def model_surface_steps(node: vtkMRMLModelNode, what: str) -> Steps[Surface | None]:
    """Read the surface of a model in its own RAS coordinates, in pieces of about 30 ms.

    :param what: for messages, such as "fixed mask".
    :returns: None if there is nothing in it.
    :raises MaskError: it is no surface, damaged, or open.
    """
    mesh = node.GetMesh()
    if mesh is not None and not isinstance(mesh, vtk.vtkPolyData):
        raise MaskError(
            f"The model {node.GetName()} of the {what} is a volume mesh and no surface.",
            "Choose a model of its outer surface.",
        )
    name = f"model {node.GetName()}"
    surface = yield from polygons_steps(mesh, name, what)
    if surface is None:
        return None
    count = yield from in_background(lambda: open_edge_count(surface))
    if count:
        raise MaskError(
            f"The surface of the {name} of the {what} is not closed: {count} of its edges do not join two faces.",
            "Fill its holes, for example in the module Surface Toolbox, or convert it to a segmentation and check "
            "there what is inside.",
        )
    return surface


def polygons_steps(polydata: vtk.vtkPolyData | None, name: str, what: str) -> Steps[Surface | None]:
    """Take the faces out of a surface, whether closed or not, in pieces of about 30 ms.

    :param name: of the surface, for messages, such as "segment liver".
    :returns: None if it has no faces.
    :raises MaskError: it holds positions that are not finite numbers, or faces between points that do not exist.
    """
    if polydata is None or polydata.GetNumberOfPolys() + polydata.GetNumberOfStrips() == 0:
        return None
    if polydata.GetNumberOfPoints() == 0:
        return None
    if polydata.GetNumberOfStrips():
        polydata = _with_strips_cut(polydata)
    points = vtk_to_numpy(polydata.GetPoints().GetData())
    offsets = vtk_to_numpy(polydata.GetPolys().GetOffsetsArray())
    corners = vtk_to_numpy(polydata.GetPolys().GetConnectivityArray())

    def read() -> Surface:
        if not np.isfinite(points).all():
            raise MaskError(
                f"The {name} of the {what} has positions that are not finite numbers (NaN or infinity).",
                "Make or save it again and register again.",
            )
        if not _are_within(offsets, len(corners) + 1) or not _are_within(corners, len(points)):
            raise MaskError(
                f"The {name} of the {what} has faces between points that it does not have.",
                "Save it again from where it comes from: its file is damaged.",
            )
        return welded(Surface(points.astype(np.float64), triangle_fans(offsets, corners)))

    surface = yield from in_background(read)
    return surface if len(surface.triangles) else None


def box_surface(node: vtkMRMLMarkupsROINode, what: str, is_bent: bool) -> Surface:
    """The faces of a ROI box in the node's own RAS coordinates.

    :param what: for messages, such as "fixed mask".
    :param is_bent: whether a non-linear transform is to move the box, so that its faces have to be cut into pieces.
    :raises MaskError: the ROI is no box, is turned inside out, or has no size.
    """
    if node.GetROIType() not in (node.ROITypeBox, node.ROITypeBoundingBox):
        raise MaskError(f"The ROI {node.GetName()} of the {what} is no box.", "Choose a ROI of the type Box.")
    if node.GetInsideOut():
        raise MaskError(
            f"The ROI {node.GetName()} of the {what} is turned inside out.",
            "Switch Inside out off in the module Markups; to leave the box out, choose it as excluded region.",
        )
    object_to_node, size_mm = array_from_matrix(node.GetObjectToNodeMatrix()), np.array(node.GetSize())
    if not _is_sound(object_to_node, size_mm):
        size = " x ".join(f"{edge:g}" for edge in size_mm)
        raise MaskError(
            f"The ROI {node.GetName()} of the {what} has no finite volume: its size is {size} mm.",
            "Draw the box around the region in the module Markups.",
        )
    half_edges = object_to_node[:3, :3] * (size_mm / 2)
    cube = _cube(_PIECES_PER_EDGE if is_bent else 1)
    return Surface(cube.points @ half_edges.T + object_to_node[:3, 3], cube.triangles)


def _is_sound(object_to_node: FloatArray, size_mm: FloatArray) -> bool:
    """Whether a box with these edges has a place and a volume."""
    if not np.isfinite(object_to_node).all() or not np.isfinite(size_mm).all():
        return False
    return bool(size_mm.min() > 0 and np.linalg.det(object_to_node[:3, :3]) != 0)


def _cube(pieces: int) -> Surface:
    """The surface of the cube from -1 to 1, each edge in so many pieces."""
    v, u = np.meshgrid(*[np.linspace(-1.0, 1.0, pieces + 1)] * 2, indexing="ij")
    corner = np.arange(v.size).reshape(v.shape)
    square = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([square[:, [0, 1, 2]], square[:, [0, 2, 3]]])
    faces = [
        np.roll(np.stack([u.ravel(), v.ravel(), np.full(v.size, side)], axis=1), axis, axis=1)
        for side in (-1.0, 1.0)
        for axis in range(3)
    ]
    numbered = [triangles + number * v.size for number in range(len(faces))]
    return welded(Surface(np.concatenate(faces), np.concatenate(numbered)))


def _are_within(numbers: npt.NDArray[np.integer], count: int) -> bool:
    return bool(numbers.size == 0 or (numbers.min() >= 0 and numbers.max() < count))


def _with_strips_cut(polydata: vtk.vtkPolyData) -> vtk.vtkPolyData:
    """A copy with triangles in place of strips."""
    cut = vtk.vtkTriangleFilter()
    cut.SetInputData(polydata)
    cut.PassVertsOff()
    cut.PassLinesOff()
    cut.Update()
    return cut.GetOutput()

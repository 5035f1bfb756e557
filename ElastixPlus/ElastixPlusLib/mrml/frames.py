"""The one place that knows both frames: MRML works in RAS millimetres, elastix and ITK in LPS millimetres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLTransformableNode, vtkMRMLTransformNode
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from ..steps import Steps, by_slabs

FloatArray = npt.NDArray[np.float64]

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


def flip_points(points: FloatArray) -> FloatArray:
    """Turn RAS positions or vectors into LPS ones, or back; the change of frame is its own inverse.

    :param points: shape (..., 3), millimetres.

    >>> flip_points(np.array([[1.0, 2.0, 3.0]])).tolist()
    [[-1.0, -2.0, 3.0]]
    """
    flipped: FloatArray = np.asarray(points, dtype=np.float64) * np.array([-1.0, -1.0, 1.0])
    return flipped


def flip_matrix(matrix: FloatArray) -> FloatArray:
    """Turn a map between RAS positions into the same map between LPS positions, or back.

    :param matrix: shape (4, 4).
    """
    return _FLIP @ np.asarray(matrix, dtype=np.float64) @ _FLIP


def array_from_matrix(matrix: vtk.vtkMatrix4x4) -> FloatArray:
    """Copy a VTK matrix into an array of shape (4, 4)."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrix_from_array(array: FloatArray) -> vtk.vtkMatrix4x4:
    """Copy an array of shape (4, 4) into a VTK matrix."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(array, dtype=np.float64).ravel().tolist())
    return matrix


def transform_to_world(
    node: vtkMRMLTransformableNode, without: vtkMRMLTransformNode | None = None
) -> vtk.vtkAbstractTransform | None:
    """The transform that takes the node's own RAS coordinates to world RAS; None where they are the same.

    :param without: a transform that counts as identity together with everything above it, if the node is under it.
    :returns: a ``vtkTransform`` if all parents that count are linear, else a ``vtkGeneralTransform``.
    """
    parent: vtkMRMLTransformNode | None = node.GetParentTransformNode()
    if parent is None or parent is without:
        return None
    top = without if without is not None and parent.IsTransformNodeMyParent(without) else None
    if parent.IsTransformToNodeLinear(top):
        matrix = vtk.vtkMatrix4x4()
        parent.GetMatrixTransformToNode(top, matrix)
        linear = vtk.vtkTransform()
        linear.SetMatrix(matrix)
        return linear
    general = vtk.vtkGeneralTransform()
    parent.GetTransformToNode(top, general)
    return general


def transformed_points(transform: vtk.vtkAbstractTransform | None, points: FloatArray) -> FloatArray:
    """Map points through a VTK transform.

    :param transform: None leaves the points where they are.
    :param points: shape (n, 3), RAS millimetres.
    """
    points = np.array(points, dtype=np.float64).reshape(-1, 3)
    if transform is None or len(points) == 0:
        return points
    source, mapped = vtk.vtkPoints(), vtk.vtkPoints()
    source.SetData(numpy_to_vtk(points, deep=True))
    mapped.SetDataTypeToDouble()
    transform.TransformPoints(source, mapped)
    return np.array(vtk_to_numpy(mapped.GetData()))


def transformed_points_steps(transform: vtk.vtkAbstractTransform | None, points: FloatArray) -> Steps[FloatArray]:
    """Map many points, as :func:`transformed_points`, in pieces of about 30 ms."""
    points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    mapped = np.empty_like(points)  # filled piece by piece: only to copy a million points takes half a piece

    def map_some(first: int, end: int) -> None:
        mapped[first:end] = transformed_points(transform, points[first:end])

    yield from by_slabs(len(points), map_some)
    return mapped

"""Every number that makes a transform what it is, for a checksum of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkOrientedBSplineTransform, vtkOrientedGridTransform
from vtk.util.numpy_support import vtk_to_numpy

from .frames import array_from_matrix
from .transforms import simple_parts

Numbers = npt.NDArray[np.generic]


def transform_numbers(transform: vtk.vtkAbstractTransform) -> tuple[Numbers, ...]:
    """The numbers of all parts of a transform, in the order in which they act.

    Whether a part is the inverse of its numbers is one of them.

    >>> shift = vtk.vtkTransform()
    >>> shift.Translate(1, 2, 3)
    >>> transform_numbers(shift)[0][:3, 3].tolist()
    [1.0, 2.0, 3.0]
    """
    return tuple(numbers for part in simple_parts(transform) for numbers in _of_part(part))


def kind_of_transform(transform: vtk.vtkAbstractTransform) -> str:
    """What a transform is made of: "linear", "bspline", "grid", "composite", or "other"."""
    parts = simple_parts(transform)
    return "composite" if len(parts) != 1 else _kind_of_part(parts[0])


def _kind_of_part(part: vtk.vtkAbstractTransform) -> str:
    if isinstance(part, vtk.vtkLinearTransform):
        return "linear"
    if isinstance(part, vtkOrientedBSplineTransform):
        return "bspline"
    return "grid" if isinstance(part, vtkOrientedGridTransform) else "other"


def _of_part(part: vtk.vtkAbstractTransform) -> list[Numbers]:
    if isinstance(part, vtk.vtkLinearTransform):
        return [_of_matrix(part.GetMatrix())]
    part.Update()  # before, an inverse does not know that it is one
    if isinstance(part, vtkOrientedBSplineTransform):
        bulk = part.GetBulkTransformMatrix()
        matrices = [_of_matrix(matrix) for matrix in (part.GetGridDirectionMatrix(), bulk) if matrix is not None]
        return [_flags(part), *matrices, *_of_image(part.GetCoefficientData())]
    if isinstance(part, vtkOrientedGridTransform):
        direction = part.GetGridDirectionMatrix()
        matrices = [_of_matrix(direction)] if direction is not None else []
        return [_flags(part), *matrices, *_of_image(part.GetDisplacementGrid())]
    if isinstance(part, vtk.vtkThinPlateSplineTransform):
        landmarks = (part.GetSourceLandmarks(), part.GetTargetLandmarks())
        return [_flags(part), *(vtk_to_numpy(points.GetData()) for points in landmarks)]
    return [_flags(part)]


def _of_matrix(matrix: vtk.vtkMatrix4x4) -> Numbers:
    return array_from_matrix(matrix) + 0.0  # without -0.0, which does not come back from a file


def _flags(part: vtk.vtkWarpTransform) -> Numbers:
    return np.array([part.GetInverseFlag()], dtype=np.int64)


def _of_image(image: vtk.vtkImageData) -> list[Numbers]:
    geometry = np.array([*image.GetDimensions(), *image.GetOrigin(), *image.GetSpacing()], dtype=np.float64)
    return [geometry, vtk_to_numpy(image.GetPointData().GetScalars())]

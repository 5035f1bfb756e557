"""VTK transforms of fits that were made of landmarks alone, as MRML holds and saves them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ..elastix.transform_file import BSplineStep, TransformChain
from ..grid import Grid
from .frames import flip_points
from .transforms import composed, linear_transform, vtk_transform_from_chain

FloatArray = npt.NDArray[np.float64]


def thin_plate_transform(fixed_ras: FloatArray, mapped_ras: FloatArray) -> vtk.vtkThinPlateSplineTransform:
    """The thin plate that takes fixed landmarks exactly to where they are to be mapped.

    A smoothed thin plate is the exact one to the places where it takes the landmarks. It goes into a general transform
    node as *from parent* (:func:`.transforms.set_transform_from_parent`) and is saved with double precision.

    :param fixed_ras: shape (n, 3), RAS millimetres; ``mapped_ras`` likewise.

    >>> corners = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]])
    >>> transform = thin_plate_transform(corners, corners + [1, 2, 3])
    >>> [round(value, 6) for value in transform.TransformPoint(4, 4, 4)]
    [5.0, 6.0, 7.0]
    """
    transform = vtk.vtkThinPlateSplineTransform()
    transform.SetBasisToR()  # the kernel of three dimensions
    transform.SetSourceLandmarks(_points(fixed_ras))
    transform.SetTargetLandmarks(_points(mapped_ras))
    transform.Update()
    return transform


def spline_then_linear_transform(
    coefficients_ras: FloatArray, control_points: Grid, matrix_ras: FloatArray
) -> vtk.vtkAbstractTransform:
    """A B-spline deformation of the fixed volume followed by a linear map to the moving one.

    :param coefficients_ras: shape (slices, rows, columns, 3), cubic, RAS millimetres.
    :param control_points: where the coefficients lie.
    :param matrix_ras: shape (4, 4).
    :returns: a ``vtkGeneralTransform`` of a ``vtkOrientedBSplineTransform`` and a ``vtkTransform``.
    """
    spacing_mm = control_points.spacing_mm
    step = BSplineStep(
        coefficients_lps=flip_points(coefficients_ras),
        origin_lps=flip_points(control_points.ijk_to_world[:3, 3]),
        spacing_mm=spacing_mm,
        direction_lps=flip_points((control_points.ijk_to_world[:3, :3] / spacing_mm).T).T,
        order=3,
        kind="BSplineTransform",
    )
    return composed([vtk_transform_from_chain(TransformChain((step,))), linear_transform(matrix_ras)])


def _points(positions_ras: FloatArray) -> vtk.vtkPoints:
    points = vtk.vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(positions_ras, dtype=np.float64).reshape(-1, 3), deep=True))
    return points

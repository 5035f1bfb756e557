"""First and second derivatives of any VTK transform, exact where VTK knows them.

VTK differentiates linear transforms, cubic B-splines, thin plates, chains of them and their inverses in closed form (an
inverse as well as it finds the place). What it does at borders is what it does there with points: beyond the control
points of a B-spline that ends in zero nothing is displaced and the derivative is identity; beyond a displacement grid
the nearest displacement goes on, so that nothing changes across the border. A displacement grid with linear
interpolation has a jump of the derivative at each of its points: there, it is the one towards the next point.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from ..steps import Steps, by_slabs
from .frames import array_from_matrix, transformed_points
from .transforms import simple_parts

FloatArray = npt.NDArray[np.float64]


def derivative_steps(
    transform: vtk.vtkAbstractTransform, points_ras: FloatArray
) -> Steps[tuple[FloatArray, FloatArray]]:
    """Map points and differentiate there, in pieces of about 30 ms; the transform must not change meanwhile.

    Takes 96 bytes per point; :func:`derivatives_at` serves those who keep less of it.

    :param points_ras: shape (n, 3), world RAS millimetres.
    :returns: mapped points, shape (n, 3), and derivatives of shape (n, 3, 3): ``[:, r, c]`` is the change of
        coordinate r of the result along coordinate c.
    """
    points = np.asarray(points_ras, dtype=np.float64).reshape(-1, 3)
    mapped, derivatives = np.empty((len(points), 3)), np.empty((len(points), 3, 3))

    def differentiate(first: int, end: int) -> None:
        mapped[first:end], derivatives[first:end] = derivatives_at(transform, points[first:end])

    yield from by_slabs(len(points), differentiate)
    return mapped, derivatives


def second_derivative_steps(
    transform: vtk.vtkAbstractTransform, points_ras: FloatArray, step_mm: float
) -> Steps[FloatArray]:
    """Second derivatives in 1/mm, as central differences of the first ones, in pieces of about 30 ms.

    :param points_ras: shape (n, 3), world RAS millimetres.
    :param step_mm: from half of it before a point to half of it behind. On a displacement grid with linear
        interpolation, all of whose bends are at its points, it has to be the spacing of the grid.
    :returns: shape (n, 3, 3, 3): ``[:, r, c, d]`` is the change of derivative ``[:, r, c]`` along coordinate d.
    """
    points = np.asarray(points_ras, dtype=np.float64).reshape(-1, 3)
    seconds = np.zeros((len(points), 3, 3, 3))

    def differentiate(first: int, end: int) -> None:
        for axis, shift in enumerate(np.eye(3) * step_mm / 2):
            before = derivatives_at(transform, points[first:end] - shift)[1]
            behind = derivatives_at(transform, points[first:end] + shift)[1]
            seconds[first:end, :, :, axis] = (behind - before) / step_mm

    if constant_derivative(transform) is None:
        yield from by_slabs(len(points), differentiate)
    return seconds


def derivatives_at(transform: vtk.vtkAbstractTransform, points_ras: FloatArray) -> tuple[FloatArray, FloatArray]:
    """:func:`derivative_steps` in one go: half a microsecond per point of a cubic B-spline.

    >>> stretch = vtk.vtkTransform()
    >>> stretch.Scale(1, 1, 2)
    >>> mapped, derivatives = derivatives_at(stretch, np.array([[1.0, 2.0, 3.0]]))
    >>> mapped.tolist(), derivatives.tolist()
    ([[1.0, 2.0, 6.0]], [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]])
    """
    points = np.ascontiguousarray(points_ras, dtype=np.float64).reshape(-1, 3)
    constant = constant_derivative(transform)
    if constant is not None:
        return transformed_points(transform, points), np.tile(constant, (len(points), 1, 1))
    mapped, columns = _mapped_and_columns(transform, points)
    return mapped, np.stack(columns, axis=2)


def determinants_at(transform: vtk.vtkAbstractTransform, points_ras: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Map points and find the determinant of the derivative there, in one go.

    :param points_ras: shape (n, 3), world RAS millimetres.
    :returns: mapped points, shape (n, 3), and determinants, shape (n,).

    >>> stretch = vtk.vtkTransform()
    >>> stretch.Scale(1, 2, 3)
    >>> determinants_at(stretch, np.zeros((2, 3)))[1].tolist()
    [6.0, 6.0]
    """
    points = np.ascontiguousarray(points_ras, dtype=np.float64).reshape(-1, 3)
    constant = constant_derivative(transform)
    if constant is not None:
        return transformed_points(transform, points), np.full(len(points), np.linalg.det(constant))
    mapped, columns = _mapped_and_columns(transform, points)
    # Written out: LAPACK takes five times as long for matrices as small as these.
    (a, d, g), (b, e, h), (c, f, i) = (column.T for column in columns)
    return mapped, a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _mapped_and_columns(
    transform: vtk.vtkAbstractTransform, points_ras: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Mapped points and the three columns of their derivatives, shape (n, 3) each.

    A transform takes a vector at a point to its derivative there times the vector: here, to one of its columns.
    """
    if len(points_ras) == 0:
        return points_ras, [np.empty((0, 3))] * 3
    places, data = vtk.vtkPoints(), vtk.vtkPolyData()
    places.SetData(numpy_to_vtk(points_ras))
    data.SetPoints(places)
    units = [np.tile(axis, (len(points_ras), 1)) for axis in np.eye(3)]  # kept: VTK only looks at them
    for axis, unit in enumerate(units):
        vectors = numpy_to_vtk(unit)
        vectors.SetName(f"column {axis}")
        data.GetPointData().AddArray(vectors)
    each = vtk.vtkTransformFilter()
    each.SetTransform(transform)
    each.SetInputData(data)
    each.TransformAllInputVectorsOn()
    each.SetOutputPointsPrecision(vtk.vtkAlgorithm.DOUBLE_PRECISION)
    each.Update()
    found = each.GetOutput()
    columns = [vtk_to_numpy(found.GetPointData().GetArray(f"column {axis}")) for axis in range(3)]
    return vtk_to_numpy(found.GetPoints().GetData()), columns


def constant_derivative(transform: vtk.vtkAbstractTransform) -> FloatArray | None:
    """The derivative of a transform that is linear, alone or as a chain of linear ones; None for any other.

    :returns: shape (3, 3).

    >>> shear, shift = vtk.vtkTransform(), vtk.vtkTransform()
    >>> shear.SetMatrix([1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    >>> shift.Translate(1, 2, 3)
    >>> chain = vtk.vtkGeneralTransform()
    >>> chain.Concatenate(shear)
    >>> chain.Concatenate(shift)
    >>> constant_derivative(chain).tolist()
    [[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    product = np.eye(4)
    for part in simple_parts(transform):
        if not isinstance(part, vtk.vtkLinearTransform):
            return None
        part.Update()
        product = array_from_matrix(part.GetMatrix()) @ product
    return product[:3, :3]

"""Landmark errors as coloured arrows, in 3D and in slice views.

The views show the fixed volume where it lies and the moving volume under the result. A fixed landmark is seen at its
place; its partner appears where the inverse of the transform takes the moving landmark. The arrow goes from the one to
the other, so that it agrees with the anatomy around it. The error that is reported, and that colours the arrow, is the
distance of the mapped fixed landmark to the moving one, in the space of the moving volume. Where the transform
stretches, the length of an arrow and its colour differ by as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLDisplayNode, vtkMRMLModelDisplayNode, vtkMRMLModelNode, vtkMRMLScene
from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray

from .frames import transformed_points
from .saved_names import keep_scene_readable

FloatArray = npt.NDArray[np.float64]

ERROR_ARRAY = "error (mm)"
LABEL_ARRAY = "label"
PAIR_ARRAY = "pair"
COLOR_NODE_ID = "vtkMRMLColorTableNodeFileViridis.txt"  # as vtkMRMLColorLogic names it in every Slicer

_INVERSE_TOLERANCE_MM = 0.01
_LEAST_SIZE_MM = 50.0
_SHAFT_OF_SIZE = 0.002
_HEAD_LENGTH_OF_SHAFT = 6.0
_HEAD_RADIUS_OF_SHAFT = 2.5
_SHORTEST_MM = 1e-4
_SIDES = 12


@dataclass(frozen=True, eq=False)
class ShownLandmarks:
    """Where moving landmarks appear while the moving volume is under the result.

    :param positions_ras: shape (n, 3), world RAS millimetres.
    :param is_estimated: shape (n,), whether the transform has no inverse there, so that the error as measured in the
        moving volume was put to the fixed landmark instead.
    """

    positions_ras: FloatArray
    is_estimated: npt.NDArray[np.bool_]


def shown_moving_landmarks(
    transform: vtk.vtkAbstractTransform | None, fixed_ras: FloatArray, mapped_ras: FloatArray, moving_ras: FloatArray
) -> ShownLandmarks:
    """Take moving landmarks back by the inverse of a transform.

    VTK inverts deformations step by step; where that does not arrive, as in a folded place, the error itself is used.

    :param transform: maps fixed to moving world positions; None leaves them where they are.
    :param fixed_ras: shape (n, 3), world RAS millimetres; ``mapped_ras`` and ``moving_ras`` likewise.

    >>> there, here = np.array([[1.0, 2, 3]]), np.zeros((1, 3))
    >>> shown_moving_landmarks(None, here, here, there).positions_ras.tolist()
    [[1.0, 2.0, 3.0]]
    """
    if transform is None:
        return ShownLandmarks(np.array(moving_ras, dtype=np.float64), np.zeros(len(moving_ras), dtype=bool))
    shown = transformed_points(transform.GetInverse(), moving_ras)
    missed_mm = np.linalg.norm(transformed_points(transform, shown) - moving_ras, axis=1)
    is_estimated = ~(missed_mm <= _INVERSE_TOLERANCE_MM)  # also where it is not a number
    shown[is_estimated] = (fixed_ras + moving_ras - mapped_ras)[is_estimated]
    return ShownLandmarks(shown, is_estimated)


def add_error_arrows(
    scene: vtkMRMLScene,
    name: str,
    from_ras: FloatArray,
    to_ras: FloatArray,
    errors_mm: FloatArray,
    labels: Sequence[str],
    color_max_mm: float,
    size_mm: float | None = None,
) -> vtkMRMLModelNode:
    """Add a model node of arrows, visible in 3D and where slices cut them.

    :param from_ras: shape (n, 3), fixed landmarks in world RAS millimetres.
    :param to_ras: shape (n, 3), where moving landmarks appear, see :func:`shown_moving_landmarks`.
    :param errors_mm: shape (n,), the errors that are reported; they give the colour.
    :param labels: of the pairs.
    :param color_max_mm: from here on the colour stays the same; it begins at 0.
    :param size_mm: of what is shown, such as the diagonal of the fixed volume; arrows are 1/250 of it thick. None
        takes the extent of the landmarks.
    """
    node = scene.AddNewNodeByClass("vtkMRMLModelNode", name)
    fill_error_arrows(node, from_ras, to_ras, errors_mm, labels, color_max_mm, size_mm)
    _style(node.GetDisplayNode())
    keep_scene_readable(node, "vtk")
    return node


def fill_error_arrows(
    node: vtkMRMLModelNode,
    from_ras: FloatArray,
    to_ras: FloatArray,
    errors_mm: FloatArray,
    labels: Sequence[str],
    color_max_mm: float,
    size_mm: float | None = None,
) -> None:
    """Replace the arrows of a model node, see :func:`add_error_arrows`; how they look otherwise stays.

    :param node: in a scene.
    """
    node.SetAndObservePolyData(arrow_mesh(from_ras, to_ras, errors_mm, labels, size_mm))
    node.SetSelectable(False)  # a click in a view is meant for what lies behind
    if node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetActiveScalar(ERROR_ARRAY, vtk.vtkAssignAttribute.POINT_DATA)
    display.SetScalarRangeFlag(vtkMRMLDisplayNode.UseManualScalarRange)
    display.SetScalarRange(0.0, color_max_mm)


def arrow_mesh(
    from_ras: FloatArray,
    to_ras: FloatArray,
    errors_mm: FloatArray,
    labels: Sequence[str],
    size_mm: float | None = None,
) -> vtk.vtkPolyData:
    """A ball at every start and an arrow of true length from there; see :func:`add_error_arrows`.

    :returns: a surface with the point data ``error (mm)`` and ``pair`` (number, from 1), and the field data ``label``.
    """
    from_ras, to_ras = (np.asarray(points, dtype=np.float64).reshape(-1, 3) for points in (from_ras, to_ras))
    errors_mm = np.asarray(errors_mm, dtype=np.float64).reshape(-1)
    shaft_mm = _SHAFT_OF_SIZE * (_extent_mm(from_ras, to_ras) if size_mm is None else size_mm)
    parts = vtk.vtkAppendPolyData()
    if len(from_ras):
        parts.AddInputData(_balls(from_ras, errors_mm, _HEAD_RADIUS_OF_SHAFT * shaft_mm))
        parts.AddInputData(_shafts_and_heads(from_ras, to_ras, errors_mm, shaft_mm))
        parts.Update()
    triangles, normals = vtk.vtkTriangleFilter(), vtk.vtkPolyDataNormals()
    triangles.SetInputData(parts.GetOutput() if len(from_ras) else vtk.vtkPolyData())
    normals.SetInputConnection(triangles.GetOutputPort())
    normals.Update()
    mesh = normals.GetOutput()
    names = vtk.vtkStringArray()
    names.SetName(LABEL_ARRAY)
    for label in labels:
        names.InsertNextValue(label)
    mesh.GetFieldData().AddArray(names)
    mesh.GetPointData().SetActiveScalars(ERROR_ARRAY)
    return mesh


def _extent_mm(*points: FloatArray) -> float:
    every = np.concatenate(points)
    return max(float(np.linalg.norm(np.ptp(every, axis=0))), _LEAST_SIZE_MM) if len(every) else _LEAST_SIZE_MM


def _balls(centers_ras: FloatArray, errors_mm: FloatArray, radius_mm: float) -> vtk.vtkPolyData:
    ball, glyphs = vtk.vtkSphereSource(), vtk.vtkGlyph3D()
    ball.SetRadius(radius_mm)
    ball.SetThetaResolution(_SIDES)
    ball.SetPhiResolution(_SIDES)
    glyphs.SetSourceConnection(ball.GetOutputPort())
    glyphs.SetInputData(_poly_data(centers_ras, errors_mm, np.arange(len(errors_mm)) + 1))
    glyphs.ScalingOff()
    glyphs.SetColorModeToColorByScalar()
    glyphs.Update()
    balls = glyphs.GetOutput()
    balls.GetPointData().RemoveArray("Normals")
    return balls


def _shafts_and_heads(
    from_ras: FloatArray, to_ras: FloatArray, errors_mm: FloatArray, shaft_mm: float
) -> vtk.vtkPolyData:
    """Two tubes per arrow: the shaft of one thickness, and the head, which narrows to the tip."""
    length_mm = np.linalg.norm(to_ras - from_ras, axis=1)
    chosen = np.flatnonzero(length_mm > _SHORTEST_MM)
    full_mm = _HEAD_LENGTH_OF_SHAFT * shaft_mm
    head_mm = np.minimum(full_mm, 0.5 * length_mm[chosen])
    neck_ras = to_ras[chosen] - (to_ras - from_ras)[chosen] * (head_mm / length_mm[chosen])[:, None]
    points = np.stack([from_ras[chosen], neck_ras, neck_ras, to_ras[chosen]], axis=1).reshape(-1, 3)
    head_radius = _HEAD_RADIUS_OF_SHAFT * shaft_mm * head_mm / full_mm
    shaft_radius = np.minimum(shaft_mm, 0.5 * head_radius)
    radii = np.stack([shaft_radius, shaft_radius, head_radius, 1e-3 * head_radius], axis=1).reshape(-1)
    lines = _poly_data(points, np.repeat(errors_mm[chosen], 4), np.repeat(chosen + 1, 4))
    cells = vtk.vtkCellArray()
    cells.SetData(2, numpy_to_vtkIdTypeArray(np.arange(len(points), dtype=np.int64), deep=True))
    lines.SetLines(cells)
    lines.GetPointData().AddArray(_named(radii, "radius"))
    lines.GetPointData().SetActiveScalars("radius")
    tubes = vtk.vtkTubeFilter()
    tubes.SetInputData(lines)
    tubes.SetVaryRadiusToVaryRadiusByAbsoluteScalar()
    tubes.SetNumberOfSides(_SIDES)
    tubes.CappingOn()
    tubes.Update()
    found = tubes.GetOutput()
    for name in ("radius", "TubeNormals"):
        found.GetPointData().RemoveArray(name)
    found.GetPointData().SetActiveScalars(ERROR_ARRAY)
    return found


def _poly_data(points_ras: FloatArray, errors_mm: FloatArray, pairs: npt.NDArray[np.int64]) -> vtk.vtkPolyData:
    points, data = vtk.vtkPoints(), vtk.vtkPolyData()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(points_ras), deep=True))
    data.SetPoints(points)
    data.GetPointData().SetScalars(_named(errors_mm, ERROR_ARRAY))
    data.GetPointData().AddArray(_named(pairs.astype(np.int32), PAIR_ARRAY))
    return data


def _named(values: npt.NDArray[np.generic], name: str) -> vtk.vtkDataArray:
    array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
    array.SetName(name)
    return array


def _style(display: vtkMRMLModelDisplayNode) -> None:
    """Colours from dark to bright with the error, drawn where a slice cuts an arrow."""
    display.SetScalarVisibility(True)
    # In a scene without colour nodes the reference waits for the application that opens the saved scene.
    display.SetAndObserveColorNodeID(COLOR_NODE_ID)
    display.SetVisibility2D(True)
    display.SetSliceDisplayModeToIntersection()
    display.SetSliceIntersectionThickness(2)

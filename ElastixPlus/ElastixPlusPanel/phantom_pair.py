"""A made-up pair of head volumes with landmarks whose true correspondence is known, without network or files.

The fixed volume shows a head of ellipsoids in a T1-like contrast. In the moving volume the same head is turned by 20
degrees, shifted and bent, and its contrast is inverted. Everything is a formula, so that any place of the fixed volume
can be followed to the moving one (:func:`moving_positions`) and back (:func:`fixed_positions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.mrml.frames import matrix_from_array, transformed_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLTransformNode

FloatArray = npt.NDArray[np.float64]

DIMENSIONS = (96, 112, 96)
SPACING_MM = 2.0

FIXED_BRIGHTNESS = {"scalp": 600, "bone": 80, "fluid": 180, "grey": 480, "white": 760, "lesion": 950}
MOVING_BRIGHTNESS = {"scalp": 300, "bone": 40, "fluid": 900, "grey": 560, "white": 320, "lesion": 120}
FIXED_COLOR = (0.23, 0.55, 0.95)
MOVING_COLOR = (0.95, 0.55, 0.15)

_NOISE = 12.0  # standard deviation, in the units of the brightnesses
_EDGE_MM = 3.0  # over which one tissue turns into the next
_CHECK_POINTS = 60

_AXIS = np.array([0.3, -0.2, 1.0]) / np.linalg.norm([0.3, -0.2, 1.0])
_DEGREES = 20.0
_SHIFT_MM = np.array([6.0, -5.0, 4.0])
_BEND_MM = np.array([6.0, 4.0, 5.0])
_BEND_LENGTH_MM = np.array([95.0, 80.0, 110.0])  # of half a wave

_TIPS = {
    "front tip of the left ventricle": (-13.0, 33.0, 12.0),
    "front tip of the right ventricle": (13.0, 33.0, 12.0),
    "back tip of the left ventricle": (-13.0, -23.0, 12.0),
    "back tip of the right ventricle": (13.0, -23.0, 12.0),
    "middle of the lesion": (-38.0, 26.0, 26.0),
    "outer edge of the right putamen": (34.0, 8.0, -4.0),
    "back of the cerebellum": (0.0, -70.0, -38.0),
    "top of the white matter": (0.0, 0.0, 60.0),
}


@dataclass(frozen=True)
class Structure:
    """An ellipsoid that is painted over what was painted before.

    :param tissue: a key of the brightnesses.
    :param center_ras: in millimetres.
    :param radii_mm: along R, A and S.
    :param folds: how far its surface goes in and out, relative to the radii.
    """

    tissue: str
    center_ras: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    folds: float = 0.0


HEAD = (
    Structure("scalp", (0, 0, 0), (76, 96, 82)),
    Structure("bone", (0, 0, 0), (71, 91, 77)),
    Structure("fluid", (0, 0, 0), (66, 86, 72)),
    Structure("grey", (0, 0, 0), (63, 83, 69), folds=0.02),
    Structure("white", (0, 0, 0), (54, 74, 60), folds=0.06),
    Structure("fluid", (-13, 5, 12), (7, 28, 9)),
    Structure("fluid", (13, 5, 12), (7, 28, 9)),
    Structure("fluid", (0, -6, -6), (3, 12, 10)),
    Structure("grey", (-13, -8, -2), (8, 13, 8)),
    Structure("grey", (13, -8, -2), (8, 13, 8)),
    Structure("grey", (-28, 8, -4), (6, 16, 9)),
    Structure("grey", (28, 8, -4), (6, 16, 9)),
    Structure("grey", (0, -54, -38), (34, 16, 13)),
    Structure("lesion", (-38, 26, 26), (8, 8, 8)),
)


@dataclass(frozen=True)
class PhantomPair:
    """The nodes of one pair, and places with known correspondence that no landmark marks.

    :param fixed: volume that stays; ``moving`` the other one.
    :param fixed_landmarks: eight points, labelled 1 to 8; ``moving_landmarks`` the same places in the moving volume.
    :param check_points_fixed_ras: shape (n, 3), places inside the brain in millimetres.
    :param check_points_moving_ras: shape (n, 3), where these places truly lie in the moving volume.
    """

    fixed: vtkMRMLScalarVolumeNode
    moving: vtkMRMLScalarVolumeNode
    fixed_landmarks: vtkMRMLMarkupsFiducialNode
    moving_landmarks: vtkMRMLMarkupsFiducialNode
    check_points_fixed_ras: FloatArray
    check_points_moving_ras: FloatArray

    def largest_error_mm(self, transform: vtkMRMLTransformNode) -> float:
        """How far a result is off at places that no landmark marked."""
        mapped = transformed_points(transform.GetTransformFromParent(), self.check_points_fixed_ras)
        return float(np.linalg.norm(mapped - self.check_points_moving_ras, axis=1).max())


def shift_along_x(distance_mm: float) -> vtk.vtkMatrix4x4:
    """A matrix that shifts to the right."""
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, distance_mm)
    return matrix


def make_phantom_pair(scene: vtkMRMLScene) -> PhantomPair:
    """Add two volumes and two point lists to a scene; one or two seconds of work, the same result each time.

    :param scene: keep it as long as the nodes are in use; they do not keep it alive.

    Example::

        import slicer
        from ElastixPlusPanel.phantom_pair import make_phantom_pair

        scene = slicer.vtkMRMLScene()
        pair = make_phantom_pair(scene)
        print(pair.moving_landmarks.GetNumberOfControlPoints())  # 8
    """
    grid = _grid_positions()
    random = np.random.default_rng(20)
    fixed_voxels = brightness_at(grid, FIXED_BRIGHTNESS) + random.normal(0.0, _NOISE, len(grid))
    moving_voxels = brightness_at(fixed_positions(grid), MOVING_BRIGHTNESS) + random.normal(0.0, _NOISE, len(grid))
    landmarks = landmark_positions()
    check_points = _check_points()
    return PhantomPair(
        fixed=_add_volume(scene, fixed_voxels, "Phantom fixed"),
        moving=_add_volume(scene, moving_voxels, "Phantom moving"),
        fixed_landmarks=_add_landmarks(scene, landmarks, "Phantom fixed landmarks", FIXED_COLOR),
        moving_landmarks=_add_landmarks(scene, moving_positions(landmarks), "Phantom moving landmarks", MOVING_COLOR),
        check_points_fixed_ras=check_points,
        check_points_moving_ras=moving_positions(check_points),
    )


def landmark_positions() -> FloatArray:
    """Where the landmarks 1 to 8 lie in the fixed volume; shape (8, 3), RAS millimetres."""
    positions: FloatArray = np.array(list(_TIPS.values()), dtype=np.float64)
    return positions


def fixed_positions(moving_ras: FloatArray) -> FloatArray:
    """The places of the fixed volume that lie at places of the moving one; shape (n, 3), RAS millimetres."""
    unturned = (np.asarray(moving_ras, dtype=np.float64) - _SHIFT_MM) @ _rotation()
    fixed: FloatArray = unturned + _bend(unturned)
    return fixed


def moving_positions(fixed_ras: FloatArray) -> FloatArray:
    """Where places of the fixed volume lie in the moving one; shape (n, 3), RAS millimetres.

    The bend has no inverse as a formula; the iteration halves its error at least with each of its steps.
    """
    fixed = np.asarray(fixed_ras, dtype=np.float64)
    unturned = fixed
    for _ in range(60):
        unturned = fixed - _bend(unturned)
    moving: FloatArray = unturned @ _rotation().T + _SHIFT_MM
    return moving


def brightness_at(points_ras: FloatArray, brightness: Mapping[str, float]) -> FloatArray:
    """The grey value of the head at places of the fixed volume.

    :param points_ras: shape (n, 3), in millimetres.
    :param brightness: grey value of each tissue; outside of the head it is 0.
    :returns: shape (n,).
    """
    folds = np.prod(np.sin(points_ras / np.array([6.5, 7.5, 7.0])), axis=1)
    values = np.zeros(len(points_ras))
    for structure in HEAD:
        center, radii = np.array(structure.center_ras), np.array(structure.radii_mm)
        near = np.flatnonzero(np.abs(points_ras[:, 2] - center[2]) < 1.1 * radii[2] + _EDGE_MM)
        relative = (points_ras[near] - center) / radii
        depth = 1.0 - np.sqrt(np.einsum("ij,ij->i", relative, relative)) + structure.folds * folds[near]
        share = np.clip(depth * radii.min() / _EDGE_MM + 0.5, 0.0, 1.0)
        values[near] += share * (brightness[structure.tissue] - values[near])
    return values


def _bend(points: FloatArray) -> FloatArray:
    """Each axis is bent along the next one: R along A, A along S, S along R; millimetres."""
    waves: FloatArray = _BEND_MM * np.sin(np.pi * np.roll(points, -1, axis=1) / _BEND_LENGTH_MM + 0.4)
    return waves


def _rotation() -> FloatArray:
    """From fixed to moving, shape (3, 3); Rodrigues' formula."""
    x, y, z = _AXIS
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.radians(_DEGREES)
    rotation: FloatArray = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return rotation


def _ijk_to_ras() -> FloatArray:
    """Both volumes have the same grid with the origin in its middle; shape (4, 4)."""
    matrix = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    matrix[:3, 3] = -SPACING_MM * (np.array(DIMENSIONS) - 1) / 2
    return matrix


def _grid_positions() -> FloatArray:
    """RAS position of every voxel in memory order, shape (n, 3)."""
    k, j, i = np.indices(DIMENSIONS[::-1]).reshape(3, -1)
    positions: FloatArray = np.stack([i, j, k], axis=1) * SPACING_MM + _ijk_to_ras()[:3, 3]
    return positions


def _check_points() -> FloatArray:
    """Places spread evenly over the grey and white matter, shape (n, 3)."""
    random = np.random.default_rng(8)
    directions = random.normal(size=(_CHECK_POINTS, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    depths = random.uniform(0.0, 1.0, (_CHECK_POINTS, 1)) ** (1 / 3)
    points: FloatArray = directions * depths * np.array([60.0, 80.0, 66.0])
    return points


def _add_volume(scene: vtkMRMLScene, voxels: FloatArray, name: str) -> vtkMRMLScalarVolumeNode:
    image = vtk.vtkImageData()
    image.SetDimensions(*DIMENSIONS)
    image.GetPointData().SetScalars(numpy_to_vtk(np.maximum(np.rint(voxels), 0).astype(np.int16), deep=True))
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetIJKToRASMatrix(matrix_from_array(_ijk_to_ras()))
    node.SetAndObserveImageData(image)
    node.CreateDefaultDisplayNodes()
    return node


def _add_landmarks(
    scene: vtkMRMLScene, points_ras: FloatArray, name: str, color: tuple[float, float, float]
) -> vtkMRMLMarkupsFiducialNode:
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    for number, (description, point) in enumerate(zip(_TIPS, points_ras, strict=True), start=1):
        index = node.AddControlPoint(vtk.vtkVector3d(*point), str(number))
        node.SetNthControlPointDescription(index, description)
    node.CreateDefaultDisplayNodes()
    if display := node.GetDisplayNode():
        display.SetSelectedColor(color)
    return node

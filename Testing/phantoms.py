"""Small made-up volumes and MRML nodes for tests: known anatomy, known transforms, any geometry."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

FloatArray = npt.NDArray[np.float64]

BLOBS = 60


def smooth_anatomy(points_ras: FloatArray, extent_mm: float = 40.0, seed: int = 7) -> FloatArray:
    """A smooth grey value for every world position: the same imaginary body, whatever grid it is looked at on.

    :param points_ras: shape (n, 3).
    :param extent_mm: half the edge of the cube around the origin that the body fills.
    """
    random = np.random.default_rng(seed)
    centers = random.uniform(-0.8 * extent_mm, 0.8 * extent_mm, (BLOBS, 3))
    widths = random.uniform(0.1 * extent_mm, 0.25 * extent_mm, BLOBS)
    heights = random.uniform(20.0, 100.0, BLOBS)
    values = np.zeros(len(points_ras))
    for center, width, height in zip(centers, widths, heights, strict=True):
        values += height * np.exp(-((points_ras - center) ** 2).sum(axis=1) / (2 * width**2))
    return values


def rotation_about(axis: Sequence[float], degrees: float) -> FloatArray:
    """A right-handed rotation, shape (4, 4)."""
    transform = vtk.vtkTransform()
    transform.RotateWXYZ(degrees, *axis)
    return np.array([[transform.GetMatrix().GetElement(row, column) for column in range(4)] for row in range(4)])


def shift(x: float, y: float, z: float) -> FloatArray:
    """A translation, shape (4, 4)."""
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    return matrix


def grid_matrix(
    dimensions: Sequence[int],
    spacing_mm: Sequence[float],
    axes: FloatArray | None = None,
    center: Sequence[float] = (0, 0, 0),
) -> FloatArray:
    """IJK to RAS of a grid whose middle lies at ``center``; ``axes`` are the columns of its directions."""
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if axes is None else axes[:3, :3]) * np.asarray(spacing_mm)
    matrix[:3, 3] = np.asarray(center) - matrix[:3, :3] @ ((np.asarray(dimensions) - 1) / 2)
    return matrix


def grid_positions(dimensions: Sequence[int], ijk_to_ras: FloatArray) -> FloatArray:
    """World position of every voxel in memory order, shape (n, 3)."""
    k, j, i = np.indices(tuple(dimensions)[::-1]).reshape(3, -1)
    return np.stack([i, j, k], axis=1) @ ijk_to_ras[:3, :3].T + ijk_to_ras[:3, 3]


def vtk_matrix(array: FloatArray) -> vtk.vtkMatrix4x4:
    """Copy an array of shape (4, 4) to VTK."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(array, dtype=float).ravel().tolist())
    return matrix


def add_volume(
    scene: slicer.vtkMRMLScene,
    voxels: npt.NDArray[np.generic],
    ijk_to_ras: FloatArray,
    name: str = "volume",
    node_class: str = "vtkMRMLScalarVolumeNode",
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add a volume node.

    :param voxels: shape (slices, rows, columns).
    """
    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(voxels).ravel(), deep=True))
    node = scene.AddNewNodeByClass(node_class, name)
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(vtk_matrix(ijk_to_ras))
    return node


def add_anatomy(
    scene: slicer.vtkMRMLScene,
    dimensions: Sequence[int] = (40, 36, 32),
    spacing_mm: Sequence[float] = (2.0, 2.2, 2.4),
    axes: FloatArray | None = None,
    moved_by: FloatArray | None = None,
    dtype: npt.DTypeLike = np.int16,
    name: str = "anatomy",
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add a view of the imaginary body.

    :param moved_by: shape (4, 4); where the body lies in this volume: fixed position p is found at moved_by @ p.
    """
    ijk_to_ras = grid_matrix(dimensions, spacing_mm, axes)
    moved = None if moved_by is None else np.asarray(moved_by, dtype=np.float64).tobytes()
    values = _anatomy_on_grid(tuple(dimensions), ijk_to_ras.tobytes(), moved)
    return add_volume(scene, values.astype(dtype), ijk_to_ras, name)


@lru_cache(maxsize=64)
def _anatomy_on_grid(dimensions: tuple[int, ...], ijk_to_ras: bytes, moved_by: bytes | None) -> FloatArray:
    """The imaginary body on a grid, computed once: hundreds of tests look at the same few views of it."""
    positions = grid_positions(dimensions, np.frombuffer(ijk_to_ras).reshape(4, 4))
    if moved_by is not None:
        inverse = np.linalg.inv(np.frombuffer(moved_by).reshape(4, 4))
        positions = positions @ inverse[:3, :3].T + inverse[:3, 3]
    values = smooth_anatomy(positions).reshape(dimensions[::-1])
    values.setflags(write=False)
    return values


def add_points(
    scene: slicer.vtkMRMLScene, points_ras: FloatArray, labels: Sequence[str] | None = None, name: str = "points"
) -> slicer.vtkMRMLMarkupsFiducialNode:
    """Add a point list; labels are 1, 2, ... unless given."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    for index, point in enumerate(np.asarray(points_ras, dtype=float).reshape(-1, 3)):
        node.AddControlPoint(vtk.vtkVector3d(*point))
        node.SetNthControlPointLabel(index, labels[index] if labels is not None else str(index + 1))
    return node


def add_linear_transform(scene: slicer.vtkMRMLScene, to_parent: FloatArray) -> slicer.vtkMRMLLinearTransformNode:
    """Add a linear transform node that moves its children by ``to_parent``."""
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "parent")
    node.SetMatrixTransformToParent(vtk_matrix(to_parent))
    return node


def mapped(transform_node: slicer.vtkMRMLTransformNode, points_ras: FloatArray) -> FloatArray:
    """Where a result takes points of the fixed volume."""
    transform = transform_node.GetTransformFromParent()
    return np.array([transform.TransformPoint(*point) for point in points_ras])


def random_points_inside(volume: slicer.vtkMRMLVolumeNode, count: int, seed: int = 5) -> FloatArray:
    """Random positions between the outermost voxel centres, in the volume's own RAS; shape (count, 3)."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    ijk_to_ras = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    top = np.array(volume.GetImageData().GetDimensions()) - 1.0
    indices = np.random.default_rng(seed).uniform(0.0, top, (count, 3))
    return indices @ ijk_to_ras[:3, :3].T + ijk_to_ras[:3, 3]

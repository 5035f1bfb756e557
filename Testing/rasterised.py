"""Masks on the grid of their volume, without the steps in between, and shapes to make masks of, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import slicer
import vtk

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.masks import WorldMask, combined_mask_steps, mask_steps
from ElastixPlusLib.mrml.volumes import voxel_array
from ElastixPlusLib.steps import run_to_end
from phantoms import FloatArray, grid_matrix, grid_positions, rotation_about, vtk_matrix

OBLIQUE = rotation_about((1, 2, 3), 30.0)
MIRRORED = np.diag([1.0, 1.0, -1.0, 1.0])
AXES_AND_SPACING = {
    "straight": (np.eye(4), (2.0, 2.0, 2.0)),
    "oblique": (OBLIQUE, (2.0, 2.0, 2.0)),
    "left-handed": (MIRRORED, (2.0, 2.0, 2.0)),
    "anisotropic, oblique and left-handed": (OBLIQUE @ MIRRORED, (1.5, 1.9, 3.1)),
}


def mask_on_grid(*arguments: Any, **options: Any) -> WorldMask:
    """Rasterise a mask; parameters as of ``mask_steps``."""
    return run_to_end(mask_steps(*arguments, **options))


def combined_mask_on_grid(*arguments: Any, **options: Any) -> WorldMask:
    """Rasterise a mask less what is excluded; parameters as of ``combined_mask_steps``."""
    return run_to_end(combined_mask_steps(*arguments, **options))


def covered(mask: WorldMask) -> npt.NDArray[np.bool_]:
    """Which voxels of the volume a mask covers, shape (slices, rows, columns)."""
    voxels = voxel_array(mask.image)
    assert voxels.dtype == np.uint8
    assert voxels.max() <= 1
    return voxels != 0


def voxel_count(mask: WorldMask) -> int:
    """Number of voxels of the volume that the mask covers."""
    return int(np.count_nonzero(voxel_array(mask.image)))


def named_grid(name: str, dimensions: tuple[int, int, int] = (30, 28, 26)) -> Grid:
    """One of the grids of ``AXES_AND_SPACING``, around the origin."""
    axes, spacing_mm = AXES_AND_SPACING[name]
    return Grid(dimensions, grid_matrix(dimensions, spacing_mm, axes))


def centers_ras(grid: Grid) -> FloatArray:
    """The position of every voxel centre, shape (slices, rows, columns, 3)."""
    return grid_positions(grid.dimensions, grid.ijk_to_world).reshape(*grid.dimensions[::-1], 3)


def within_box(points_ras: FloatArray, object_to_world: FloatArray, size_mm: Sequence[float]) -> FloatArray:
    """How far inside a box each point lies, in its own millimetres; negative outside."""
    inverse = np.linalg.inv(object_to_world)
    depth: FloatArray = np.asarray(size_mm) / 2 - np.abs(points_ras @ inverse[:3, :3].T + inverse[:3, 3])
    return depth.min(axis=-1)


def add_roi(
    scene: slicer.vtkMRMLScene, size_mm: Sequence[float], object_to_node: FloatArray | None = None
) -> slicer.vtkMRMLMarkupsROINode:
    """Add a box around the origin of ``object_to_node``."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    node.SetSize(*size_mm)
    node.SetAndObserveObjectToNodeMatrix(vtk_matrix(np.eye(4) if object_to_node is None else object_to_node))
    return node


def add_model(scene: slicer.vtkMRMLScene, surface: vtk.vtkPolyData, name: str = "bone") -> slicer.vtkMRMLModelNode:
    """Add a surface model."""
    node = scene.AddNewNodeByClass("vtkMRMLModelNode", name)
    node.SetAndObserveMesh(surface)
    return node


def ball(center: Sequence[float], radius_mm: float, resolution: int = 80) -> vtk.vtkPolyData:
    """The closed surface of a ball."""
    source = vtk.vtkSphereSource()
    source.SetCenter(center)
    source.SetRadius(radius_mm)
    source.SetThetaResolution(resolution)
    source.SetPhiResolution(resolution)
    source.Update()
    return source.GetOutput()


def brick(size_mm: Sequence[float], object_to_world: FloatArray | None = None) -> vtk.vtkPolyData:
    """The closed surface of a box, of quadrangles that do not share their corners."""
    source = vtk.vtkCubeSource()
    source.SetXLength(size_mm[0])
    source.SetYLength(size_mm[1])
    source.SetZLength(size_mm[2])
    move = vtk.vtkTransform()
    move.SetMatrix(vtk_matrix(np.eye(4) if object_to_world is None else object_to_world))
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetInputConnection(source.GetOutputPort())
    moved.SetTransform(move)
    moved.Update()
    return moved.GetOutput()

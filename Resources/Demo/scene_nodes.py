"""Put arrays into MRML nodes, and point lists into files that 3D Slicer loads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.frames import matrix_from_array

FloatArray = npt.NDArray[np.float64]


def add_volume(
    scene: slicer.vtkMRMLScene, voxels: npt.NDArray[np.generic], grid: Grid, name: str
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add a scalar volume; ``voxels`` has shape (slices, rows, columns)."""
    image = vtk.vtkImageData()
    image.SetDimensions(*grid.dimensions)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(voxels).ravel(), deep=True))
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(matrix_from_array(grid.ijk_to_world))
    return node


def add_points(
    scene: slicer.vtkMRMLScene, points_ras: FloatArray, labels: Sequence[str], name: str
) -> slicer.vtkMRMLMarkupsFiducialNode:
    """Add a point list; ``points_ras`` has shape (n, 3)."""
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    for point, label in zip(points_ras, labels, strict=True):
        index = node.AddControlPoint(vtk.vtkVector3d(*point))
        node.SetNthControlPointLabel(index, label)
    return node


def write_points(node: slicer.vtkMRMLMarkupsFiducialNode, path: Path) -> None:
    """Write a point list as .mrk.json.

    :raises OSError: it cannot be written.
    """
    storage = slicer.vtkMRMLMarkupsJsonStorageNode()
    storage.SetFileName(str(path))
    if not storage.WriteData(node):
        raise OSError(f"The point list could not be written to {path}.")

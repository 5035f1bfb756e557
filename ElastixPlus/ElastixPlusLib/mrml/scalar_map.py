"""A measured quantity as a volume that is shown in colour."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from slicer import vtkMRMLScalarVolumeDisplayNode, vtkMRMLScalarVolumeNode, vtkMRMLScene

from ..grid import Grid
from .frames import matrix_from_array
from .volumes import image_of_voxels

Quantity = Literal["Jacobian determinant", "standard deviation"]

# Singletons of the application; a scene without it has none. Blue has shrunk, white has kept its volume, red has grown.
_COLOR_NODE_IDS: dict[Quantity, str] = {
    "Jacobian determinant": "vtkMRMLColorTableNodeFileDivergingBlueRed.txt",
    "standard deviation": "vtkMRMLColorTableNodeFileViridis.txt",
}
_JACOBIAN_SHOWN = (0.0, 2.0)
_SMALLEST_RANGE_MM = 0.01


def add_scalar_map(
    scene: vtkMRMLScene, values: npt.NDArray[np.floating], grid: Grid, name: str, quantity: Quantity
) -> vtkMRMLScalarVolumeNode:
    """Add a volume of measured values, shown from 0 to 2 (Jacobian determinant) or from 0 to the largest (mm).

    :param values: shape (slices, rows, columns); kept as float32.
    :param grid: where the values lie in the world.
    :param name: made unique in the scene.
    :returns: the node, under no transform. Where the scene has the application's colours, Jacobian determinants are
        blue below 1, white at 1 and red above.
    """
    voxels = np.asarray(values, dtype=np.float32)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(name))
    node.SetDescription(quantity)
    node.SetIJKToRASMatrix(matrix_from_array(grid.ijk_to_world))
    node.SetAndObserveImageData(image_of_voxels(voxels))
    _show(node, quantity, voxels)
    return node


def _show(node: vtkMRMLScalarVolumeNode, quantity: Quantity, voxels: npt.NDArray[np.float32]) -> None:
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    if not isinstance(display, vtkMRMLScalarVolumeDisplayNode):
        return
    low, high = _JACOBIAN_SHOWN
    if quantity == "standard deviation":
        finite = voxels[np.isfinite(voxels)]
        low, high = 0.0, max(float(finite.max(initial=0.0)), _SMALLEST_RANGE_MM)
    display.SetAutoWindowLevel(False)  # or the application would set both by the histogram
    display.SetWindowLevelMinMax(low, high)
    if node.GetScene().GetNodeByID(_COLOR_NODE_IDS[quantity]) is not None:
        display.SetAndObserveColorNodeID(_COLOR_NODE_IDS[quantity])

"""Read the control points of a markups node as they lie in the world."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from slicer import vtkMRMLMarkupsNode, vtkMRMLTransformNode

from .frames import transform_to_world, transformed_points
from .saved_names import text_of

FloatArray = npt.NDArray[np.float64]


def control_points(
    node: vtkMRMLMarkupsNode, without: vtkMRMLTransformNode | None = None
) -> tuple[tuple[str, ...], FloatArray]:
    """Labels and world positions of all control points, parent transforms applied; the node stays untouched.

    :param without: a transform that counts as identity, see :func:`.frames.transform_to_world`.
    :returns: labels, and positions of shape (n, 3) in world RAS millimetres; a point whose position is not defined
        (listed, but not placed yet) has NaN. A point that was added to follow the mouse while placing is no landmark.
    """
    status = [node.GetNthControlPointPositionStatus(index) for index in range(node.GetNumberOfControlPoints())]
    listed = [index for index in range(len(status)) if not is_added_preview(node, index)]
    positions = np.full((len(listed), 3), np.nan)
    placed = [row for row, index in enumerate(listed) if status[index] == vtkMRMLMarkupsNode.PositionDefined]
    own_positions = np.array([node.GetNthControlPointPosition(listed[row]) for row in placed])
    positions[placed] = transformed_points(transform_to_world(node, without), own_positions)
    return tuple(text_of(node.GetNthControlPointLabel(index)) for index in listed), positions


def is_added_preview(node: vtkMRMLMarkupsNode, index: int) -> bool:
    """Whether a control point is there only to follow the mouse while placing.

    A landmark that is listed, but not placed yet, follows the mouse itself, and stays listed when the mouse leaves.
    """
    is_preview = node.GetNthControlPointPositionStatus(index) == vtkMRMLMarkupsNode.PositionPreview
    return bool(is_preview and node.GetNthControlPointAutoCreated(index))

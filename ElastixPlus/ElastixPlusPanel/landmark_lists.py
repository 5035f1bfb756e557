"""Make landmark lists, add pairs to them, and let the user place a landmark in the views."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

POINT_LIST_CLASS = "vtkMRMLMarkupsFiducialNode"
FIXED_COLOR = (0.23, 0.53, 0.78)
MOVING_COLOR = (0.88, 0.48, 0.0)


def make_point_list(volume: Any, name: str, color: tuple[float, float, float]) -> Any:
    """Add an empty point list for the landmarks of a volume; labels are plain numbers.

    :param name: for a list without a volume to name it after.
    """
    if volume is not None:
        name = _("{volume} landmarks").format(volume=volume.GetName())
    node = slicer.mrmlScene.AddNewNodeByClass(POINT_LIST_CLASS, slicer.mrmlScene.GenerateUniqueName(name))
    node.SetControlPointLabelFormat("%d")
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    if display is not None:
        display.SetSelectedColor(*color)
        display.SetColor(*color)
    return node


def listed_indices(node: Any) -> list[int]:
    """The control points of a list without the preview that follows the mouse."""
    preview = slicer.vtkMRMLMarkupsNode.PositionPreview
    count = node.GetNumberOfControlPoints()
    return [index for index in range(count) if node.GetNthControlPointPositionStatus(index) != preview]


def add_unplaced_point(node: Any, label: str) -> int:
    """Add a landmark that has no place yet, and return its index."""
    index = int(node.AddControlPoint(0.0, 0.0, 0.0, label))
    node.UnsetNthControlPointPosition(index)
    return index


def next_label(fixed: Any, moving: Any) -> str:
    """The smallest number that no landmark of either list has as its label."""
    used = {node.GetNthControlPointLabel(index) for node in (fixed, moving) for index in listed_indices(node)}
    number = 1
    while str(number) in used:
        number += 1
    return str(number)


def start_placing(node: Any, index: int) -> None:
    """Let the next click in a view place one landmark."""
    logic = slicer.modules.markups.logic()
    logic.SetActiveList(node)
    node.SetControlPointPlacementStartIndex(index)
    logic.StartPlaceMode(False)

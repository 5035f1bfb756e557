"""Make landmark lists, add pairs to them, and let the user place a landmark in the views."""

from __future__ import annotations

import re
from typing import Any

import slicer
from slicer.i18n import tr as _

from ElastixPlusLib.mrml.landmarks import is_added_preview
from ElastixPlusLib.mrml.saved_names import text_of

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
    """The control points of a list without one that the application has added to follow the mouse."""
    return [index for index in range(node.GetNumberOfControlPoints()) if not is_added_preview(node, index)]


def add_unplaced_point(node: Any, label: str) -> int:
    """Add a landmark that has no place yet, and return its index."""
    index = int(node.AddControlPoint(0.0, 0.0, 0.0, label))
    node.UnsetNthControlPointPosition(index)
    return index


def labels_in(node: Any) -> list[str]:
    """The labels of a list, in its order."""
    return [text_of(node.GetNthControlPointLabel(index)) for index in listed_indices(node)]


def next_labels(fixed: Any, moving: Any) -> tuple[str, str]:
    """The labels of a new pair: the same number in both lists, unless they are paired by order and have to stay so."""
    labels = labels_in(fixed), labels_in(moving)
    if labels[0] and len(labels[0]) == len(labels[1]) and not set(labels[0]) & set(labels[1]) - {""}:
        return following_label(labels[0]), following_label(labels[1])
    number = 1
    while str(number) in labels[0] or str(number) in labels[1]:
        number += 1
    return str(number), str(number)


def label_of_partner(node: Any, other: Any, label: str) -> str:
    """The label that a list has to give to the partner of a landmark of the other list: the same one.

    Where no label is in both lists and the partner is the next one in order, the list goes on in its own way.

    :param node: the list that lacks the landmark.
    :param label: in the other list.
    """
    here, there = labels_in(node), labels_in(other)
    is_by_order = bool(here) and not set(here) & set(there) - {""}
    is_next = is_by_order and len(here) < len(there) and there[len(here)] == label
    return following_label(here) if is_next else label


def following_label(labels: list[str]) -> str:
    """The label that goes on where a list ends.

    >>> following_label(["F-1", "F-2"]), following_label(["AC", "PC"])
    ('F-3', 'PC-2')
    """
    found = re.fullmatch(r"(.*?)(\d+)", labels[-1])
    stem, number = (found.group(1), int(found.group(2)) + 1) if found else (f"{labels[-1]}-", 2)
    while f"{stem}{number}" in labels:
        number += 1
    return f"{stem}{number}"


def start_placing(node: Any, index: int) -> None:
    """Let the next click in a view place one landmark."""
    if node.GetDisplayNode() is None:  # without one the views take no click for it
        node.CreateDefaultDisplayNodes()
    logic = slicer.modules.markups.logic()
    logic.SetActiveList(node)
    node.SetControlPointPlacementStartIndex(index)
    logic.StartPlaceMode(False)

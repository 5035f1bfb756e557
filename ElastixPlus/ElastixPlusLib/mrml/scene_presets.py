"""Presets that lie in a scene, as text nodes; what they say is for others to read.

Those of ElastixPlus are hidden text nodes with the id of the preset as an attribute. Those of SlicerElastix are text
nodes with the attribute Type = ElastixPreset. Both are saved with the scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from slicer import vtkMRMLScene, vtkMRMLTextNode

ATTRIBUTE = "ElastixPlus.Preset"
_SLICER_ELASTIX_ATTRIBUTE, _SLICER_ELASTIX_VALUE = "Type", "ElastixPreset"
_CLASS = "vtkMRMLTextNode"


@dataclass(frozen=True)
class ScenePresetText:
    """The text of one preset in a scene.

    :param name: of the node.
    :param text: as it lies there.
    :param node_id: of the node.
    :param kind: who wrote it.
    :param identifier: under which ElastixPlus stored it; empty for one of SlicerElastix.
    """

    name: str
    text: str
    node_id: str
    kind: Literal["ElastixPlus", "SlicerElastix"] = "ElastixPlus"
    identifier: str = ""


def preset_texts(scene: vtkMRMLScene) -> tuple[ScenePresetText, ...]:
    """The texts of all presets in a scene, in the order of the scene; none of them is read or checked here."""
    return tuple(
        ScenePresetText(
            node.GetName() or "",
            node.GetText() or "",
            node.GetID(),
            "ElastixPlus" if node.GetAttribute(ATTRIBUTE) else "SlicerElastix",
            node.GetAttribute(ATTRIBUTE) or "",
        )
        for node in _nodes(scene)
        if node.GetAttribute(ATTRIBUTE) or node.GetAttribute(_SLICER_ELASTIX_ATTRIBUTE) == _SLICER_ELASTIX_VALUE
    )


def store_preset_text(scene: vtkMRMLScene, identifier: str, title: str, text: str) -> str:
    """Keep the text of a preset in a scene; one of the same id is replaced.

    :param identifier: id of the preset.
    :param title: name of the node.
    :param text: without tabs outside of its strings, as JSON has none.
    :returns: the id of the node.

    >>> scene = vtkMRMLScene()
    >>> store_preset_text(scene, "knee", "Knee", "{}")
    'vtkMRMLTextNode1'
    >>> preset_texts(scene)[0].text
    '{}'
    """
    node = next((node for node in _nodes(scene) if node.GetAttribute(ATTRIBUTE) == identifier), None)
    if node is None:
        node = scene.AddNewNodeByClass(_CLASS)
    was_modifying = node.StartModify()
    node.SetName(title)
    node.SetAttribute(ATTRIBUTE, identifier)
    node.HideFromEditorsOn()
    # Into the scene file itself: a file beside it is easily left behind, and one of a long text is the default.
    node.SetForceCreateStorageNode(vtkMRMLTextNode.CreateStorageNodeNever)
    node.SetText(text)
    node.EndModify(was_modifying)
    return str(node.GetID())


def remove_preset_text(scene: vtkMRMLScene, identifier: str) -> bool:
    """Take a preset of ElastixPlus out of a scene.

    :returns: whether it was there.
    """
    nodes = [node for node in _nodes(scene) if node.GetAttribute(ATTRIBUTE) == identifier]
    for node in nodes:
        scene.RemoveNode(node)
    return bool(nodes)


def remove_preset_node(scene: vtkMRMLScene, node_id: str) -> None:
    """Take a preset of either kind out of a scene, by the id of its node."""
    node = scene.GetNodeByID(node_id)
    if node is not None:
        scene.RemoveNode(node)


def _nodes(scene: vtkMRMLScene) -> Iterator[vtkMRMLTextNode]:
    count = scene.GetNumberOfNodesByClass(_CLASS)
    return iter([scene.GetNthNodeByClass(index, _CLASS) for index in range(count)])

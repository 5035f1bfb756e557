"""Nodes that hold what is known of a transform: found again by a reference, so that a new evaluation updates them."""

from __future__ import annotations

from typing import TypeVar

import vtk
from slicer import (
    vtkMRMLDisplayableNode,
    vtkMRMLNode,
    vtkMRMLPlotChartNode,
    vtkMRMLScene,
    vtkMRMLStorableNode,
    vtkMRMLSubjectHierarchyNode,
)

from ..mrml.plots import remove_chart, series_nodes

EVALUATED_ROLE = "ElastixPlus.Evaluated"
EVIDENCE_ATTRIBUTE = "ElastixPlus.Evidence"
FOLDER_ATTRIBUTE = "ElastixPlus.Evaluation"

Node = TypeVar("Node", bound=vtkMRMLNode)


def kept_nodes(subject: vtkMRMLNode) -> dict[str, vtkMRMLNode]:
    """What an earlier evaluation left in the scene, by its kind.

    :param subject: the transform that was evaluated.
    """
    nodes = subject.GetScene().GetNodesByClass("vtkMRMLNode")
    nodes.UnRegister(None)
    found = (nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems()))
    return {
        node.GetAttribute(EVIDENCE_ATTRIBUTE): node
        for node in found
        if node.GetAttribute(EVIDENCE_ATTRIBUTE) and node.GetNodeReferenceID(EVALUATED_ROLE) == subject.GetID()
    }


def keep(node: Node, subject: vtkMRMLNode, kind: str) -> Node:
    """Make a node one that :func:`kept_nodes` finds."""
    node.SetAttribute(EVIDENCE_ATTRIBUTE, kind)
    node.SetNodeReferenceID(EVALUATED_ROLE, subject.GetID())
    return node


def remove_kept(node: vtkMRMLNode) -> None:
    """Remove a node with everything that serves only it; a folder of :func:`into_folder` goes with the last one."""
    scene = node.GetScene()
    folder = _leave_folder(scene, node)
    serving: list[vtkMRMLNode] = []
    if isinstance(node, vtkMRMLStorableNode):
        serving += [node.GetNthStorageNode(index) for index in range(node.GetNumberOfStorageNodes())]
    if isinstance(node, vtkMRMLDisplayableNode):
        serving += [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    if isinstance(node, vtkMRMLPlotChartNode):
        for series in series_nodes(node):
            _leave_folder(scene, series)
        remove_chart(node)
    else:
        scene.RemoveNode(node)
    for other in serving:
        if other is not None:
            scene.RemoveNode(other)
    _remove_if_empty(scene, folder)


def into_folder(nodes: list[vtkMRMLNode], name: str) -> None:
    """Put nodes into a folder of the Data module; a scene without subject hierarchy stays without.

    Where a user has put the first of the nodes into another folder, the others follow it there.

    :param nodes: all in one scene, at least one.
    """
    scene = nodes[0].GetScene()
    hierarchy = _hierarchy(scene)
    if hierarchy is None:
        return
    items = {node: _item(hierarchy, node) for node in nodes}
    folder = hierarchy.GetItemParent(items[nodes[0]])
    if folder in (hierarchy.GetInvalidItemID(), hierarchy.GetSceneItemID()) or not _is_folder(hierarchy, folder):
        folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), name)
        hierarchy.SetItemAttribute(folder, FOLDER_ATTRIBUTE, "1")
    if hierarchy.HasItemAttribute(folder, FOLDER_ATTRIBUTE):
        hierarchy.SetItemName(folder, name)
    series = [one for node in nodes if isinstance(node, vtkMRMLPlotChartNode) for one in series_nodes(node)]
    for item in [*items.values(), *(_item(hierarchy, one) for one in series)]:
        if hierarchy.GetItemParent(item) != folder:
            hierarchy.SetItemParent(item, folder)


def _hierarchy(scene: vtkMRMLScene) -> vtkMRMLSubjectHierarchyNode | None:
    # GetSubjectHierarchyNode would make one where there is none.
    return scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")


def _item(hierarchy: vtkMRMLSubjectHierarchyNode, node: vtkMRMLNode) -> int:
    """The place of a node in the Data module; the application makes one for every node, other hosts do not."""
    item = hierarchy.GetItemByDataNode(node)
    if item == hierarchy.GetInvalidItemID():
        item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
    return int(item)


def _is_folder(hierarchy: vtkMRMLSubjectHierarchyNode, item: int) -> bool:
    return hierarchy.GetItemDataNode(item) is None


def _leave_folder(scene: vtkMRMLScene, node: vtkMRMLNode) -> int | None:
    """Take a node out of the Data module and return the folder that it was in."""
    hierarchy = _hierarchy(scene)
    if hierarchy is None:
        return None
    item = hierarchy.GetItemByDataNode(node)
    if item == hierarchy.GetInvalidItemID():
        return None
    folder = int(hierarchy.GetItemParent(item))
    hierarchy.RemoveItem(item, False, False)
    return folder


def _remove_if_empty(scene: vtkMRMLScene, folder: int | None) -> None:
    hierarchy = _hierarchy(scene)
    if hierarchy is None or folder is None or not hierarchy.HasItemAttribute(folder, FOLDER_ATTRIBUTE):
        return
    children = vtk.vtkIdList()
    hierarchy.GetItemChildren(folder, children, False)
    if children.GetNumberOfIds() == 0:
        hierarchy.RemoveItem(folder)

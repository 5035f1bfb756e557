"""Keep Python's side of a node alive as long as the node is in the scene."""

from __future__ import annotations

from typing import Any

import vtk


def keep_while_in_scene(node: Any) -> None:
    """Hold a node that has Python observers until it leaves its scene.

    Python's garbage collector sees the observers of a node, but not that the scene holds the node. Where nothing in
    Python but the observers themselves refers to a node, it therefore clears their functions, and the application
    crashes when the node changes next. The wrapper of parameter nodes makes such observers and cannot remove them.

    The scene holds the node here, by an observer of its own, as that can be seen from Python.

    :param node: in a scene.
    """
    scene = node.GetScene()
    tags: list[int] = []

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def forget(_scene: Any, _event: str, removed: Any) -> None:
        if removed is node:
            scene.RemoveObserver(tags[0])

    tags.append(scene.AddObserver(scene.NodeRemovedEvent, forget))

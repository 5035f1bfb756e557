"""Show a moving volume, with its landmarks and mask, where a registration result puts it, and take that back."""

from __future__ import annotations

import vtk
from slicer import vtkMRMLTransformableNode, vtkMRMLTransformNode

from ..errors import InitialTransformError, InputError
from .frames import transform_to_world
from .transforms import set_transform_from_parent, transform_from_parent

ORIGINAL_PARENT_ROLE = "ElastixPlus.Original"
COPY_ATTRIBUTE = "ElastixPlus.CopyOf"  # a scene forgets references to a node that is deleted


def apply_transform(node: vtkMRMLTransformableNode, transform: vtkMRMLTransformNode) -> None:
    """Put a node under a registration result, with its present place in the world below it.

    A result maps between world positions. A node without parent goes under it directly. A node with a parent of its
    own keeps that one's effect by a copy: a transform node named "<parent> of <node>", which holds the parent's
    transform to world as it is now, is put under the result and the node under the copy. The parent itself stays
    untouched, as other nodes, even the fixed volume, may be under it. The copy refers to it by a node reference of the
    role ``ElastixPlus.Original``, which survives saving the scene.

    A node that is under the result already stays where it is. Whoever ignores the result and all above it then finds
    the node where it was before: the copy lies below the result.

    :param node: the moving volume, its landmark list or its mask; in the same scene as ``transform``.
    :param transform: a registration result, *from parent* maps fixed to moving world positions.
    :raises InputError: the result is itself under a transform, or the node's parent cannot be inverted.
    """
    if transform.GetParentTransformNode() is not None:
        raise InputError(
            f"The transform {transform.GetName()} is itself under the transform "
            f"{transform.GetParentTransformNode().GetName()}, so it does not map to the world.",
            "Take it out from there in the Transforms or Data module.",
        )
    parent = node.GetParentTransformNode()
    if parent is None:
        node.SetAndObserveTransformNodeID(transform.GetID())
    elif not _is_under(parent, transform):
        copy = _add_copy_to_world(node)
        copy.SetAndObserveTransformNodeID(transform.GetID())
        node.SetAndObserveTransformNodeID(copy.GetID())


def withdraw_transform(node: vtkMRMLTransformableNode, transform: vtkMRMLTransformNode) -> None:
    """Undo :func:`apply_transform`: the node has the parent again that it had before.

    The copy of that parent is removed if no other node is under it. If the parent has been deleted meanwhile, the copy
    takes its place: it leaves the result and the node stays under it. A node that the result was not applied to by
    :func:`apply_transform` stays as it is.

    :param node: what was put under the result.
    :param transform: the registration result.
    """
    parent = node.GetParentTransformNode()
    if parent is None:
        return
    if _is_same(parent, transform):
        node.SetAndObserveTransformNodeID(None)
        return
    if parent.GetAttribute(COPY_ATTRIBUTE) is None or not _is_same(parent.GetParentTransformNode(), transform):
        return
    original = parent.GetNodeReference(ORIGINAL_PARENT_ROLE)
    if original is None:
        parent.SetAndObserveTransformNodeID(None)
        return
    node.SetAndObserveTransformNodeID(original.GetID())
    if not _has_children(parent):
        parent.GetScene().RemoveNode(parent)


def _is_same(one: vtkMRMLTransformNode | None, other: vtkMRMLTransformNode) -> bool:
    return one is not None and one.GetID() == other.GetID()


def _is_under(node: vtkMRMLTransformNode, transform: vtkMRMLTransformNode) -> bool:
    """Whether a transform node is the other one or lies below it."""
    return _is_same(node, transform) or bool(node.IsTransformNodeMyParent(transform))


def _has_children(parent: vtkMRMLTransformNode) -> bool:
    nodes = parent.GetScene().GetNodesByClass("vtkMRMLTransformableNode")
    nodes.UnRegister(None)
    children = (nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems()))
    return any(_is_same(child.GetParentTransformNode(), parent) for child in children)


def _add_copy_to_world(node: vtkMRMLTransformableNode) -> vtkMRMLTransformNode:
    """Add a transform node that alone does what all parents of a node do."""
    parent, to_world = node.GetParentTransformNode(), transform_to_world(node)
    name = f"{parent.GetName()} of {node.GetName()}"
    if isinstance(to_world, vtk.vtkTransform):
        copy = node.GetScene().AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
        copy.SetMatrixTransformToParent(to_world.GetMatrix())
    else:
        from_world = _from_world(parent)  # before the node is added: it may fail
        copy = node.GetScene().AddNewNodeByClass("vtkMRMLTransformNode", name)
        set_transform_from_parent(copy, from_world)
    copy.SetNodeReferenceID(ORIGINAL_PARENT_ROLE, parent.GetID())
    copy.SetAttribute(COPY_ATTRIBUTE, parent.GetName())
    return copy


def _from_world(parent: vtkMRMLTransformNode) -> vtk.vtkAbstractTransform:
    """A copy of a deforming parent's transform from world."""
    holding = parent
    while holding.GetTransformFromParent() is None:  # a node that was never given a transform does nothing
        holding = holding.GetParentTransformNode()
    try:
        return transform_from_parent(holding)
    except InitialTransformError as error:
        raise InputError(
            f"The transform {parent.GetName()} flattens space or holds numbers that are not finite.",
            "Correct it in the Transforms module.",
        ) from error

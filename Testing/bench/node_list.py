"""Which nodes of a scene a node selector offers, and what it calls them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class NodeFilter:
    """The conditions that a node has to meet.

    :param attributes: (class name, attribute, value or None for any value).
    """

    node_types: tuple[str, ...] = ()
    show_hidden: bool = False
    show_child_types: bool = True
    hidden_child_types: tuple[str, ...] = ()
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)

    def fits_type(self, node: Any) -> bool:
        """Return whether the class of a node is one that is asked for."""
        if any(node.IsA(kind) for kind in self.hidden_child_types):
            return False
        if self.show_child_types:
            return any(node.IsA(kind) for kind in self.node_types)
        return node.GetClassName() in self.node_types

    def fits_attributes(self, node: Any) -> bool:
        """Return whether a node has every attribute that its class is asked for."""
        for kind, name, wanted in self.attributes:
            if node.IsA(kind) and (node.GetAttribute(name) is None or wanted not in (None, node.GetAttribute(name))):
                return False
        return True

    def accepts(self, node: Any) -> bool:
        """Return whether a node is offered."""
        shown = self.show_hidden or not node.GetHideFromEditors()
        return shown and self.fits_type(node) and self.fits_attributes(node)


def nodes_in(scene: Any) -> Iterator[Any]:
    """Yield the nodes of a scene in its order; nothing for None."""
    for index in range(scene.GetNumberOfNodes() if scene else 0):
        yield scene.GetNthNode(index)


def type_label(scene: Any, node_type: str) -> str:
    """Return what users call a class of nodes: "Volume", "Linear Transform"."""
    if scene is None:
        return node_type
    shown = scene.GetTypeDisplayNameByClassName(node_type)
    node = None if shown else scene.CreateNodeByClass(node_type)
    if node is None:
        return str(shown or node_type)
    node.UnRegister(None)
    return str(node.GetNodeTagName())


def action_rows(types: tuple[str, ...], labels: dict[str, str], allowed: dict[str, bool]) -> list[tuple[str, str]]:
    """Return (text, command) of the rows below the nodes: rename, edit, create, delete.

    :param allowed: which of "rename", "edit", "add" and "remove" there are.
    """
    one = labels[types[0]] if len(types) == 1 else "node"
    rows = [(f"Rename current {one}", "@rename")] if allowed["rename"] else []
    rows += [(f"Edit current {one}", "@edit")] if allowed["edit"] else []
    for kind in types if allowed["add"] else ():
        rows.append((f"Create new {labels[kind]}", f"@create/{kind}"))
        rows += [(f"Create new {labels[kind]} as...", f"@create_as/{kind}")] if allowed["rename"] else []
    return rows + ([(f"Delete current {one}", "@delete")] if allowed["remove"] else [])

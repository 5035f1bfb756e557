"""The choice of the structures of a volume: a segmentation or a labelmap."""

from __future__ import annotations

from typing import Any

from .parameter_set import ParameterSet

STRUCTURE_NODE_TYPES = ("vtkMRMLSegmentationNode", "vtkMRMLLabelMapVolumeNode")


class StructureChoice:
    """Binds a node selector to a member of the parameter set.

    The wrapper of parameter nodes cannot do it: a selector that it binds shows one class of nodes only.

    :param node_selector: a qMRMLNodeComboBox.
    :param member: of the parameter set.
    """

    def __init__(self, node_selector: Any, member: str) -> None:
        self._node_selector, self._member = node_selector, member
        self._parameters: ParameterSet | None = None
        self._is_showing = False
        node_selector.nodeTypes = STRUCTURE_NODE_TYPES
        node_selector.connect("currentNodeChanged(vtkMRMLNode*)", self._take_node)

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Show what the parameter set says."""
        if self._parameters is None or self._is_showing:
            return
        self._is_showing = True
        try:
            self._node_selector.setCurrentNode(self._parameters.getValue(self._member))
        finally:
            self._is_showing = False

    def _take_node(self, node: Any) -> None:
        if self._parameters is not None and not self._is_showing:
            self._parameters.setValue(self._member, node)

"""The choice of a region: a labelmap, a ROI, a model, or a segmentation with all of its segments or one of them."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from .parameter_set import ParameterSet

MASK_NODE_TYPES = (
    "vtkMRMLLabelMapVolumeNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLMarkupsROINode",
    "vtkMRMLModelNode",
)


class MaskChoice(VTKObservationMixin):
    """Binds a node selector and a combo box of segments to two members of the parameter set.

    The wrapper of parameter nodes cannot do it: a selector that it binds shows one class of nodes only.

    :param node_selector: for the mask, a qMRMLNodeComboBox.
    :param segment_selector: for the segment, a QComboBox.
    :param member: the member of the parameter set for the mask; the segment's is ``<member>_segment``.
    """

    def __init__(self, node_selector: Any, segment_selector: Any, member: str) -> None:
        VTKObservationMixin.__init__(self)
        self._node_selector, self._segment_selector = node_selector, segment_selector
        self._member, self._segment_member = member, f"{member}_segment"
        self._parameters: ParameterSet | None = None
        self._is_showing = False
        node_selector.nodeTypes = MASK_NODE_TYPES
        node_selector.connect("currentNodeChanged(vtkMRMLNode*)", self._take_node)
        segment_selector.connect("currentIndexChanged(int)", self._take_segment)

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        if parameters is None:
            self.removeObservers()
        self.show()

    def show(self) -> None:
        """Show what the parameter set says."""
        if self._parameters is None or self._is_showing:
            return
        self._is_showing = True
        try:
            node = self._parameters.getValue(self._member)
            self._node_selector.setCurrentNode(node)
            self._observe_segments(node)
            self._list_segments(node)
        finally:
            self._is_showing = False

    def _take_node(self, node: Any) -> None:
        if self._parameters is None or self._is_showing or node is self._parameters.getValue(self._member):
            return
        with slicer.util.NodeModify(self._parameters):
            self._parameters.setValue(self._member, node)
            self._parameters.setValue(self._segment_member, "")
        self.show()

    def _take_segment(self, row: int) -> None:
        if self._parameters is not None and not self._is_showing and row >= 0:
            self._parameters.setValue(self._segment_member, str(self._segment_selector.itemData(row) or ""))

    def _observe_segments(self, node: Any) -> None:
        segmentation = node.GetSegmentation() if isinstance(node, slicer.vtkMRMLSegmentationNode) else None
        self.removeObservers()
        if segmentation is not None:
            for event in (segmentation.SegmentAdded, segmentation.SegmentRemoved, segmentation.SegmentModified):
                self.addObserver(segmentation, event, self._segments_changed)

    def _segments_changed(self, _caller: Any, _event: Any) -> None:
        self.show()

    def _list_segments(self, node: Any) -> None:
        self._segment_selector.clear()
        is_segmentation = isinstance(node, slicer.vtkMRMLSegmentationNode)
        self._segment_selector.setVisible(is_segmentation)
        if not is_segmentation:
            return
        segmentation = node.GetSegmentation()
        self._segment_selector.addItem(_("all segments"), "")
        for index in range(segmentation.GetNumberOfSegments()):
            segment_id = segmentation.GetNthSegmentID(index)
            self._segment_selector.addItem(segmentation.GetSegment(segment_id).GetName(), segment_id)
        chosen = self._parameters.getValue(self._segment_member) if self._parameters is not None else ""
        if self._segment_selector.findData(chosen) < 0:  # never show another choice than the one that counts
            self._segment_selector.addItem(_("{segment} (missing)").format(segment=chosen), chosen)
        self._segment_selector.currentIndex = self._segment_selector.findData(chosen)

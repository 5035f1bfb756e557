"""Stand-ins of the other widgets that know the scene: the panel itself and the selector of a segment."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from .node_combo_box import node_like, qMRMLNodeComboBox
from .signals import PythonSignal
from .stand_in import stand_in, stand_ins


@stand_in()
class qMRMLWidget(QWidget):
    """The top of a panel; it passes the scene on."""

    mrmlSceneChanged = PythonSignal("mrmlSceneChanged(vtkMRMLScene*)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene: Any = None

    def setMRMLScene(self, scene: Any) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged(scene)

    def mrmlScene(self) -> Any:
        return self._scene


@stand_in()
class qSlicerWidget(QWidget):
    """The same without a way to ask for the scene."""

    mrmlSceneChanged = PythonSignal("mrmlSceneChanged(vtkMRMLScene*)")

    def setMRMLScene(self, scene: Any) -> None:
        self.mrmlSceneChanged(scene)


@stand_in(selectNodeUponCreation=True, editEnabled=False, multiSelection=False, horizontalLayout=False)
class qMRMLSegmentSelectorWidget(QWidget):
    """A selector of a segmentation and of one of its segments."""

    currentNodeChanged = PythonSignal("currentNodeChanged(vtkMRMLNode*)", "currentNodeChanged(bool)")
    currentSegmentChanged = PythonSignal("currentSegmentChanged(QString)")
    mrmlSceneChanged = PythonSignal("mrmlSceneChanged(vtkMRMLScene*)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._nodes: Any = qMRMLNodeComboBox()
        self._segments: Any = QComboBox()
        self._observed: list[tuple[Any, int]] = []
        self._nodes.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._nodes.addEnabled = self._nodes.removeEnabled = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._nodes)
        column.addWidget(self._segments)
        self._nodes.connect("currentNodeChanged(vtkMRMLNode*)", self._node_changed)
        self._segments.connect("currentIndexChanged(int)", self._tell_segment)
        observed = self._observed
        self.connect("destroyed()", lambda: _stop_observing(observed))

    def _set_none_enabled(self, enabled: bool) -> None:
        self._nodes.noneEnabled = enabled
        self._list_segments()

    noneEnabled = property(lambda self: self._nodes.noneEnabled, _set_none_enabled)
    segmentationNodeSelectorVisible = property(  # False until the panel is shown, as in Slicer
        lambda self: self._nodes.visible, lambda self, shown: self._nodes.setVisible(bool(shown))
    )

    def setMRMLScene(self, scene: Any) -> None:
        changed = scene is not self._nodes.mrmlScene()
        self._nodes.setMRMLScene(scene)
        if changed:
            self.mrmlSceneChanged(scene)

    def mrmlScene(self) -> Any:
        return self._nodes.mrmlScene()

    def _node_changed(self, node: Any) -> None:
        _stop_observing(self._observed)
        segmentation = node.GetSegmentation() if node else None
        if segmentation:
            for event in (segmentation.SegmentAdded, segmentation.SegmentRemoved, segmentation.SegmentModified):
                self._observed.append((segmentation, segmentation.AddObserver(event, self._list_segments)))
        self._list_segments()
        self.currentNodeChanged(node)

    def _list_segments(self, *_: Any) -> None:
        before = self.currentSegmentID()
        was_blocked = self._segments.blockSignals(True)
        self._segments.clear()
        node = self.currentNode()
        if self.noneEnabled:
            self._segments.addItem("None", "")
        for segment_id in self.segmentIDs():
            self._segments.addItem(node.GetSegmentation().GetSegment(segment_id).GetName(), segment_id)
        if self._segments.count:
            self._segments.setCurrentIndex(max(self._segments.findData(before), 0))
        self._segments.blockSignals(was_blocked)
        if self.currentSegmentID() != before:
            self._tell_segment()

    def _tell_segment(self, _row: int = -1) -> None:
        self.currentSegmentChanged(self.currentSegmentID())

    def segmentIDs(self) -> tuple[str, ...]:
        node = self.currentNode()
        segmentation = node.GetSegmentation() if node else None
        count = segmentation.GetNumberOfSegments() if segmentation else 0
        return tuple(segmentation.GetNthSegmentID(index) for index in range(count))

    def currentNode(self) -> Any:
        return self._nodes.currentNode()

    def currentNodeID(self) -> str:
        return str(self._nodes.currentNodeID)

    def setCurrentNode(self, node: Any) -> None:
        if node is not None and not node_like(node):
            raise TypeError("method requires a VTK object")
        self._nodes.setCurrentNode(node)

    def setCurrentNodeID(self, node_id: str) -> None:
        self._nodes.setCurrentNodeID(node_id)

    def currentSegmentID(self) -> str:
        row = self._segments.currentIndex
        return (self._segments.itemData(row) or "") if row >= 0 else ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        row = self._segments.findData(segment_id or "")
        if row >= 0:
            self._segments.setCurrentIndex(row)


def _stop_observing(observed: list[tuple[Any, int]]) -> None:
    for caller, tag in observed:
        caller.RemoveObserver(tag)
    observed.clear()


def offer_scene_widgets() -> None:
    """Make the stand-ins attributes of the package `slicer`."""
    for name, cls in stand_ins.items():
        if name.startswith(("qMRML", "qSlicer")):
            setattr(slicer, name, cls)

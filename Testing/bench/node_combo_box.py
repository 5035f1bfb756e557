"""Stand-in of qMRMLNodeComboBox: it shows and changes a real MRML scene."""

from __future__ import annotations

import time
from typing import Any

import slicer
import vtk
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QWidget

from .node_list import NodeFilter, action_rows, nodes_in, type_label
from .signals import PythonSignal
from .stand_in import stand_in

NODE_EVENTS = ("NodeAddedEvent", "NodeRemovedEvent")
SCENE_EVENTS = ("EndCloseEvent", "EndImportEvent", "EndBatchProcessEvent")


class ListingClock:
    """Computing time of the selectors for listing nodes, which the application does in C++ and the bench in Python."""

    seconds = 0.0


EMPTY_NEWS_WITH_NONE = 5  # Slicer tells five times that there is no node when a scene is set; once without "None"


@stand_in(
    showHidden=False,
    showChildNodeTypes=True,
    hideChildNodeTypes=(),
    noneEnabled=False,
    addEnabled=True,
    removeEnabled=True,
    editEnabled=False,
    renameEnabled=False,
    selectNodeUponCreation=True,
    noneDisplay="None",
    interactionNodeSingletonTag="Singleton",
    nodeTypes=(),
    sizeAdjustPolicy=1,
)
class qMRMLNodeComboBox(QWidget):
    """A selector of a node in the scene."""

    currentNodeChanged = PythonSignal("currentNodeChanged(vtkMRMLNode*)", "currentNodeChanged(bool)")
    currentNodeIDChanged = PythonSignal("currentNodeIDChanged(QString)")
    currentNodeRenamed = PythonSignal("currentNodeRenamed(QString)")
    nodeAdded = PythonSignal("nodeAdded(vtkMRMLNode*)")
    nodeAddedByUser = PythonSignal("nodeAddedByUser(vtkMRMLNode*)")
    nodeAboutToBeRemoved = PythonSignal("nodeAboutToBeRemoved(vtkMRMLNode*)")
    nodeAboutToBeEdited = PythonSignal("nodeAboutToBeEdited(vtkMRMLNode*)")
    nodeActivated = PythonSignal("nodeActivated(vtkMRMLNode*)")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._observed: list[tuple[Any, int]] = []
        self._node_observers: dict[str, tuple[Any, int]] = {}
        self._attributes: list[tuple[str, str, str | None]] = []
        self._labels: dict[str, str] = {}
        self._base_names: dict[str, str] = {}
        self._requested_id, self._shown_id, self._updating = "", "", False
        self._combo: Any = QComboBox()
        self._combo.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo)
        self._combo.connect("currentIndexChanged(int)", self._row_picked)
        self._combo.connect("activated(int)", self._row_activated)
        self.setEnabled(False)
        observed, nodes = self._observed, self._node_observers
        self.connect("destroyed()", lambda: _stop_observing(observed, nodes))

    # the scene

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        _stop_observing(self._observed, self._node_observers)
        had_none_row = bool(self._combo.count) and self.noneEnabled
        self._scene = scene
        for event in (*NODE_EVENTS, *SCENE_EVENTS) if scene else ():
            answer = self._node_came_or_went if event in NODE_EVENTS else self._scene_changed
            self._observed.append((scene, scene.AddObserver(getattr(scene, event), answer)))
        self.setEnabled(scene is not None)
        before = self._shown_id
        self._list_nodes(self._requested_id, of_new_scene=True)
        if scene is not None and not self._shown_id and not before and not had_none_row:
            for _ in range(EMPTY_NEWS_WITH_NONE if self.noneEnabled else 1):
                self._tell_current_node()
        self._requested_id = ""

    def _scene_changed(self, scene: Any, event: str) -> None:
        if not scene.IsClosing() or event == "EndCloseEvent":
            self._list_nodes(self._current_id())

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_came_or_went(self, scene: Any, _event: str, node: Any) -> None:
        if not scene.IsClosing() and self._filter().fits_type(node):
            self._list_nodes(self._current_id())

    def _filter(self) -> NodeFilter:
        return NodeFilter(
            self.nodeTypes, self.showHidden, self.showChildNodeTypes, self.hideChildNodeTypes, self._attributes
        )

    def _shown_nodes(self) -> list[Any]:
        fits = self._filter()
        return [node for node in nodes_in(self._scene) if fits.accepts(node)]

    def _list_nodes(self, wanted_id: str, *, of_new_scene: bool = False) -> None:
        row_before, had_node = self._combo.currentIndex, bool(self._current_id())
        ids_before = {self._combo.itemData(row) for row in range(self._combo.count)}
        began = time.thread_time()
        nodes = self._shown_nodes()
        self._observe_nodes()
        self._updating = True
        self._fill(nodes)
        ListingClock.seconds += time.thread_time() - began
        row = self._combo.findData(wanted_id) if wanted_id else -1
        if row < 0 and (had_node or self.noneEnabled):  # the row before a node that is gone; "None" is the first row
            last = len(nodes) if self.noneEnabled else len(nodes) - 1
            row = min(max(row_before - 1, 0), last) if had_node else 0
        elif row < 0 and of_new_scene and nodes:
            row = 0
        self._combo.setCurrentIndex(row)
        self._updating = False
        self._tell_if_changed()
        for node in nodes:
            if not of_new_scene and node.GetID() not in ids_before:
                self.nodeAdded(node)

    def _fill(self, nodes: list[Any]) -> None:
        self._combo.clear()
        if self.noneEnabled:
            self._combo.addItem(self.noneDisplay, "")
        for node in nodes:
            self._combo.addItem(node.GetName() or "", node.GetID())
        names = ("rename", "edit", "add", "remove")
        allowed = {name: bool(getattr(self, f"{name}Enabled")) for name in names}
        labels = {kind: self.nodeTypeLabel(kind) for kind in self.nodeTypes}
        rows = action_rows(self.nodeTypes, labels, allowed) if self._scene and self.nodeTypes else []
        if rows:
            self._combo.insertSeparator(self._combo.count)
        for text, command in rows:
            self._combo.addItem(text, command)

    def _observe_nodes(self) -> None:
        fits = self._filter()
        for node in nodes_in(self._scene):
            if node.GetID() not in self._node_observers and fits.fits_type(node):
                tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._node_modified)
                self._node_observers[node.GetID()] = (node, tag)

    def _node_modified(self, node: Any, _event: str) -> None:
        row = self._combo.findData(node.GetID())
        fits = self._filter()
        if (row >= 0) != (fits.fits_type(node) and fits.fits_attributes(node)):
            self._list_nodes(self._current_id())
        elif row >= 0 and self._combo.itemText(row) != node.GetName():
            self._combo.setItemText(row, node.GetName())
            if node.GetID() == self._shown_id:
                self.currentNodeRenamed(node.GetName())

    def _relist(self, _value: Any = None) -> None:
        if self._scene:
            self._list_nodes(self._current_id())

    _on_nodeTypes = _on_addEnabled = _on_removeEnabled = _on_renameEnabled = _on_editEnabled = _relist
    _on_showHidden = _on_showChildNodeTypes = _on_hideChildNodeTypes = _on_noneDisplay = _relist

    def _on_noneEnabled(self, enabled: bool) -> None:
        if self._scene is None:
            return
        before = self._shown_id
        self._list_nodes(self._current_id(), of_new_scene=not enabled)
        if enabled and not before:
            self._tell_current_node()

    # the selection

    def _current_id(self) -> str:
        data = self._combo.itemData(self._combo.currentIndex) if self._combo.currentIndex >= 0 else ""
        return data if data and not data.startswith("@") else ""

    def _row_picked(self, row: int) -> None:
        if self._updating:
            return
        if (self._combo.itemData(row) or "").startswith("@"):  # a command is no choice: back to the row before
            self._updating = True
            self._combo.setCurrentIndex(self._row_of(self._shown_id))
            self._updating = False
        else:
            self._tell_if_changed()

    def _row_activated(self, row: int) -> None:
        command, _, node_type = (self._combo.itemData(row) or "").partition("/")
        if command == "@create":
            self.addNode(node_type)
        elif command == "@create_as":
            self._rename(self.addNode(node_type))
        elif command == "@rename":
            self.renameCurrentNode()
        elif command == "@edit":
            self.editCurrentNode()
        elif command == "@delete":
            self.removeCurrentNode()
        else:
            self.nodeActivated(self.currentNode())

    def _row_of(self, node_id: str) -> int:
        row = self._combo.findData(node_id) if node_id else -1
        return int(row) if row >= 0 else 0 if self.noneEnabled else -1

    def _tell_if_changed(self) -> None:
        if self._current_id() != self._shown_id:
            self._shown_id = self._current_id()
            self._tell_current_node()

    def _tell_current_node(self) -> None:
        self.currentNodeChanged(self.currentNode())
        self.currentNodeIDChanged(self._shown_id)

    def currentNode(self) -> Any:
        current = self._current_id()
        return self._scene.GetNodeByID(current) if self._scene and current else None

    def setCurrentNode(self, node: Any) -> None:
        if node is not None and not node_like(node):
            raise TypeError("method requires a VTK object")
        self.setCurrentNodeID(node.GetID() if node else "")

    def setCurrentNodeID(self, node_id: str | None) -> None:
        if self._scene is None:
            self._requested_id = node_id or ""
        else:
            self._combo.setCurrentIndex(self._row_of(node_id or ""))

    currentNodeID = property(lambda self: self._current_id(), setCurrentNodeID)

    def setCurrentNodeIndex(self, index: int) -> None:
        self._combo.setCurrentIndex(index + (1 if self.noneEnabled else 0))

    def _listed_ids(self) -> list[str]:
        rows = (self._combo.itemData(row) or "" for row in range(self._combo.count))
        return [node_id for node_id in rows if node_id and not node_id.startswith("@")]

    def nodeCount(self) -> int:
        return len(self._listed_ids())

    def nodeFromIndex(self, index: int) -> Any:
        ids = self._listed_ids()
        return self._scene.GetNodeByID(ids[index]) if 0 <= index < len(ids) else None

    # nodes made, renamed and removed here

    def addNode(self, node_type: str = "") -> Any:
        node_type = node_type or self.nodeTypes[0]
        if node_type not in self.nodeTypes:
            return None
        node = self._scene.CreateNodeByClass(node_type)
        node.UnRegister(None)
        base = self._base_names.get(node_type) or type_label(self._scene, node_type)
        node.SetName(self._scene.GenerateUniqueName(base))
        for kind, name, value in self._attributes:
            if node.IsA(kind):
                node.SetAttribute(name, value or "")
        self._scene.AddNode(node)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser(node)
        return node

    def removeCurrentNode(self) -> None:
        node = self.currentNode()
        if node:
            self.nodeAboutToBeRemoved(node)
            self._scene.RemoveNode(node)

    def renameCurrentNode(self) -> None:
        self._rename(self.currentNode())

    def editCurrentNode(self) -> None:
        self.nodeAboutToBeEdited(self.currentNode())

    def _rename(self, node: Any) -> None:
        name, accepted = QInputDialog.getText(self, "Rename", "New name:") if node else ("", False)
        if accepted and name:
            node.SetName(name)

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        self._attributes.append((node_type, name, None if value is None else str(value)))
        self._relist()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._attributes[:] = [known for known in self._attributes if known[:2] != (node_type, name)]
        self._relist()

    def setNodeTypeLabel(self, label: str, node_type: str) -> None:
        self._labels[node_type] = label
        self._relist()

    def nodeTypeLabel(self, node_type: str) -> str:
        return self._labels.get(node_type) or type_label(self._scene, node_type)

    def _set_base_name(self, name: str) -> None:
        self._base_names.update(dict.fromkeys(self.nodeTypes, name))

    baseName = property(lambda self: self._base_names.get((*self.nodeTypes, "")[0], ""), _set_base_name)


def node_like(candidate: Any) -> bool:
    """Return whether something is a node of MRML."""
    return isinstance(candidate, slicer.vtkMRMLNode)


def _stop_observing(observed: list[tuple[Any, int]], nodes: dict[str, tuple[Any, int]]) -> None:
    for caller, tag in [*observed, *nodes.values()]:
        caller.RemoveObserver(tag)
    observed.clear()
    nodes.clear()

"""Load a .ui file whose custom widgets are stand-ins.

Qt builds the panel. The properties of the stand-ins and all connections are made afterwards, for the form builder of
C++ does not see what is written in Python. A class, property or signal that is not there raises; Qt would go on.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from PySide6 import QtCore, QtUiTools

from .stand_in import stand_ins

# PySide6 6.12 on Python 3.11: a third form fails to load after panels of the first two were freed.
_panels_kept_alive: list[Any] = []


class QUiLoader(QtUiTools.QUiLoader):
    """What ``qt.QUiLoader`` is on the bench."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._made: dict[str, Any] = {}
        self._unknown: list[str] = []

    def createWidget(self, className: str, parent: Any = None, name: str = "") -> Any:
        if className in stand_ins:
            widget = stand_ins[className](*([parent] if parent is not None else []))
            widget.setObjectName(name)
            self._made[name] = widget
            return widget
        if className not in self.availableWidgets():  # an exception here would be lost in C++
            self._unknown.append(f"{className} {name}")
            className = "QWidget"
        return super().createWidget(className, parent, name)

    def load(self, device: QtCore.QIODevice, parent: Any = None) -> Any:
        """Return the panel, or raise RuntimeError with what is wrong in the file."""
        root = ElementTree.fromstring(bytes(device.readAll().data()))  # noqa: S314
        settings = [setting for element in root.iter("widget") for setting in take_stand_in_properties(element)]
        wires = take_connections(root)
        buffer: Any = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        panel = super().load(buffer, parent)
        if self._unknown:
            raise RuntimeError(f".ui file: no stand-in for {', '.join(self._unknown)}")
        if panel is None:
            raise RuntimeError(f".ui file: {self.errorString()}")
        for owner, name, value in settings:
            setattr(self._made[owner], name, value)
        for wire in wires:
            sender, receiver = (self._named(panel, wire[end]) for end in ("sender", "receiver"))
            sender.connect(wire["signal"], receiver, wire["slot"])
        _panels_kept_alive.append(panel)
        return panel

    def _named(self, panel: Any, name: str) -> Any:
        found = panel if panel.objectName == name else self._made.get(name) or panel.findChild(QtCore.QObject, name)
        if found is None:
            raise RuntimeError(f".ui file: a connection names {name}, which is not there")
        return found


def take_stand_in_properties(element: ElementTree.Element) -> list[tuple[str, str, Any]]:
    """Take from a <widget> the properties that its stand-in has in Python, as (widget, property, value)."""
    taken: list[tuple[str, str, Any]] = []
    cls: Any = stand_ins.get(element.get("class", ""))
    if cls is None:
        return taken
    for declared in element.findall("property"):
        name = declared.get("name", "")
        if name in cls._qt_properties:
            taken.append((element.get("name", ""), name, declared_value(declared[0], cls)))
            element.remove(declared)
        elif declared.get("stdset") != "0" and name not in cls._native_properties:
            raise RuntimeError(f".ui file: {element.get('class')} {element.get('name')} has no property {name}")
    return taken


def declared_value(element: ElementTree.Element, cls: type) -> Any:
    """Return the Python value of ``<bool>true</bool>``, ``<set>ctkPathLineEdit::Dirs</set>`` and so on."""
    text = element.text or ""
    if element.tag == "bool":
        return text == "true"
    if element.tag in ("number", "uint", "longlong"):
        return int(text)
    if element.tag in ("double", "float"):
        return float(text)
    if element.tag == "stringlist":
        return [part.text or "" for part in element]
    if element.tag in ("enum", "set"):
        values = [getattr(cls, part.split("::")[-1].strip(), None) for part in text.split("|")]
        if None in values:
            raise RuntimeError(f".ui file: {cls.__name__} has no {text}")
        return sum({int(value) for value in values if value is not None})
    return text


def take_connections(root: ElementTree.Element) -> list[dict[str, str]]:
    """Take the connections from a form, each with sender, signal, receiver and slot."""
    wires = [{part.tag: part.text or "" for part in wire if part.tag != "hints"} for wire in root.iter("connection")]
    for group in root.findall("connections"):
        root.remove(group)
    return wires

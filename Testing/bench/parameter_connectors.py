"""Bind a parameter to a widget: what the widget must be, what it shows, when it tells of a change.

The exact class of the widget decides, as in Slicer. What the .ui file says of node types, ranges and rows of a combo
box is overwritten by the annotations of the parameter.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ctk
import qt
import slicer

from .parameter_annotations import (
    Choice,
    Decimals,
    Maximum,
    Minimum,
    SingleStep,
    WithinRange,
    findFirstAnnotation,
    splitAnnotations,
)
from .parameter_storage import PATH_TYPES, is_node_type

INT_RANGE = (-(2**31), 2**31 - 1)


@dataclass
class Connector:
    """A widget that shows a parameter.

    :param signal: the name of the signal that tells of a change.
    """

    widget: Any
    signal: str
    read: Callable[[], Any]
    write: Callable[[Any], None]

    def connect(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        getattr(self.widget, self.signal).connect(changed)

    def disconnect(self) -> None:
        getattr(self.widget, self.signal).disconnect(self._changed)


def connector_for(widget: Any, annotated: Any) -> Connector:
    """Return how a widget shows a parameter of an annotated type; RuntimeError if it cannot."""
    cls = type(widget)
    kind, annotations = splitAnnotations(annotated)
    if kind is bool and cls is qt.QCheckBox:
        return of_property(widget, "checked", "stateChanged")
    if kind is bool and cls is qt.QPushButton:
        widget.checkable = True
        return of_property(widget, "checked", "toggled")
    if kind is int and cls in (qt.QSlider, qt.QSpinBox):
        set_range(widget, annotations, INT_RANGE, must_be_bounded=cls is qt.QSlider)
        return of_property(widget, "value", "valueChanged")
    if kind is float and cls in (qt.QDoubleSpinBox, ctk.ctkSliderWidget):
        unbounded = (float("-inf"), float("inf"))
        set_range(widget, annotations, unbounded, must_be_bounded=cls is ctk.ctkSliderWidget)
        return of_property(widget, "value", "valueChanged")
    if cls is qt.QComboBox:
        return of_combo_box(widget, kind, annotations)
    if kind is str and cls is qt.QLineEdit:
        return of_property(widget, "text", "textChanged")
    if kind is str and cls is qt.QTextEdit:
        return Connector(widget, "textChanged", widget.toPlainText, widget.setPlainText)
    if kind in PATH_TYPES and cls in (ctk.ctkPathLineEdit, ctk.ctkDirectoryButton):
        return of_path(widget, kind, "currentPath" if cls is ctk.ctkPathLineEdit else "directory")
    if is_node_type(kind) and cls is slicer.qMRMLNodeComboBox:
        widget.nodeTypes = (kind().GetClassName(),)
        return Connector(widget, "currentNodeChanged", widget.currentNode, widget.setCurrentNode)
    raise RuntimeError(f"Unable to create GUI connector from datatype '{annotated}' to widget type '{cls}'")


def of_property(widget: Any, name: str, signal: str) -> Connector:
    """Return the connector of a widget that has the value as a property."""
    return Connector(widget, signal, lambda: getattr(widget, name), lambda value: setattr(widget, name, value))


def of_path(widget: Any, kind: type, name: str) -> Connector:
    """Return the connector of a widget that shows a path."""

    def write(path: Any) -> None:
        setattr(widget, name, str(path))

    return Connector(widget, f"{name}Changed", lambda: kind(getattr(widget, name)), write)


def set_range(
    widget: Any, annotations: tuple[Any, ...], unbounded: tuple[float, float], *, must_be_bounded: bool
) -> None:
    """Give a widget the range, decimals and step that a parameter is annotated with."""
    for kind, name in ((Decimals, "decimals"), (SingleStep, "singleStep")):
        found = findFirstAnnotation(annotations, kind)
        if found is not None:
            setattr(widget, name, found.value)
    both = findFirstAnnotation(annotations, WithinRange)
    low, high = findFirstAnnotation(annotations, Minimum), findFirstAnnotation(annotations, Maximum)
    if must_be_bounded and both is None and (low is None or high is None):
        raise RuntimeError(f"Cannot have a connection to {type(widget).__name__} where the type is unbounded.")
    if both is not None:
        widget.minimum, widget.maximum = both.minimum, both.maximum
    else:
        widget.minimum = low.minimum if low else unbounded[0]
        widget.maximum = high.maximum if high else unbounded[1]


def of_combo_box(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    """Return the connector of a combo box, filled with the choices or with the members of an enumeration."""
    choice = findFirstAnnotation(annotations, Choice)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        label: Callable[[Any], str] = getattr(kind, "label", lambda member: member.name)
        values, texts = list(kind), [label(member) for member in kind]
    elif kind in (int, float, str, bool) and choice is not None:
        values, texts = list(choice.choices), [str(value) for value in choice.choices]
    else:
        raise RuntimeError("ComboBoxToStringableConnector requires the Choice annotation to be used.")
    widget.clear()
    for text in texts:
        widget.addItem(text)

    def write(value: Any) -> None:
        if value not in values:
            raise ValueError(f"Unable to find value {value} in choices {values}")
        widget.currentIndex = values.index(value)

    return Connector(widget, "currentIndexChanged", lambda: values[widget.currentIndex], write)

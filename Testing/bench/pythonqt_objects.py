"""Attribute access, construction and type checks of Qt objects, the way PythonQt does them.

New attributes on an object of C++ are refused, on an object of a Python class they are allowed. Dynamic properties and
named children can be read as attributes. ``isinstance`` sees the exact Qt class only. No keywords in constructors.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from . import signals
from .pythonqt_properties import add_properties, tuples_for_lists

_read_property, _write_property = QtCore.QObject.property, QtCore.QObject.setProperty
_find_children = QtCore.QObject.findChildren
_LIST_ANSWERS = {
    QtCore.QObject: ("children", "dynamicPropertyNames"),
    QtCore.QSettings: ("allKeys", "childGroups", "childKeys", "value"),
    QtWidgets.QWidget: ("actions",),
    QtWidgets.QButtonGroup: ("buttons",),
    QtWidgets.QComboBox: ("itemData",),
    QtWidgets.QTableWidget: ("selectedItems", "selectedRanges", "findItems"),
    QtWidgets.QListWidget: ("selectedItems", "findItems"),
}


def is_stand_in(cls: type) -> bool:
    """Return whether a class stands for one of C++, and is no class of a module."""
    return bool(cls.__dict__.get("_stands_for_cpp"))


def is_cpp(cls: type) -> bool:
    """Return whether objects of a class are objects of C++ to the panel."""
    return cls.__module__.startswith("PySide6.") or is_stand_in(cls)


def cpp_class(cls: type) -> type:
    """Return the nearest class of C++ in the method resolution order."""
    return next(base for base in cls.__mro__ if is_cpp(base))


def dynamic_names(self: Any) -> list[str]:
    """Return the names of the dynamic properties."""
    return [bytes(name.data()).decode() for name in self.dynamicPropertyNames()] if shiboken6.isValid(self) else []


def read_unknown(self: Any, name: str) -> Any:
    """Return a dynamic property, a named child or a value of an enumeration; the fallback of attribute access."""
    if not name.startswith("_"):
        if name in dynamic_names(self):
            return _read_property(self, name)
        for child in self.children() if shiboken6.isValid(self) else ():
            if child.objectName == name:
                return child
        value = getattr(type(self), name, None)
        if isinstance(value, int):
            return value
    raise AttributeError(f"{type(self).__name__} has no attribute named '{name}'")


def read_attribute(self: Any, name: str) -> Any:
    """Let connect and disconnect of an object be those of PythonQt: PySide6 finds its own in C++."""
    if name == "connect":
        return types.MethodType(signals.connect, self)
    if name == "disconnect":
        return types.MethodType(signals.disconnect, self)
    return object.__getattribute__(self, name)


def write_attribute(self: Any, name: str, value: Any) -> None:
    """Set a property or an attribute of a Python class; anything else is refused."""
    cls = type(self)
    descriptor = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    if descriptor is not None and hasattr(descriptor, "__set__"):
        descriptor.__set__(self, value)
    elif name in dynamic_names(self):
        _write_property(self, name, value)
    elif name.startswith("_") or not is_cpp(cls):
        self.__dict__[name] = value
    elif not is_loader_wiring(value, name):
        if descriptor is not None:
            raise AttributeError(f"Slot '{name}' can not be overwritten on {cls.__name__} object")
        raise AttributeError(
            f"'{name}' does not exist on {cls.__name__} and creating new attributes on C++ objects is not allowed"
        )


def is_loader_wiring(value: Any, name: str) -> bool:
    """Return whether PySide6's form loader is setting a named child on the panel, which PythonQt does not do."""
    return issubclass(type(value), QtCore.QObject) and value.objectName == name and value.parent() is not None


def instance_check(cls: type, candidate: Any) -> bool:
    """Answer ``isinstance`` as in PythonQt, whose classes do not inherit from each other."""
    if not issubclass(type(candidate), QtCore.QObject) or not is_cpp(cls):
        return type.__instancecheck__(cls, candidate)
    return cpp_class(type(candidate)) is cls


def without_keywords(cls: Any) -> None:
    """Refuse keywords in the constructor of a class: PythonQt knows none."""
    original = cls.__init__

    @functools.wraps(original)
    def init(self: Any, *arguments: Any, **keywords: Any) -> None:
        if keywords:
            raise ValueError(f"Called {cls.__name__} with keyword arguments, but called slot does not support kwargs.")
        original(self, *arguments)

    cls.__init__ = init


def object_classes() -> list[Any]:
    """Return every QObject class of PySide6 that the bench shows, bases first."""
    found: dict[Any, None] = {}
    for module in (QtCore, QtGui, QtWidgets, QtUiTools):
        for name in dir(module):
            cls = getattr(module, name)
            if inspect.isclass(cls) and issubclass(cls, QtCore.QObject):
                found[cls] = None
    return sorted(found, key=lambda cls: len(cls.__mro__))


def apply_pythonqt_manners() -> None:
    """Give every Qt class of this process the manners of PythonQt."""
    classes = object_classes()
    for cls in classes:
        add_properties(cls)
        for name, value in list(vars(cls).items()):
            if type(value) is QtCore.Signal:  # isinstance() here loses references to False
                setattr(cls, name, signals.NativeSignal(value, name))
        if "exec" in vars(cls):
            cls.exec_ = vars(cls)["exec"]
        cls.__setattr__ = write_attribute
        if issubclass(cls, QtWidgets.QWidget | QtWidgets.QLayout | QtGui.QAction | QtCore.QTimer):
            without_keywords(cls)
    for cls, names in _LIST_ANSWERS.items():
        for name in names:
            setattr(cls, name, _answering_tuples(getattr(cls, name)))
    _patch_object_class()
    _patch_static_functions()
    type(QtCore.QObject).__instancecheck__ = instance_check  # type: ignore[method-assign]


def _answering_tuples(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *arguments: tuples_for_lists(function(self, *arguments))


def _patch_object_class() -> None:
    cls: Any = QtCore.QObject
    cls.connect = signals.ObjectOrClassCall(signals.connect)
    cls.disconnect = signals.ObjectOrClassCall(signals.disconnect)
    cls.__getattribute__ = read_attribute
    cls.__getattr__ = read_unknown
    cls.name = property(lambda self: self.objectName, lambda self, value: self.setObjectName(value))
    cls.className = lambda self: type(self).__name__ if is_stand_in(type(self)) else self.metaObject().className()
    cls.findChildren = find_children
    cls.delete = lambda self: shiboken6.delete(self)


def find_children(self: Any, kind: Any = None, *name: str) -> tuple[Any, ...]:
    """Return all descendants of a class, given as a class or by its name."""
    if kind is None:
        raise ValueError("Could not find matching overload for given arguments:\n()")
    if isinstance(kind, str):
        found = _find_children(self, QtCore.QObject, *name)
        return tuple(child for child in found if child.inherits(kind) or type(child).__name__ == kind)
    return tuple(_find_children(self, kind, *name))


def _patch_static_functions() -> None:
    def single_shot(delay_ms: int, receiver: Any, slot: str | None = None) -> None:
        timer: Any = QtCore.QTimer(QtCore.QCoreApplication.instance())
        timer.setSingleShot(True)
        timer.connect("timeout()", receiver, *([slot] if slot else []))
        timer.connect("timeout()", timer.deleteLater)
        timer.start(delay_ms)

    QtCore.QTimer.singleShot = staticmethod(single_shot)  # type: ignore[assignment]
    for name in ("getOpenFileName", "getSaveFileName", "getOpenFileNames"):
        original = getattr(QtWidgets.QFileDialog, name)
        setattr(QtWidgets.QFileDialog, name, staticmethod(_first_answer(original)))
    QtWidgets.QInputDialog.getText = staticmethod(_first_answer(QtWidgets.QInputDialog.getText))  # type: ignore[assignment]


def _first_answer(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: tuples_for_lists(function(*arguments)[0])

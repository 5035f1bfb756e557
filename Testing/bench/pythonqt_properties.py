"""Qt properties as attributes, the way PythonQt shows them.

``w.text`` reads, ``w.text = "x"`` writes, ``w.setText("x")`` stays, ``w.text()`` fails: a string is not callable.
A number property takes a number only; enumeration values come back as plain integers.
"""

from __future__ import annotations

import enum
import math
import types
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6 import QtCore, QtWidgets

_read_property, _write_property = QtCore.QObject.property, QtCore.QObject.setProperty
_SHADOWED = {("QTimer", "singleShot")}  # a static function of the same name wins
_METHODS = (types.BuiltinFunctionType, types.MethodDescriptorType, types.FunctionType, type(QtWidgets.QLabel.text))
_QT_NAME = {bool: "bool", int: "int", float: "double", str: "QString"}


def as_integer(value: Any) -> int:
    """Return what C++ makes of a number that is put where an int belongs."""
    return value if isinstance(value, int) else math.floor(value)


def coerced(kind: type, value: Any) -> Any:
    """Return a value as PythonQt converts it; TypeError where it refuses."""
    if kind is bool:
        return bool(value)
    if kind is str:
        return value if isinstance(value, str) else str(value)
    if kind in (int, float):
        if isinstance(value, bool | int | float) or hasattr(value, "__float__"):
            return as_integer(value) if kind is int else float(value)
        raise TypeError(f"{value!r} is no number")
    return value


def assigned(name: str, kind: type, value: Any) -> Any:
    """Return a value for a property, or raise the AttributeError that PythonQt raises."""
    try:
        return coerced(kind, value)
    except TypeError:
        raise AttributeError(
            f"Property '{name}' of type '{_QT_NAME[kind]}' does not accept an object of type"
            f" {type(value).__name__} ({value!r})"
        ) from None


def tuples_for_lists(value: Any) -> Any:
    """Return a value as it comes back from Qt through PythonQt: lists are tuples, at every depth."""
    if isinstance(value, list | tuple):
        return tuple(tuples_for_lists(part) for part in value)
    if isinstance(value, dict):
        return {key: tuples_for_lists(part) for key, part in value.items()}
    return value


_KIND_OF_QT_TYPE: dict[str, type] = {"bool": bool, "int": int, "double": float, "QString": str}


def add_properties(cls: Any) -> None:
    """Turn the Qt properties that a class itself declares into attributes."""
    meta = cls.staticMetaObject
    for index in range(meta.propertyOffset(), meta.propertyCount()):
        declared = meta.property(index)
        if (cls.__name__, declared.name()) not in _SHADOWED:
            setattr(cls, declared.name(), _as_attribute(cls, declared))


def _as_attribute(cls: Any, declared: QtCore.QMetaProperty) -> property:
    name, kind = declared.name(), _KIND_OF_QT_TYPE.get(declared.typeName() or "", object)
    capital = name[0].upper() + name[1:]
    candidates = (getattr(cls, name, None), getattr(cls, f"is{capital}", None))
    getter = next((found for found in candidates if isinstance(found, _METHODS)), None)
    setter = getattr(cls, f"set{capital}", None) if declared.isWritable() else None  # setFocus sets no property
    if isinstance(getter, types.BuiltinFunctionType):  # static, as QCoreApplication.applicationName
        getter = setter = None
    if setter and kind is not object:
        setattr(cls, f"set{capital}", _coercing_setter(setter, kind))

    def read(self: Any) -> Any:
        if not shiboken6.isValid(self):
            raise ValueError(f"Trying to read property '{name}' from a destroyed {type(self).__name__} object")
        value = getter(self) if getter else _read_property(self, name)
        return int(value) if isinstance(value, enum.IntEnum | enum.IntFlag) else value

    def write(self: Any, value: Any) -> None:
        value = assigned(name, kind, value)
        if isinstance(value, int) and declared.isEnumType() and getter:
            value = type(getter(self))(value)
        if setter:
            setter(self, value)
        elif not _write_property(self, name, value):
            raise AttributeError(f"Property '{name}' of {type(self).__name__} object is not writable")

    return property(read, write, doc=f"Q_PROPERTY {cls.__name__}.{name}")


def _coercing_setter(setter: Callable[..., Any], kind: type) -> Callable[..., Any]:
    def set_value(self: Any, value: Any, *more: Any) -> Any:
        try:
            value = coerced(kind, value)
        except TypeError as error:
            raise ValueError(f"Could not find matching overload for given arguments: {value!r}") from error
        return setter(self, value, *more)

    return set_value

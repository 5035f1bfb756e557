"""`slicer.parameterNodeWrapper`: a class whose typed members live in a parameter node and are bound to widgets.

It has the names, storage keys and life cycle of Slicer's, and less: no lists, dictionaries, unions and parameter packs.
A member of such a type raises when the class is made.
"""

from __future__ import annotations

import typing
import weakref
from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk

from .parameter_annotations import (
    Choice,
    Decimals,
    Default,
    Exclude,
    IsInstance,
    Maximum,
    Minimum,
    NotNone,
    SingleStep,
    Validator,
    WithinRange,
    findFirstAnnotation,
    splitAnnotations,
    unannotatedType,
)
from .parameter_connectors import Connector, connector_for
from .parameter_storage import storage_for

__all__ = [
    "Choice",
    "Decimals",
    "Default",
    "Exclude",
    "IsInstance",
    "Maximum",
    "Minimum",
    "NotNone",
    "SingleStep",
    "SlicerParameterNamePropertyName",
    "Validator",
    "WithinRange",
    "findFirstAnnotation",
    "isParameterNodeWrapper",
    "parameterNodeWrapper",
    "splitAnnotations",
    "unannotatedType",
]

SlicerParameterNamePropertyName = "SlicerParameterName"


class _Parameter:
    """One member of a wrapper class."""

    def __init__(self, owner: type, name: str, annotated: Any) -> None:
        self.name, self.unalteredType, self.storage = name, annotated, storage_for(annotated)
        annotated_default = findFirstAnnotation(splitAnnotations(annotated)[1], Default)
        if name in vars(owner):
            self.default = Default(vars(owner)[name])
        else:
            self.default = annotated_default or Default(self.storage.unset)


class _CachedValue:
    """The value of a parameter in one node, read again when the node changes."""

    def __init__(self, parameter: _Parameter, node: Any) -> None:
        self._parameter, self._node, self._writing = parameter, node, False
        self._value = self._read_node()
        this = weakref.ref(self)
        self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: this()._refresh())  # type: ignore

    def __del__(self) -> None:
        if hasattr(self, "_tag"):
            self._node.RemoveObserver(self._tag)

    def _read_node(self) -> Any:
        name, storage = self._parameter.name, self._parameter.storage
        if not self._node.HasParameter(name):
            storage.write(self._node, name, self._parameter.default.value)
        return storage.read(self._node, name)

    def _refresh(self) -> None:
        if not self._writing:
            self._value = self._read_node()

    def read(self) -> Any:
        return self._value

    def write(self, value: Any) -> None:
        self._writing = True
        try:
            with slicer.util.NodeModify(self._node):
                self._parameter.storage.write(self._node, self._parameter.name, value)
                self._value = self._read_node()  # before an observer of the node asks for it
        finally:
            self._writing = False


class _Wrapper:
    """What every wrapper class gets."""

    allParameters: typing.ClassVar[dict[str, _Parameter]]
    _is_parameter_node_wrapper = True

    def __init__(self, parameterNode: Any) -> None:
        if parameterNode is None:
            raise AssertionError("a parameter node is needed")
        self.parameterNode = parameterNode
        self._guis: dict[int, dict[str, Connector]] = {}
        self._next_tag, self._updating_gui = 0, False
        self._values = {name: _CachedValue(found, parameterNode) for name, found in self.allParameters.items()}

    def default(self, name: str) -> Default:
        return self._parameter(name).default

    def isCached(self, name: str) -> bool:
        return self._parameter(name) is not None

    @classmethod
    def dataType(cls, name: str) -> Any:
        return cls._parameter(name).unalteredType

    @classmethod
    def _parameter(cls, name: str) -> _Parameter:
        if name not in cls.allParameters:
            known = ", ".join(cls.allParameters)
            raise ValueError(f"Cannot find a param with the given name: {name}\n  Found parameters [{known}]")
        return cls.allParameters[name]

    def getValue(self, name: str) -> Any:
        self._parameter(name)
        return self._values[name].read()

    def setValue(self, name: str, value: Any) -> None:
        self._parameter(name)
        self._values[name].write(value)

    def connectGui(self, gui: Any) -> None:
        """Bind every widget with the property SlicerParameterName.

        Returns nothing, as in Slicer, where only `connectParametersToGui` gives a tag for `disconnectGui`.
        """
        is_widget = getattr(gui, "isWidgetType", lambda: False)()
        widgets = gui.findChildren(qt.QWidget) if is_widget else vars(gui).values()
        named = {widget.property(SlicerParameterNamePropertyName): widget for widget in widgets}
        self.connectParametersToGui({name: widget for name, widget in named.items() if name})

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        connectors = {name: connector_for(widget, self.dataType(name)) for name, widget in mapping.items()}
        tag, self._next_tag = self._next_tag, self._next_tag + 1
        self._guis[tag] = connectors
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.connect(self._taking_over(name, connector))
        self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._show())
        return tag

    def disconnectGui(self, tag: int) -> None:
        for connector in self._guis.pop(tag, {}).values():
            connector.disconnect()

    def _taking_over(self, name: str, connector: Connector) -> Callable[[], None]:
        def take_over() -> None:
            with slicer.util.NodeModify(self):
                if not self._updating_gui:
                    self.setValue(name, connector.read())

        return take_over

    def _show(self) -> None:
        if self._updating_gui:
            return
        self._updating_gui = True
        try:
            with slicer.util.NodeModify(self):
                for connectors in self._guis.values():
                    for name, connector in connectors.items():
                        connector.write(self.getValue(name))
        finally:
            self._updating_gui = False

    def StartModify(self) -> Any:
        return self.parameterNode.StartModify()

    def EndModify(self, was_modifying: Any) -> Any:
        return self.parameterNode.EndModify(was_modifying)

    def AddObserver(self, event: Any, callback: Callable[..., Any], priority: float = 0.0) -> Any:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: Any) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()


def parameterNodeWrapper(classtype: Any = None) -> Any:
    """Make the annotated members of a class live in a parameter node: ``@parameterNodeWrapper``."""
    return _wrapped if classtype is None else _wrapped(classtype)


def _wrapped(cls: Any) -> Any:
    members = typing.get_type_hints(cls, include_extras=True)
    reserved = {name for name in vars(_Wrapper) if not name.startswith("__")}
    parameters = {name: _Parameter(cls, name, annotated) for name, annotated in members.items()}
    if clash := sorted(reserved & {*parameters, *vars(cls)}):
        raise ValueError(f"Cannot use reserved name '{clash[0]}' in a parameterNodeWrapper")
    for name in parameters:
        setattr(cls, name, _member(name))
    for name in (*reserved, "__init__"):
        setattr(cls, name, vars(_Wrapper)[name] if name in vars(_Wrapper) else None)
    cls.allParameters = parameters
    return cls


def _member(name: str) -> property:
    return property(lambda self: self._values[name].read(), lambda self, value: self._values[name].write(value))


def isParameterNodeWrapper(classOrObj: Any) -> bool:
    """Return whether something is, or was made by, a wrapper class."""
    return bool(getattr(classOrObj, "_is_parameter_node_wrapper", False))

"""Load a scripted module from its file, as the module factory of Slicer does, and hold its panel."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import slicer
from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QVBoxLayout

from .scene_widgets import qMRMLWidget
from .stand_in import _stored_property


class qSlicerScriptedLoadableModule(QObject):
    """What a scripted module gets as `parent`: it takes title, help and so on, and no other attribute."""

    _stands_for_cpp = True
    title, helpText, acknowledgementText, path = (
        _stored_property(name, "") for name in ("title", "helpText", "acknowledgementText", "path")
    )
    categories, contributors, dependencies, associatedNodeTypes = (
        _stored_property(name, ()) for name in ("categories", "contributors", "dependencies", "associatedNodeTypes")
    )
    hidden = _stored_property("hidden", False)
    widgetRepresentationCreationEnabled = _stored_property("widgetRepresentationCreationEnabled", True)
    index = _stored_property("index", -1)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.setObjectName(path.stem)
        self.path = str(path)
        self._icon = QIcon()
        self._widget: Any = None

    def _set_icon(self, icon: QIcon) -> None:
        self._icon = icon

    icon = property(lambda self: self._icon, _set_icon)

    def widgetRepresentation(self) -> Any:
        if self._widget is None:
            self._widget = qSlicerScriptedLoadableModuleWidget(self.objectName)
            self._widget.setMRMLScene(slicer.mrmlScene)
            self._widget.reload()
        return self._widget


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The panel around the widget class of a scripted module."""

    _stands_for_cpp = True

    def __init__(self, module_name: str) -> None:
        super().__init__()
        QVBoxLayout(self)
        self._module_name, self._python_widget, self._is_entered = module_name, None, False

    def self(self) -> Any:
        return self._python_widget

    def reload(self) -> None:
        """Make the Python part of the panel anew; stricter than Slicer, an error in `setup` is raised."""
        cls = getattr(sys.modules[self._module_name], f"{self._module_name}Widget")
        self._python_widget = cls(self)
        setattr(slicer.modules, f"{self._module_name}Widget", self._python_widget)
        self._python_widget.setup()

    isEntered = property(lambda self: self._is_entered)

    def enter(self) -> None:
        self._is_entered = True
        getattr(self._python_widget, "enter", lambda: None)()

    def exit(self) -> None:
        self._is_entered = False
        getattr(self._python_widget, "exit", lambda: None)()


def load_module(path: Path) -> qSlicerScriptedLoadableModule:
    """Load a scripted module, or load it again, and return what `slicer.util.getModule` would.

    :param path: the file ``<Module>.py``, which defines ``<Module>``, ``<Module>Widget`` and so on.
    """
    path = Path(path).resolve()
    name, manager = path.stem, slicer.app.moduleManager()
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path} is no Python module")
    source = importlib.util.module_from_spec(specification)
    sys.modules[name] = source
    specification.loader.exec_module(source)
    module = qSlicerScriptedLoadableModule(path)
    setattr(slicer.modules, name.lower(), module)
    setattr(slicer.moduleNames, name, name)
    setattr(slicer.modules, f"{name}Instance", getattr(source, name)(module))
    manager._modules[name] = module
    manager.moduleLoaded(name)
    return module


def unload_module(name: str) -> None:
    """Unload a module as the application does when it quits: its panel is told, then forgotten."""
    manager = slicer.app.moduleManager()
    manager.moduleAboutToBeUnloaded(name)
    for attribute in (name.lower(), f"{name}Instance", f"{name}Widget"):
        if hasattr(slicer.modules, attribute):
            delattr(slicer.modules, attribute)
    manager._modules.pop(name, None)
    sys.modules.pop(name, None)

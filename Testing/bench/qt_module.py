"""The module `qt`: the classes of PySide6 with the manners of PythonQt and the names that Slicer has."""

from __future__ import annotations

import types

from PySide6 import QtCore, QtGui, QtWidgets

from .form_loader import QUiLoader
from .pythonqt_objects import apply_pythonqt_manners
from .refusals import refuse_foreign_names
from .slicer_names import widget_api


def make_qt_module() -> types.ModuleType:
    """Return the module `qt`. It changes the classes of PySide6 for the whole process."""
    apply_pythonqt_manners()
    refuse_foreign_names()
    qt = types.ModuleType("qt", __doc__)
    offered = set(widget_api()["qt"]["names"])
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            if name in offered:
                setattr(qt, name, getattr(module, name))
    qt.QUiLoader = QUiLoader  # type: ignore[attr-defined]
    return qt

"""Take away from the Qt classes of PySide6 what Slicer's classes do not have, so that using it fails here, too."""

from __future__ import annotations

import inspect
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from .slicer_names import has_name, widget_api


class Refused:
    """Stands where PySide6 has something that Slicer's class has not: there is no such attribute."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        cls = owner or type(instance)
        raise AttributeError(f"{cls.__name__} has no attribute named '{self.name}'")


def refuse_on(cls: type, class_name: str) -> None:
    """Refuse on a class every public name that the application's class of this name lacks."""
    for base in cls.__mro__:
        if base is object:
            continue
        for name, value in list(vars(base).items()):
            if name in ("exec_", "raise_") or has_name(class_name, name):
                continue
            if not isinstance(value, Refused) and not _is_virtual(name):
                setattr(cls, name, Refused(name))


def _is_virtual(name: str) -> bool:
    """Return whether Qt calls back by this name: it looks the name up on every object, so it must be found."""
    return name.endswith(("Event", "Notify")) or name in CALLED_BACK


# Virtual functions that PythonQt does not show; found here, and never called by the panel.
CALLED_BACK = frozenset(
    "event eventFilter metric devType initPainter redirected sharedPainter paintEngine sizeHint minimumSizeHint"
    " hasHeightForWidth heightForWidth inputMethodQuery focusNextPrevChild setVisible isQmlExposed"
    " closeEditor commitData currentChanged dataChanged editorDestroyed horizontalScrollbarAction initViewItemOption"
    " horizontalScrollbarValueChanged itemDelegateForIndex rowsAboutToBeRemoved rowsInserted selectionChanged"
    " supportedDragActions updateEditorData updateEditorGeometries updateGeometries verticalScrollbarAction"
    " verticalScrollbarValueChanged skipData".split()
)


def refuse_foreign_names() -> None:
    """Refuse, on every Qt class that there are facts of, what the class of the application lacks."""
    for class_name in widget_api():
        for module in (QtCore, QtGui, QtWidgets):
            cls = getattr(module, class_name, None)
            if inspect.isclass(cls):
                refuse_on(cls, class_name)

"""What the classes of the real application have: names, properties, signals, taken from Slicer itself.

The facts are in ``facts/widget_api.json``, one entry for each class that the panel may use: properties with types,
signals, slots and the names that Python sees, beyond those of QWidget, which has an entry of its own.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

FACTS = Path(__file__).parent / "facts"

# What a QObject has in PythonQt, and a widget, too.
OBJECT_NAMES = frozenset(
    "blockSignals childEvent children className connect customEvent delete deleteLater destroyed disconnect"
    " dumpObjectInfo dumpObjectTree dynamicPropertyNames event eventFilter findChild findChildren help inherits"
    " installEventFilter isSignalConnected isWidgetType isWindowType killTimer metaObject moveToThread name objectName"
    " objectNameChanged parent property removeEventFilter sender senderSignalIndex setObjectName setParent setProperty"
    " signalsBlocked startTimer thread timerEvent tr".split()
)
# Qt and Shiboken look these up themselves; they are not for the panel.
INTERNAL_NAMES = frozenset("connectNotify disconnectNotify painters receivers staticMetaObject emit".split())


@functools.cache
def widget_api() -> dict[str, dict[str, Any]]:
    """Return the facts of every class, by its name."""
    return dict(json.loads((FACTS / "widget_api.json").read_text(encoding="utf-8")))


@functools.cache
def names_of(class_name: str) -> frozenset[str]:
    """Return every name that Python sees on a class of the application.

    The facts leave out the names of QWidget for every class, so that `setContentsMargins` of a layout is among these.
    """
    api = widget_api()
    own = api[class_name]
    return OBJECT_NAMES.union(own.get("names", ()), own.get("properties", ()), api["QWidget"]["names"])


def has_name(class_name: str, name: str) -> bool:
    """Return whether Slicer's class has this name; ``exec_`` and ``raise_`` are other names of ``exec``, ``raise``."""
    names = names_of(class_name)
    return name.startswith("_") or name in INTERNAL_NAMES or name in names or name.rstrip("_") in names


def known_class(cls: type) -> str | None:
    """Return the nearest class of the method resolution order that there are facts of."""
    return next((base.__name__ for base in cls.__mro__ if base.__name__ in widget_api()), None)


@functools.cache
def has_signal(cls: type, signature: str) -> bool:
    """Return whether Slicer's class has a signal of this signature; True for a class without facts."""
    name = known_class(cls)
    if name is None or signature.startswith(("destroyed(", "objectNameChanged(")):
        return True
    api = widget_api()
    inherited = api["QWidget"]["signals"] if any(base.__name__ == "QWidget" for base in cls.__mro__) else ()
    return signature in {*api[name].get("signals", ()), *inherited}

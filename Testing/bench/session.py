"""Start the bench, run code inside its event loop, report what went wrong where nobody catches."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")
HEARTBEAT_MS = 50  # Python sees signals (Ctrl-C, the timeout of a test) only while it runs


def start(home: Path) -> None:
    """Make `qt`, `ctk`, `slicer.app` and the rest importable, for this process and once.

    :param home: an empty folder for settings and temporary files.
    """
    if "qt" in sys.modules:
        return
    if not os.environ.get("QT_QPA_PLATFORM"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    keep_singletons_alive()
    import slicer

    for name in ("modules", "moduleNames"):
        set_submodule(slicer, name, types.ModuleType(f"slicer.{name}"))
    sys.modules["MRMLCorePython"] = importlib.import_module("slicer_core").MRMLCore  # its name in Slicer
    sys.modules["qt"] = importlib.import_module(".qt_module", __package__).make_qt_module()
    sys.modules["ctk"] = importlib.import_module(".ctk_module", __package__).make_ctk_module()
    start_application(slicer, home)
    importlib.import_module("slicer.util")
    for name, source in (
        ("ScriptedLoadableModule", "scripted_loadable_module"),
        ("i18n", "translation"),
        ("parameterNodeWrapper", "parameter_node"),
    ):
        set_submodule(slicer, name, importlib.import_module(f".{source}", __package__))


def start_application(slicer: Any, home: Path) -> None:
    """Make `slicer.app`, `slicer.mrmlScene` and the widgets that know the scene."""
    from .application import qSlicerApplication, refuse_foreign_application_names
    from .module_factory import qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget
    from .scene_widgets import offer_scene_widgets

    offer_scene_widgets()
    refuse_foreign_application_names()
    slicer.qSlicerScriptedLoadableModule = qSlicerScriptedLoadableModule
    slicer.qSlicerScriptedLoadableModuleWidget = qSlicerScriptedLoadableModuleWidget
    slicer.app = qSlicerApplication(home)
    slicer.mrmlScene = slicer.app.mrmlScene()


def set_submodule(package: Any, name: str, module: types.ModuleType) -> None:
    """Make a module importable as ``package.name``."""
    sys.modules[f"{package.__name__}.{name}"] = module
    setattr(package, name, module)


def keep_singletons_alive() -> None:
    """Give None, True and False more references: PySide6 6.12 on Python 3.11 loses one with many calls."""
    if sys.version_info < (3, 12):
        for singleton in (None, True, False):
            ctypes.c_ssize_t.from_address(id(singleton)).value += 1 << 40


def load_module(path: Path) -> Any:
    """Load ``<Module>.py`` and return the module object; its panel is made when it is asked for."""
    return importlib.import_module(".module_factory", __package__).load_module(path)


def unload_module(name: str) -> None:
    """Unload a module, as when the application quits."""
    importlib.import_module(".module_factory", __package__).unload_module(name)


def process_events(rounds: int = 3) -> None:
    """Let Qt deliver what is waiting."""
    import slicer

    for _ in range(rounds):
        slicer.app.processEvents()


def grab(widget: Any, path: Path) -> None:
    """Save a picture of a widget."""
    process_events()
    if not widget.grab().save(str(path)):
        raise OSError(f"{path} could not be written")


def slot_errors() -> list[Any]:
    """Return, and forget, what was raised in slots, in observers and in methods that Qt called."""
    from .signals import slot_failures

    found = list(slot_failures)
    slot_failures.clear()
    return found


def run(function: Callable[[], Answer]) -> Answer:
    """Call a function inside the running event loop, where all code of a module runs; return or raise what it does."""
    import qt
    import slicer

    from .signals import interruptions, take_uncaught

    answers: list[Answer] = []
    errors: list[BaseException] = []

    def inside() -> None:
        try:
            answers.append(function())
        except BaseException as error:
            errors.append(error)
        finally:
            heartbeat.stop()
            slicer.app.exit(0)

    def let_python_see_signals() -> None:
        """Raise here what the handler of a signal raises."""

    heartbeat = qt.QTimer()
    heartbeat.connect("timeout()", let_python_see_signals)
    hook, sys.excepthook = sys.excepthook, take_uncaught
    try:
        heartbeat.start(HEARTBEAT_MS)
        call_in_loop(inside)
    finally:
        sys.excepthook = hook
    if interruptions:
        errors, interruptions[:] = list(interruptions), []
    if errors:
        raise errors[0]
    return answers[0]


def call_in_loop(inside: Callable[[], None]) -> None:
    """Start the event loop with a function as its first event."""
    import slicer
    from PySide6.QtCore import QTimer

    QTimer.singleShot(0, inside)
    slicer.app.exec_()

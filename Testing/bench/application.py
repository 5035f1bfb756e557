"""Stand-in of qSlicerApplication: `slicer.app`, with one scene, the logics of the modules and three slice nodes.

There is no main window and there are no views, as in Slicer with ``--no-main-window``; slice nodes exist, so that code
that moves the slices to a point can be tried. Message boxes of `slicer.util` do not open, as with ``--testing``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import slicer
from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication

from .core_io import qSlicerIOManager
from .refusals import refuse_on
from .signals import PythonSignal
from .slicer_names import INTERNAL_NAMES, names_of

LOGIC_OF_MODULE = {
    "Volumes": "vtkSlicerVolumesLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Models": "vtkSlicerModelsLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Colors": "vtkSlicerColorLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Texts": "vtkSlicerTextsLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
}
SLICE_VIEWS = ("Red", "Yellow", "Green")


class qSlicerModuleManager(QObject):
    """Knows the modules by their names."""

    _stands_for_cpp = True
    moduleAboutToBeUnloaded = PythonSignal("moduleAboutToBeUnloaded(QString)")
    moduleLoaded = PythonSignal("moduleLoaded(QString)")

    def __init__(self) -> None:
        super().__init__()
        self._modules: dict[str, Any] = {}

    def module(self, name: str) -> Any:
        return self._modules.get(name)

    def modulesNames(self) -> tuple[str, ...]:
        return tuple(self._modules)


class qSlicerCoreModule(QObject):
    """A module of C++, `slicer.modules.markups` for example; the bench has its logic only."""

    _stands_for_cpp = True

    def __init__(self, name: str, logic: Any) -> None:
        super().__init__()
        self.setObjectName(name)
        self._logic = logic

    def logic(self) -> Any:
        return self._logic


class qSlicerApplication(QApplication):
    """The application.

    :param home: an empty folder for settings and temporary files.
    """

    _stands_for_cpp = True
    startupCompleted = PythonSignal("startupCompleted()")
    majorVersion = property(lambda self: 5)
    minorVersion = property(lambda self: 13)
    mainApplicationName = property(lambda self: "Slicer")
    slicerHome = property(lambda self: str(self._home))
    temporaryPath = property(lambda self: str(self._home / "tmp"))
    documentationBaseUrl = property(lambda self: "https://slicer.readthedocs.io/en/latest/")

    def __init__(self, home: Path) -> None:
        super().__init__(["bench"])
        self._home = home
        for folder in ("tmp", "settings", "share/ColorFiles"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        self.setApplicationName("Slicer")
        self.setApplicationVersion("5.13.0-2026-08-01")
        self.setOrganizationName("bench")
        QSettings.setDefaultFormat(QSettings.IniFormat)
        QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(home / "settings"))
        self._module_manager = qSlicerModuleManager()
        self._scene: Any = slicer.vtkMRMLScene()
        self._logic: Any = slicer.vtkSlicerApplicationLogic()
        self._logics: dict[str, Any] = {}
        self._slice_logics: list[Any] = []
        self._start_application_logic()
        self._start_remote_io()
        self._start_module_logics()
        self._io_manager = qSlicerIOManager(self._scene, self._logics)

    def _start_application_logic(self) -> None:
        self._scene.SetRootDirectory(str(self._home))
        self._logic.SetMRMLScene(self._scene)
        self._logic.SetHomeDirectory(str(self._home))
        self._logic.SetShareDirectory("share")
        self._logic.SetTemporaryPath(self.temporaryPath)
        for name in SLICE_VIEWS:
            slice_logic = slicer.vtkMRMLSliceLogic()
            slice_logic.SetMRMLApplicationLogic(self._logic)
            slice_logic.SetMRMLScene(self._scene)
            slice_logic.AddSliceNode(name)
            self._slice_logics.append(slice_logic)

    def _start_remote_io(self) -> None:
        self._remote_io = slicer.vtkMRMLRemoteIOLogic()
        self._remote_io.SetMRMLApplicationLogic(self._logic)
        self._remote_io.GetCacheManager().SetRemoteCacheDirectory(self.temporaryPath)
        self._data_io = slicer.vtkDataIOManagerLogic()
        self._data_io.SetMRMLApplicationLogic(self._logic)
        self._data_io.SetAndObserveDataIOManager(self._remote_io.GetDataIOManager())
        self._logic.SetMRMLSceneDataIO(self._scene, self._remote_io, self._data_io)

    def _start_module_logics(self) -> None:
        for name, class_name in LOGIC_OF_MODULE.items():
            logic = getattr(slicer, class_name)()
            logic.SetMRMLApplicationLogic(self._logic)
            logic.SetMRMLScene(self._scene)
            self._logic.SetModuleLogic(name, logic)
            self._logics[name] = logic
            module = self._module_manager._modules[name] = qSlicerCoreModule(name, logic)
            setattr(slicer.modules, name.lower(), module)

    def mrmlScene(self) -> Any:
        return self._scene

    def applicationLogic(self) -> Any:
        return self._logic

    def moduleLogic(self, name: str) -> Any:
        return self._logics[name]

    def moduleManager(self) -> qSlicerModuleManager:
        return self._module_manager

    def coreIOManager(self) -> qSlicerIOManager:
        return self._io_manager

    def ioManager(self) -> qSlicerIOManager:
        return self._io_manager

    def layoutManager(self) -> None:
        return None

    def testingEnabled(self) -> bool:
        return True

    def startupEnvironment(self) -> Any:
        return _Environment(os.environ)

    def settings(self) -> QSettings:
        return QSettings()

    userSettings = revisionUserSettings = settings

    def translate(self, context: str, text: str) -> str:
        return text

    def pauseRender(self) -> None:
        pass

    def resumeRender(self) -> None:
        pass

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"{self.documentationBaseUrl}user_guide/modules/{name.lower()}.html"

    def restart(self) -> None:
        raise RuntimeError("the bench cannot start itself again")


class _Environment(dict[str, str]):
    def value(self, key: str, default: str = "") -> str:
        return self.get(key, default)


def refuse_foreign_application_names() -> None:
    """Take from the application what Slicer's has not; raise TypeError for a name invented here."""
    public = {name for name in vars(qSlicerApplication) if not name.startswith("_")}
    if invented := public - names_of("slicer.app") - INTERNAL_NAMES:
        raise TypeError(f"slicer.app of Slicer has no {', '.join(sorted(invented))}")
    refuse_on(qSlicerApplication, "slicer.app")

"""Where elastix lies on this computer, as the application knows it.

The path of an own executable is a setting of the application and never part of a scene: a scene can come from a
stranger, and opening it must not decide what is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import qt
import slicer

PATH_SETTING = "ElastixPlus/ElastixPath"


@dataclass(frozen=True)
class EngineSettings:
    """What the search for an engine has to know of the application.

    :param own_path: the executable that the user named; empty for none.
    :param bundled_folders: where the SlicerElastix extension keeps its elastix.
    :param host_environment: the environment before the application put its own libraries in front.
    :param host: the application and its version, for the record of a run.
    """

    own_path: str
    bundled_folders: tuple[Path, ...]
    host_environment: Mapping[str, str] = field(repr=False)
    host: str = ""


def engine_settings() -> EngineSettings:
    """Ask the application for everything that finds an engine."""
    environment = dict(slicer.util.startupEnvironment())
    host = f"3D Slicer {slicer.app.applicationVersion}".strip()
    return EngineSettings(own_engine_path(), bundled_elastix_folders(), environment, host)


def own_engine_path() -> str:
    """The executable that the user named; empty for none."""
    return str(slicer.util.settingsValue(PATH_SETTING, ""))


def set_own_engine_path(path: str) -> None:
    """Remember the executable that the user named."""
    qt.QSettings().setValue(PATH_SETTING, path)


def bundled_elastix_folders() -> tuple[Path, ...]:
    """The folders in which the SlicerElastix extension, if it is installed, has its executable.

    An installed extension has it beside or above its scripted modules (``lib/Slicer-5.10/qt-scripted-modules``), a
    built one in the ``bin`` folder of the build.
    """
    module = getattr(slicer.modules, "elastix", None)
    if module is None:
        return ()
    scripts = Path(module.path).resolve().parent
    above = [*scripts.parents, *[scripts.parents[-1]] * 4]
    places = [above[0], above[2] / "bin", above[3] / "bin"]
    places += [above[3] / "bin" / kind for kind in ("Release", "Debug", "RelWithDebInfo", "MinSizeRel")]
    return tuple(place for place in dict.fromkeys(places) if place.is_dir())

"""The choice of the engine: which elastix, its path, and whether it runs."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.errors import ElastixPlusError

from .engine_choice import EngineSettings, engine_settings, own_engine_path, set_own_engine_path
from .parameter_set import EngineKind


class EngineSection:
    """Binds the widgets of the engine. The path goes to the settings of the application, not into the scene.

    :param ui: the widgets of the panel.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._kind = EngineKind.AUTO
        ui.enginePathEdit.currentPath = own_engine_path()
        ui.enginePathEdit.connect("currentPathChanged(QString)", self._path_changed)
        ui.checkEngineButton.connect("clicked(bool)", self.check)

    def show(self, kind: EngineKind) -> None:
        """Show what belongs to a kind of engine."""
        if kind is not self._kind:
            self._ui.engineStatusLabel.text = ""
        self._kind = kind
        self._ui.enginePathEdit.setVisible(kind is EngineKind.OWN)
        self._ui.engineStatusLabel.setVisible(bool(self._ui.engineStatusLabel.text))

    def check(self) -> None:
        """Find the engine as a registration would, and say what was found."""
        try:
            self._ui.engineStatusLabel.text = found_engine(self._kind, engine_settings())
        except ElastixPlusError as error:
            self._ui.engineStatusLabel.text = f"{error.what} {error.remedy}"
        self._ui.engineStatusLabel.setVisible(True)

    def _path_changed(self, path: str) -> None:
        set_own_engine_path(path)
        self._ui.engineStatusLabel.text = ""


def found_engine(kind: EngineKind, settings: EngineSettings) -> str:
    """Which elastix a registration would run, in words.

    :raises EngineNotFoundError: none.
    """
    engine = find_engine(
        (settings.own_path or "auto") if kind is EngineKind.OWN else kind.value,
        bundled_folders=settings.bundled_folders,
        host_environment=settings.host_environment,
    )
    return _("{name} {version}: {path}").format(name=engine.name, version=engine.version, path=engine.path)

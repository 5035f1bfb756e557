"""The section "Preset": the choice, what is suggested, what is known of the chosen one, and the menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin

from ElastixPlusLib.presets_at_hand import faulty_presets_at_hand

from .parameter_set import ParameterSet
from .preset_choice import PresetChoice
from .preset_menu import PresetMenu
from .preset_suggestion import PresetSuggestion
from .preset_text import about_faults, about_preset

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest


class PresetSection(VTKObservationMixin):
    """Joins the pieces of the section, and watches the scene for presets that come and go with it.

    :param ui: the widgets of the panel.
    :param request_now: what would be registered; None without a parameter set.
    """

    def __init__(self, ui: Any, request_now: Callable[[], RegistrationRequest | None]) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._shown: Any = None
        self._is_to_look = False
        self._parameters: ParameterSet | None = None
        self.choice = PresetChoice(ui)
        self.menu = PresetMenu(ui.presetMenuButton, self.choice, lambda: self.look_again(is_changed=True))
        self.suggestion = PresetSuggestion(ui, request_now, lambda: self.choice.presets, self.choice.choose)
        ui.presetAboutButton.connect("toggled(bool)", self._show_about)
        self._show_about()

    @property
    def needs_landmarks(self) -> bool:
        """Whether the chosen preset cannot run without landmarks."""
        return self.choice.needs_landmarks

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self.removeObservers()
        self._parameters = parameters
        self.menu.stop()
        self.choice.set_parameters(parameters)
        self.suggestion.set_parameters(parameters)
        self._shown = None
        self._show_about()
        if parameters is not None:
            scene = slicer.mrmlScene
            for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent):
                self.addObserver(scene, event, self._scene_changed)

    def show(self) -> None:
        """Show what the parameter set says."""
        self.choice.show()
        self.suggestion.show()
        self._show_about()

    def look_again(self, is_changed: bool = False) -> None:
        """Look for presets again: the panel was left and is entered, or the scene has others.

        :param is_changed: the files of one may say something else than before.
        """
        self.choice.look_again(is_changed)
        self._shown = None
        self._show_about()

    def close(self) -> None:
        """Let go of everything: the panel is unloaded or reloaded."""
        self.menu.close()

    def _show_about(self, _is_open: bool = True) -> None:
        """Say what is known of the chosen preset, if anybody looks."""
        button, label = self._ui.presetAboutButton, self._ui.presetAboutLabel
        is_open = bool(button.checked)
        button.arrowType = qt.Qt.DownArrow if is_open else qt.Qt.RightArrow
        label.setVisible(is_open)
        preset = self.choice.preset
        if not is_open or self._parameters is None or (self._shown is not None and self._shown is preset):
            return
        self._shown = preset
        about = about_preset(preset) if preset is not None else ""
        label.text = about + about_faults(faulty_presets_at_hand(slicer.mrmlScene))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _scene_changed(self, _caller: Any, _event: Any, node: Any) -> None:
        """A preset of the scene is a text node; what it says is written after it was added."""
        if not self._is_to_look and node is not None and node.IsA("vtkMRMLTextNode"):
            self._is_to_look = True
            qt.QTimer.singleShot(0, self._look_after_change)

    def _look_after_change(self) -> None:
        self._is_to_look = False
        self.look_again(is_changed=True)

"""The panel: binds all sections to one parameter set, and runs a registration when Apply is pressed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.evaluation.report_notes import notes_of_registration
from ElastixPlusLib.guidance.findings import RefusedRequestError
from ElastixPlusLib.mrml.applied_transform import apply_transform, withdraw_transform

from . import views
from .background_registration import RunCallbacks
from .check_layout import CheckLayout
from .engine_choice import engine_settings
from .engine_section import EngineSection
from .evaluation_section import EvaluationSection
from .finding_check import FindingCheck
from .input_watch import InputWatch
from .landmark_section import LandmarkSection
from .mask_choice import MaskChoice
from .node_lifetime import keep_while_in_scene
from .overrides_text import OverridesText
from .parameter_files import ParameterFileList
from .parameter_set import MaskEdge, ParameterSet, Start, Strength, forget_unreadable_choices
from .preset_section import PresetSection
from .record_section import RecordSection
from .recorded_parameters import RecordedParameters
from .request_of_parameters import request_of, what_is_missing
from .run_view import RunView, no_fix

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest, RegistrationResult

BEFORE_THE_SELECTORS = 10.0  # the priority of an observer
SWAPPED_MEMBERS = ("volume", "landmarks", "mask_use", "mask", "mask_segment")


class RegistrationPanel(VTKObservationMixin):
    """The panel between its widgets and the logic.

    :param ui: the widgets of the .ui file.
    :param logic: runs the registration.
    :param icons: the folder of the icons.
    """

    def __init__(self, ui: Any, logic: Any, icons: Path) -> None:
        VTKObservationMixin.__init__(self)
        self._ui, self._logic = ui, logic
        self._running: tuple[ParameterSet, RegistrationRequest] | None = None
        self._parameters: ParameterSet | None = None
        self._parameter_sets: dict[Any, ParameterSet] = {}
        self._gui_tag: int | None = None
        self.landmarks = LandmarkSection(ui, icons)
        self.engine = EngineSection(ui)
        self.parameter_files = ParameterFileList(
            ui.parameterFilesList, ui.addParameterFilesButton, ui.removeParameterFileButton
        )
        self.check = FindingCheck(ui, icons, self.run_anyway)
        self.presets = PresetSection(ui, self.check.request_now)
        self.evaluation = EvaluationSection(ui, icons, lambda: self.is_running)
        self.record = RecordSection(ui, icons, lambda: self.is_running, lambda: self.presets.choice.ids)
        self.check_layout = CheckLayout(ui)
        self._choices = (
            self.landmarks,
            MaskChoice(ui.fixedMaskSelector, ui.fixedMaskSegmentSelector, "fixed_mask"),
            MaskChoice(ui.movingMaskSelector, ui.movingMaskSegmentSelector, "moving_mask"),
            self.parameter_files,
            OverridesText(ui.overridesEdit),
            self.check,
            self.presets,
            RecordedParameters(ui),
            self.evaluation,
            self.record,
            self.check_layout,
        )
        self._run_view = RunView(ui, icons, self.check.take_fix, self.record.show_support_of_folder)
        self._outcome_watch = InputWatch(self.check.request_now, self._run_view.withdraw_fixes)
        self._last_result: RegistrationResult | None = None
        ui.swapButton.connect("clicked(bool)", self.swap)
        ui.startFromLandmarksCheckBox.connect("toggled(bool)", self._choose_start)
        ui.applyButton.connect("clicked(bool)", self.apply_or_cancel)
        ui.showOverlayButton.connect("clicked(bool)", self.show_overlay)

    @property
    def parameter_node(self) -> Any:
        """The node of the parameter set that is shown; None if there is none."""
        return self._parameters.parameterNode if self._parameters is not None else None

    @property
    def is_running(self) -> bool:
        """Whether a registration that was started here goes on."""
        return self._running is not None

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was chosen yet in the parameter set that is shown."""
        parameters = self._parameters
        return parameters is not None and all(
            parameters.getValue(name) == parameters.default(name).value for name in parameters.allParameters
        )

    def bind(self, node: Any) -> None:
        """Show a parameter set; what is changed from now on is written there."""
        if node is self.parameter_node:
            self.presets.look_again()
            self._show()
            return
        self.unbind(stops_run=False)
        parameters = self._parameter_set_of(node)
        self._parameters = parameters
        self._ui.parameterSetSelector.setCurrentNode(node)
        # Not connectGui: what it returns in the application cannot be used to disconnect.
        self._gui_tag = parameters.connectParametersToGui(self._bound_widgets())
        for choice in self._choices:
            choice.set_parameters(parameters)
        self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._parameters_changed)
        about_to_be_removed = slicer.mrmlScene.NodeAboutToBeRemovedEvent
        self.addObserver(slicer.mrmlScene, about_to_be_removed, self._node_leaves, priority=BEFORE_THE_SELECTORS)
        self._show()

    def unbind(self, stops_run: bool = True) -> None:
        """Let go of the parameter set.

        :param stops_run: the scene is closing, so that a registration has to stop.
        """
        if stops_run:
            self._logic.cancelRegistration()
            self._last_result = None
            self._outcome_watch.watch(None)
            self._run_view.clear()
        if self._parameters is None:
            return
        self.removeObservers()
        if self._gui_tag is not None:
            self._parameters.disconnectGui(self._gui_tag)
        self._parameters, self._gui_tag = None, None
        for choice in self._choices:
            choice.set_parameters(None)
        self._show()

    def _parameter_set_of(self, node: Any) -> ParameterSet:
        """The wrapper of a node, one for as long as the node is in the scene: each observes its node until then."""
        self._parameter_sets = {one: kept for one, kept in self._parameter_sets.items() if one.GetScene() is not None}
        if node not in self._parameter_sets:
            keep_while_in_scene(node)
            forget_unreadable_choices(node)
            self._parameter_sets[node] = ParameterSet(node)
        return self._parameter_sets[node]

    def leave(self) -> None:
        """Let go of the views and the mouse: the user looks at another module; a registration goes on."""
        self.landmarks.stop_placing()
        self.check_layout.stop()

    def close(self) -> None:
        """Stop everything: the module is unloaded or reloaded."""
        self.unbind()
        self.landmarks.stop()
        self.presets.close()
        self.record.close()

    def swap(self) -> None:
        """Exchange fixed and moving: volumes, landmarks and masks."""
        parameters = self._parameters
        if parameters is None:
            return
        with slicer.util.NodeModify(parameters):
            for member in SWAPPED_MEMBERS:
                fixed, moving = f"fixed_{member}", f"moving_{member}"
                values = parameters.getValue(fixed), parameters.getValue(moving)
                parameters.setValue(fixed, values[1])
                parameters.setValue(moving, values[0])

    def apply_or_cancel(self) -> None:
        """Start a registration; stop it if one is running."""
        if self.is_running:
            self._logic.cancelRegistration()
            return
        parameters = self._parameters
        if parameters is None:
            return
        self._start(parameters)

    def run_anyway(self) -> None:
        """Start a registration in spite of what its check finds."""
        if self._parameters is not None and not self.is_running:
            self._start(self._parameters, despite_findings=True)

    def _start(self, parameters: ParameterSet, despite_findings: bool = False) -> None:
        self.landmarks.stop_placing()
        self.check.forget()
        self._outcome_watch.watch(None)
        self._run_view.show_start()
        callbacks = RunCallbacks(self._run_view.show_progress, self._done, self._failed, self._cancelled)
        try:
            request = replace(request_of(parameters, engine_settings()), despite_findings=despite_findings)
            self._logic.startRegistration(request, callbacks)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._failed(error)
        else:
            self._running = (parameters, request)
        self._show_apply_button()

    def show_overlay(self) -> None:
        """Show the outcome of the last registration over the fixed volume."""
        result, parameters = self._last_result, self._parameters
        if parameters is not None and result is not None:
            moved = result.volume if result.volume is not None else parameters.moving_volume
            views.show_overlay(parameters.fixed_volume, moved)

    def _done(self, result: RegistrationResult) -> None:
        (parameters, request), self._running = self._running or (None, None), None
        try:
            self._take_result(result, parameters, request)
        except Exception as error:  # called by a timer: what is not shown here, nobody sees
            self._failed(error)

    def _take_result(
        self, result: RegistrationResult, parameters: ParameterSet | None, request: RegistrationRequest | None
    ) -> None:
        self._last_result = result
        self.record.take_run(result.transform, result.workspace)
        if request is not None:
            self.evaluation.take_notes(result.transform, notes_of_registration(request, result))
        if parameters is not None and parameters.parameterNode.GetScene() is not None:
            parameters.evaluated_transform = parameters.recorded_transform = result.transform
            earlier, parameters.output_transform = parameters.output_transform, result.transform
            if parameters.apply_to_moving:
                result = _shown_under(result, earlier, _moving_side(parameters))
        self._show()
        now = self._still_chosen(request, result.transform)
        self._run_view.show_result(result, self.check.fix_of if now is not None else no_fix)
        self._outcome_watch.watch(now)

    def _failed(self, error: Exception) -> None:
        (_parameters, request), self._running = self._running or (None, None), None
        now = self._still_chosen(request)
        if isinstance(error, RefusedRequestError) and now is not None:
            self._run_view.clear()
            self.check.show_refused(now, error)
        else:
            fix = getattr(error, "fix", None) if now is not None else None
            self._run_view.show_error(error, self.check.applicable(fix))
            self._outcome_watch.watch(now)
        self._show_apply_button()

    def _cancelled(self) -> None:
        self._running = None
        self._run_view.show_cancelled(_("The registration was cancelled. Nothing in the scene was changed."))
        self._show_apply_button()

    def _still_chosen(self, ran: RegistrationRequest | None, result: Any = None) -> RegistrationRequest | None:
        """What would be registered now, if it is what has just run; None if something was changed meanwhile."""
        if ran is None:
            return None
        output = result if result is not None else ran.output_transform
        now = self.check.request_now()
        return now if replace(ran, despite_findings=False, output_transform=output) == now else None

    def _choose_start(self, from_landmarks: bool) -> None:
        parameters = self._parameters
        if parameters is None or from_landmarks == (parameters.start is Start.LANDMARKS):
            return
        parameters.start = Start.LANDMARKS if from_landmarks else Start.AUTOMATIC

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_leaves(self, _caller: Any, _event: Any, node: Any) -> None:
        """Choose nothing in place of a node that goes; a selector would choose the next one in its list."""
        parameters = self._parameters
        if parameters is None:
            return
        for name in parameters.allParameters:
            if parameters.getValue(name) is node:
                parameters.setValue(name, None)

    def _parameters_changed(self, _caller: Any, _event: Any) -> None:
        self._show()

    def _bound_widgets(self) -> dict[str, Any]:
        named = {widget.property("SlicerParameterName"): widget for widget in vars(self._ui).values()}
        return {str(name): widget for name, widget in named.items() if name}

    def _show(self) -> None:
        """Show what depends on several choices at once."""
        parameters, ui = self._parameters, self._ui
        self._show_apply_button()
        if parameters is None:
            return
        for choice in self._choices:
            choice.show()
        ui.startFromLandmarksCheckBox.checked = parameters.start is Start.LANDMARKS
        ui.initialTransformSelector.setVisible(parameters.start is Start.TRANSFORM)
        ui.ownWeightSpinBox.setVisible(parameters.strength is Strength.NUMBER)
        ui.maskEdgeExplanation.text = mask_edge_explanation(parameters.mask_edge)
        self.engine.show(parameters.engine)
        self._outcome_watch.look()

    def _show_apply_button(self) -> None:
        button, hint = self._ui.applyButton, self._ui.applyHintLabel
        if self.is_running:
            button.text, button.enabled, missing = _("Cancel"), True, ""
            button.toolTip = _("Stop the registration; the scene stays as it is.")
        else:
            missing = self._what_is_missing()
            button.text, button.enabled = _("Apply"), not missing
            button.toolTip = missing or _("Start the registration.")
        self._ui.checkButton.enabled = not missing and not self.is_running
        hint.text = missing
        hint.setVisible(bool(missing))
        self.evaluation.show_buttons()
        self.record.show_buttons()

    def _what_is_missing(self) -> str:
        if self._parameters is None:
            return _("No parameter set is shown.")
        return what_is_missing(self._parameters, self.presets.needs_landmarks)


def _moving_side(parameters: ParameterSet) -> list[Any]:
    """Everything that belongs to the moving volume and moves with it."""
    nodes = (parameters.moving_volume, parameters.moving_landmarks, parameters.moving_mask)
    return [node for node in dict.fromkeys(nodes) if node is not None]


def _shown_under(result: RegistrationResult, earlier: Any, nodes: list[Any]) -> RegistrationResult:
    """Put nodes under a result, and take them from under an earlier one that it replaces.

    :returns: the result, with a warning if that was not possible.
    """
    try:
        for node in nodes:
            if earlier is not None and earlier is not result.transform:
                withdraw_transform(node, earlier)
            apply_transform(node, result.transform)
    except ElastixPlusError as error:
        return replace(result, warnings=(*result.warnings, str(error)))
    return result


def mask_edge_explanation(edge: MaskEdge) -> str:
    """One line that says what a kind of mask edge means, and when to choose it."""
    return {
        MaskEdge.AUTO: _("Valid data for a field of view and where something is left out, else a region of interest."),
        MaskEdge.REGION: _("Only what is inside counts; its outline is anatomy and helps to align."),
        MaskEdge.ARTIFICIAL: _("Outside there is no image (cut-off or blanked); the outline must not be aligned."),
    }[edge]

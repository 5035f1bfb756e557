"""The section "Record of the run": what was kept of the run that made a transform, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ElastixPlusLib.mrml.stored_record import record_text_of
from ElastixPlusLib.steps import in_background

from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .engine_choice import engine_settings
from .finding_rows import ICON_PIXELS
from .parameter_set import EngineKind, ParameterSet
from .preset_text import rich
from .record_filling import exact_members, fill, filling_of, put_back
from .record_of_node import was_changed
from .request_of_parameters import engine_of, request_of, what_is_missing
from .run_text import error_text

if TYPE_CHECKING:
    from ElastixPlusLib.record.run_record import RunRecord

    from .record_differences import Differences

WORDS, METHODS = "ElastixPlusLib.record.record_words", "ElastixPlusLib.record.methods_text"

PresetIds = Callable[[], frozenset[str]]
IsBusy = Callable[[], bool]


@dataclass
class RecordWindows:
    """The windows that the section opens, each made when it is first needed."""

    record: Any = None
    support: Any = None

    def record_dialog(self, parent: Any) -> Any:
        """The window that shows a record."""
        if self.record is None:
            self.record = import_module(".record_dialog", __package__).RecordDialog(parent)
        return self.record

    def support_dialog(self, parent: Any) -> Any:
        """The window that shows what a support file will hold."""
        if self.support is None:
            self.support = import_module(".support_dialog", __package__).SupportDialog(parent)
        return self.support

    def close(self) -> None:
        """Close them for good: the panel is unloaded or reloaded."""
        for dialog in (self.record, self.support):
            if dialog is not None:
                dialog.close()
                dialog.window.deleteLater()
        self.record = self.support = None


class RecordSection(VTKObservationMixin):
    """Shows the record that is kept with a transform.

    :param ui: the widgets of the panel.
    :param icons: the folder of the icons.
    :param is_busy: whether a registration runs.
    :param preset_ids: the presets at hand.
    """

    def __init__(self, ui: Any, icons: Path, is_busy: IsBusy, preset_ids: PresetIds) -> None:
        VTKObservationMixin.__init__(self)
        self._ui, self._icons, self._is_busy, self._preset_ids = ui, icons, is_busy, preset_ids
        self._parameters: ParameterSet | None = None
        self._seen: tuple[Any, str] = (None, "")
        self._record: RunRecord | None = None
        self._problem = ""
        self._was_changed = False
        self._run_folder: tuple[Any, Path | None] = (None, None)
        self._reading: BackgroundSteps[None, Any] | None = None
        self._comparing: BackgroundSteps[None, Differences] | None = None
        self.windows = RecordWindows()
        ui.recordSection.connect("contentsCollapsed(bool)", self._look)
        ui.showRecordButton.connect("clicked(bool)", self.show_record)
        ui.fillFromRecordButton.connect("clicked(bool)", self.fill_panel)
        ui.copyMethodsButton.connect("clicked(bool)", self.copy_methods)
        ui.saveSupportButton.connect("clicked(bool)", self.show_support)
        ui.useRecordedParametersButton.connect("clicked(bool)", self.use_recorded_parameters)
        self._say("")
        self.show_buttons()

    @property
    def is_comparing(self) -> bool:
        """Whether it is being found out what has changed since the run."""
        return self._comparing is not None

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self._forget()
        self._look()

    def show(self) -> None:
        """Show the record of the transform that the parameter set names."""
        self._look()

    def close(self) -> None:
        """Let go of everything: the panel is unloaded or reloaded."""
        self._forget()
        self.windows.close()

    def take_run(self, transform: Any, folder: Path | None) -> None:
        """Remember where the folder of a run is, for a support file.

        :param transform: the result.
        :param folder: None if it was not kept.
        """
        self._run_folder = (transform, folder)

    def show_record(self, _is_checked: bool = False) -> None:
        """Open the record in a window."""
        record, transform = self._record, self._seen[0]
        if record is None:
            return
        try:
            sections = import_module(WORDS).record_rows(record)
            self.windows.record_dialog(self._ui.showRecordButton).open(record, transform.GetName(), sections)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._say(error_text(error), "error.png")

    def copy_methods(self, _is_checked: bool = False) -> None:
        """Put a text for the methods section of a publication on the clipboard."""
        if self._record is None:
            return
        try:
            text = import_module(METHODS).methods_as_text(self._record)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._say(error_text(error), "error.png")
            return
        slicer.app.clipboard().setText(text)
        self._say(_("A text with its references is on the clipboard: paste it, and read it through."), "check.png")

    def show_support(self, _is_checked: bool = False) -> None:
        """Open the window that shows what a support file of the chosen result will hold."""
        transform, folder = self._run_folder
        if self._record is not None:
            self._open_support(self._record, folder if transform is self._seen[0] else None)

    def show_support_of_folder(self, folder: Path) -> None:
        """Open the window that shows what a support file of a failed run will hold.

        :param folder: of the run, with its record.
        """
        self._open_support(folder, folder)

    def fill_panel(self, _is_checked: bool = False) -> None:
        """Choose what the run had, and find out in the background what has changed since."""
        record, parameters, transform = self._record, self._parameters, self._seen[0]
        if record is None or parameters is None or self._is_busy():
            return
        self._stop_comparing()
        try:
            filling = filling_of(record, slicer.mrmlScene, self._preset_ids())
            moved = put_back(filling, transform)
            fill(parameters, filling)
            head = [_("The panel is filled from the record. A new result will not replace the recorded one.")]
            if moved:
                text = _("Taken out from under {transform}, where the run had found it: {nodes}.")
                head.append(text.format(transform=transform.GetName(), nodes=", ".join(moved)))
            self._tell_filled(record, parameters, head, filling.notes)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._say(error_text(error), "error.png")
        self.show_buttons()

    def use_recorded_parameters(self, _is_checked: bool = False) -> None:
        """Let elastix get exactly the parameter files of the record."""
        record, parameters = self._record, self._parameters
        if record is None or parameters is None:
            return
        with slicer.util.NodeModify(parameters):
            for name, value in exact_members(record).items():
                parameters.setValue(name, value)
        self._say(_("Elastix will get exactly the parameter files of the record. Apply runs it."), "check.png")

    def _open_support(self, record: RunRecord | Path, folder: Path | None) -> None:
        kind = self._parameters.engine if self._parameters is not None else EngineKind.AUTO
        try:
            settings = engine_settings()
            library = import_module(".support_dialog", __package__)
            engine = engine_of(kind, settings)
            collect = partial(library.support_steps, record, folder, engine, settings)
            self.windows.support_dialog(self._ui.saveSupportButton).open(collect)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._say(error_text(error), "error.png")

    def _tell_filled(
        self, record: RunRecord, parameters: ParameterSet, head: list[str], notes: tuple[str, ...]
    ) -> None:
        missing = what_is_missing(parameters)
        if missing:
            self._say("\n".join([*head, *notes, missing]), "warning.png")
            return
        self._say("\n".join([*head, *notes, _("Looking for what has changed since the run...")]))
        request = request_of(parameters, engine_settings())
        library = import_module(".record_differences", __package__)

        def done(found: Differences) -> None:
            self._comparing = None
            self._tell_differences(record, [*head, *notes], bool(notes), found)

        def failed(error: Exception) -> None:
            self._comparing = None
            told = _("What has changed since the run could not be found out, as it cannot run now:")
            self._say("\n".join([*head, *notes, told, error_text(error)]), "warning.png")

        steps = library.difference_steps(record, request)
        self._comparing = BackgroundSteps(steps, do_nothing, done, failed, do_nothing)
        self._comparing.start()

    def _tell_differences(self, record: RunRecord, lines: list[str], has_notes: bool, found: Differences) -> None:
        lines = [*lines, *found.sentences]
        if found.has_other_parameters:
            lines.append(_("Elastix would get other parameter files now than in the run."))
        elif not found.sentences:
            lines.append(_("Nothing has changed since the run: Apply repeats it."))
        is_same = not (has_notes or found.sentences or found.has_other_parameters)
        self._say("\n".join(lines), "check.png" if is_same else "warning.png")
        can_offer = found.has_other_parameters and bool(record.parameter_files)
        self._ui.useRecordedParametersButton.setVisible(can_offer)

    def _look(self, _is_collapsed: bool = False) -> None:
        """Read the record of the chosen transform, if somebody looks and it is another one than before."""
        parameters = self._parameters
        transform = parameters.recorded_transform if parameters is not None else None
        text = record_text_of(transform) if not self._ui.recordSection.collapsed else ""
        if (transform, text) == self._seen:
            self.show_buttons()
            return
        is_closed = bool(transform is self._seen[0] and self._ui.recordSection.collapsed)
        if is_closed:
            return
        self._forget()
        self._seen = (transform, text)
        if transform is not None:
            for event in (vtk.vtkCommand.ModifiedEvent, slicer.vtkMRMLTransformableNode.TransformModifiedEvent):
                self.addObserver(transform, event, self._transform_changed)
        if text:
            name = _("The record of {name}").format(name=transform.GetName())
            self._read(text, name)
        self.show_buttons()

    def _read(self, text: str, name: str) -> None:
        def read() -> Any:
            for module in (WORDS, METHODS):  # what the buttons need, so that they do not have to wait for it
                import_module(module)
            return import_module("ElastixPlusLib.record.record_json").record_from_text(text, name)

        self._reading = BackgroundSteps(in_background(read), do_nothing, self._has_read, self._cannot_read, do_nothing)
        self._reading.start()

    def _has_read(self, record: RunRecord) -> None:
        self._reading, self._record = None, record
        self._was_changed = was_changed(self._seen[0], record)
        self.show_buttons()

    def _cannot_read(self, error: Exception) -> None:
        self._reading, self._problem = None, error_text(error)
        self.show_buttons()

    def _transform_changed(self, _caller: Any, _event: Any) -> None:
        if self._record is not None:
            self._was_changed = was_changed(self._seen[0], self._record)
        self._look()

    def _forget(self) -> None:
        self.removeObservers()
        self._stop_comparing()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.stop()
        self._seen, self._record, self._problem, self._was_changed = (None, ""), None, "", False
        self._say("")

    def _stop_comparing(self) -> None:
        comparing, self._comparing = self._comparing, None
        if comparing is not None:
            comparing.stop()

    def _buttons(self) -> tuple[tuple[Any, str], ...]:
        ui = self._ui
        return (
            (ui.showRecordButton, _("Everything that was kept, and the parameter files as elastix got them.")),
            (
                ui.fillFromRecordButton,
                _(
                    "Choose the volumes, landmarks, masks and settings of that run, to repeat it or to change "
                    "something in it. A new result does not replace the recorded one."
                ),
            ),
            (
                ui.copyMethodsButton,
                _("Put sentences that describe the run, with what to cite, on the clipboard."),
            ),
            (
                ui.saveSupportButton,
                _("Pack record and parameter files into one file for somebody who is to help; it is shown before."),
            ),
        )

    def show_buttons(self) -> None:
        """Say what is known of the result, and offer what can be done with it or say why it cannot."""
        lacking = self._what_is_lacking()
        busy = _("Wait for the end of the registration.") if self._is_busy() else ""
        for button, tip in self._buttons():
            reason = lacking or (busy if button is self._ui.fillFromRecordButton else "")
            button.enabled = not reason
            button.toolTip = rich(reason or tip)
        self._ui.recordSummaryLabel.text = lacking or self._summary()

    def _what_is_lacking(self) -> str:
        if self._seen[0] is None:
            return _("Choose a result of ElastixPlus.")
        if self._problem:
            return self._problem
        if self._reading is not None:
            return _("Reading the record...")
        if self._record is None:
            return _("Nothing is recorded with this transform. ElastixPlus did not make it, or an earlier version did.")
        return ""

    def _summary(self) -> str:
        record = self._record
        if record is None:
            return ""
        lines = [summary_of(record)]
        if self._was_changed:
            lines.append(_("This transform was changed after the run."))
        return "\n".join(lines)

    def _say(self, text: str, icon: str = "") -> None:
        ui = self._ui
        ui.useRecordedParametersButton.setVisible(False)
        ui.recordStatusLabel.text = text
        if icon:
            ui.recordStatusIconLabel.setPixmap(qt.QIcon(str(self._icons / icon)).pixmap(ICON_PIXELS, ICON_PIXELS))
        ui.recordStatusIconLabel.setVisible(bool(icon))
        ui.recordStatusFrame.setVisible(bool(text))


def summary_of(record: RunRecord) -> str:
    """One line about a run: when it was made, with what."""
    made_at = record.made_at.replace("T", " ").replace("Z", " UTC")
    preset = _("the preset {name}").format(name=record.choices.preset) if record.choices.preset else _("own files")
    engine = record.engine
    if engine.name == "none":
        made_with = _("a fit of the landmarks")
    else:
        made_with = f"{engine.name} {engine.version}".strip()
    return _("Made {made_at} with {preset} and {engine}, in {host}.").format(
        made_at=made_at, preset=preset, engine=made_with, host=record.software.host
    )

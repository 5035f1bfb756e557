"""The section "How good is it?": what is evaluated, the figures, charts and the report."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
from ElastixPlusLib.evaluation.report_notes import NO_NOTES, ReportNotes
from ElastixPlusLib.steps import in_background

from . import views
from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .engine_choice import engine_settings
from .evaluation_request_of_parameters import drove_explanation, evaluation_request_of, what_evaluation_lacks
from .evaluation_table import EvaluationTable, role_of
from .evaluation_work import (
    Measured,
    MoreRuns,
    Work,
    WorkNews,
    WrittenReport,
    evaluation_work,
    report_work,
    require_nodes,
)
from .finding_rows import ICON_PIXELS
from .input_watch import InputWatch
from .parameter_set import ParameterSet
from .request_of_parameters import request_of, what_is_missing
from .run_text import error_text
from .structure_choice import StructureChoice

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest
    from ElastixPlusLib.accuracy.tolerance import Statement

INPUTS = tuple(field.name for field in fields(EvaluationRequest))
BAR_STEPS = 1000


def ask_for_folder(parent: Any) -> str:
    """Let the user choose a folder; empty if the dialog is cancelled."""
    return str(qt.QFileDialog.getExistingDirectory(parent, _("Choose a folder for the report")) or "")


class EvaluationSection:
    """Evaluates what is chosen, in the background, and shows what was found until something else is evaluated.

    :param ui: the widgets of the panel.
    :param icons: the folder of the icons.
    :param is_busy: whether a registration runs.
    :param ask: lets the user choose a folder.
    """

    def __init__(
        self, ui: Any, icons: Path, is_busy: Callable[[], bool], ask: Callable[[Any], str] = ask_for_folder
    ) -> None:
        self._ui, self._icons, self._is_busy, self.ask = ui, icons, is_busy, ask
        self._parameters: ParameterSet | None = None
        self._work: BackgroundSteps[Any, Any] | None = None
        self._measured: Measured | None = None
        self._shown: Any = None
        self._notes_of_result: tuple[Any, ReportNotes] = (None, NO_NOTES)
        self._notes = NO_NOTES
        self._report: Path | None = None
        self._structures = (
            StructureChoice(ui.fixedStructuresSelector, "fixed_structures"),
            StructureChoice(ui.movingStructuresSelector, "moving_structures"),
        )
        self._table = EvaluationTable(ui.evaluationTable, icons, self._show_statement)
        self._watch = InputWatch(self._request_now, self._outdated, INPUTS)
        ui.evaluationProgressBar.maximum = BAR_STEPS
        ui.evaluateButton.connect("clicked(bool)", self.evaluate_or_cancel)
        ui.saveReportButton.connect("clicked(bool)", self.save_report)
        ui.openReportButton.connect("clicked(bool)", self._open_report)
        ui.showChartsButton.connect("clicked(bool)", self._show_charts)
        self.forget()

    @property
    def is_working(self) -> bool:
        """Whether an evaluation, or the writing of a report, goes on."""
        return self._work is not None

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none; what was found before is not true of it."""
        self._parameters = parameters
        if parameters is None:
            self._notes_of_result = (None, NO_NOTES)
        for choice in self._structures:
            choice.set_parameters(parameters)
        self.forget()

    def show(self) -> None:
        """Show what the parameter set says, and whether what was found is still true of it."""
        for choice in self._structures:
            choice.show()
        ui = self._ui
        ui.droveExplanation.text = drove_explanation(self._parameters) if self._parameters is not None else ""
        ui.droveExplanation.setVisible(bool(ui.droveExplanation.text))
        self._watch.look()
        self.show_buttons()

    def show_buttons(self) -> None:
        """Offer what can be done now, or say why it cannot."""
        ui, has_result = self._ui, self._measured is not None
        lacking = "" if self.is_working else what_evaluation_lacks(self._parameters)
        if not self.is_working and not lacking and self._is_busy():
            lacking = _("Wait for the end of the registration.")
        ui.evaluateButton.text = _("Cancel") if self.is_working else _("Evaluate")
        ui.evaluateButton.enabled = not lacking
        ui.saveReportButton.enabled = has_result and not self.is_working
        ui.evaluationHintLabel.text = lacking or _("Volumes, landmarks and masks are those chosen above.")
        ui.evaluationProgressFrame.setVisible(self.is_working)
        for widget in (ui.evaluationTable, ui.showChartsButton):
            widget.setVisible(has_result)
        if not has_result:
            ui.evaluationWarningsLabel.setVisible(False)
            ui.evaluationTextLabel.setVisible(False)
        ui.openReportButton.setVisible(self._report is not None)

    def take_notes(self, result: Any, notes: ReportNotes) -> None:
        """Remember what a report of a result has to say of the run that made it.

        :param result: its transform node.
        """
        self._notes_of_result = (result, notes)

    def evaluate_or_cancel(self) -> None:
        """Evaluate what is chosen; stop if that goes on already."""
        if self.is_working:
            self._stop()
            self._show_head(_("Cancelled. Nothing in the scene was changed."), "warning.png")
            self.show_buttons()
        elif self._parameters is not None:
            self.forget()
            try:
                self._start(self._parameters)
            except Exception as error:  # a slot: what is not shown here, nobody sees
                self._fail(error)

    def forget(self) -> None:
        """Stop, and show nothing."""
        self._stop()
        self._measured = self._shown = self._report = None
        self._watch.watch(None)
        self._table.show_statements(())
        self._ui.evaluationFrame.setVisible(False)
        self.show_buttons()

    def save_report(self) -> None:
        """Write the last evaluation into a folder that the user chooses."""
        measured = self._measured
        if measured is None or self.is_working:
            return
        try:
            folder = self.ask(self._ui.saveReportButton)
            if folder:
                steps = report_work(measured, Path(folder), self._notes)
                work = BackgroundSteps(
                    steps, self._show_progress, self._report_written, self._report_failed, do_nothing
                )
                self._run(work)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._report_failed(error)

    def _start(self, parameters: ParameterSet) -> None:
        request, more = evaluation_request_of(parameters), MoreRuns.chosen(parameters)
        registration = self._registration(parameters) if more.is_any else None
        transform, notes = self._notes_of_result
        self._notes = notes if transform is not None and transform is request.transform else NO_NOTES
        steps = shown_steps(evaluation_work(request, more, registration), slicer.mrmlScene)
        work = BackgroundSteps(steps, self._show_progress, self._done, self._fail, lambda: require_nodes(request))
        self._run(work)

    def _registration(self, parameters: ParameterSet) -> RegistrationRequest:
        from ElastixPlusLib.errors import InputError

        missing = what_is_missing(parameters)
        if missing:
            raise InputError(_("The registration cannot run again."), missing)
        return request_of(parameters, engine_settings())

    def _run(self, work: BackgroundSteps[Any, Any]) -> None:
        self._work = work
        work.start()
        self.show_buttons()

    def _stop(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work.stop()

    def _done(self, found: tuple[Measured, Any]) -> None:
        self._work = None
        try:
            self._take(*found)
        except Exception as error:  # called by a timer: what is not shown here, nobody sees
            self._fail(error)
        self.show_buttons()

    def _take(self, measured: Measured, shown: Any) -> None:
        self._measured, self._shown = measured, shown
        self._table.show_statements(measured.statements)
        self._show_head("")
        warnings = "\n".join((*measured.evaluation.warnings, *shown.nodes.warnings))
        self._ui.evaluationWarningsLabel.text = warnings
        self._ui.evaluationWarningsLabel.setVisible(bool(warnings))
        self._ui.evaluationTable.setVisible(True)
        self._watch.watch(measured.evaluation.request)
        self._watch.look()  # something may have been chosen since it was started

    def _fail(self, error: Exception) -> None:
        self._work = None
        self._show_head(error_text(error), "error.png")
        self.show_buttons()

    def _report_written(self, report: WrittenReport) -> None:
        self._work, self._report = None, report.to_open
        if report.error is not None:
            self._show_head(error_text(report.error), "warning.png")
        else:
            self._show_head(_("The report is in {folder}").format(folder=report.folder), "check.png")
        self.show_buttons()

    def _report_failed(self, error: Exception) -> None:
        self._work = None
        self._show_head(error_text(error), "warning.png")
        self.show_buttons()

    def _outdated(self) -> None:
        self._show_head(_("Something has changed since: evaluate again."), "warning.png")

    def _request_now(self) -> EvaluationRequest | None:
        return evaluation_request_of(self._parameters) if self._parameters is not None else None

    def _show_head(self, text: str, icon: str = "") -> None:
        ui = self._ui
        ui.evaluationLabel.text = text
        ui.evaluationLabel.setVisible(bool(text))
        if icon:
            ui.evaluationIconLabel.setPixmap(qt.QIcon(str(self._icons / icon)).pixmap(ICON_PIXELS, ICON_PIXELS))
        ui.evaluationIconLabel.setVisible(bool(text and icon))
        ui.evaluationFrame.setVisible(True)

    def _show_progress(self, news: WorkNews) -> None:
        ui, progress = self._ui, news.progress
        ui.evaluationProgressLabel.text = work_text(news)
        ui.evaluationProgressBar.maximum = 0 if progress is None else BAR_STEPS  # 0 is shown as busy
        ui.evaluationProgressBar.value = 0 if progress is None else round(progress.fraction * BAR_STEPS)

    def _show_statement(self, statement: Statement) -> None:
        """Say it in full, and show the worst landmark of those that it is about."""
        self._ui.evaluationTextLabel.text = statement.text
        self._ui.evaluationTextLabel.setVisible(True)
        role, evaluation = role_of(statement), self._measured.evaluation if self._measured is not None else None
        if not role or evaluation is None or evaluation.places is None:
            return
        pairs = evaluation.evidence.landmarks.pairs
        chosen = [number for number, pair in enumerate(pairs) if pair.role == role]
        if chosen:
            worst = max(chosen, key=lambda number: float(pairs[number].after_mm))
            views.jump_to(evaluation.places.fixed_ras[worst])

    def _show_charts(self) -> None:
        if self._shown is not None:
            self._shown.show()

    def _open_report(self) -> None:
        if self._report is not None:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self._report)))


def shown_steps(work: Work, scene: Any) -> Generator[WorkNews | None, None, tuple[Measured, Any]]:
    """The work, and then what it has found as nodes."""
    measured = yield from work
    library = yield from in_background(lambda: import_module(".evaluation_nodes", __package__))
    return measured, (yield from library.add_to_scene_steps(measured, scene))


def work_text(news: WorkNews) -> str:
    """Where an evaluation is."""
    what = {
        "measure": _("Measuring"),
        "report": _("Writing the report"),
        "leave out": _("Registering without some of the landmarks"),
        "both ways": _("Registering the other way round"),
        "repeat": _("Registering again with other seeds"),
    }[news.what]
    progress = news.progress
    if progress is None or progress.count < 2:
        return what
    return _("{what}: {finished} of {count} runs done").format(
        what=what, finished=progress.finished, count=progress.count
    )

"""The preset editor: a window in which a preset is changed, as a table and as text, with undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ElastixPlusLib.errors import InputError, ParameterFileError
from ElastixPlusLib.presets import Preset
from ElastixPlusLib.presets.draft import DraftHistory, PresetDraft, draft_of, faults
from ElastixPlusLib.presets.parameter_table import ParameterRow, parameter_rows, with_row_text
from ElastixPlusLib.presets.preset import ANY

from .draft_check import DraftCheck, StageFinding, corrected, marks_of
from .editor_keys import EditorKeys
from .parameter_grid import ParameterGrid
from .preset_keeping import ask_title, ask_to_discard, own_title, save_in_its_place, save_in_scene, save_under
from .raw_text import RawText
from .stage_findings import FindingList, fault_text
from .stage_list import StageActions, StageList

RESOURCES = Path(__file__).resolve().parent.parent / "Resources"
PAUSE_MS = 300  # of typing, before the text is looked at
PARAMETERS_TAB, TEXT_TAB = range(2)
STRETCHED_STAGES, STRETCHED_TABS = 1, 3

OnSaved = Callable[[Preset], None]


class PresetEditor:
    """One window for one preset at a time; it stays open beside the panel.

    :param parent: the widget that the window belongs to; None for none.
    :param scene: where presets can be kept, too.

    The attribute ``components`` is what the engine at hand can create; None if it is not known.
    """

    def __init__(self, parent: Any, scene: Any) -> None:
        self.scene = scene
        self.ask_title, self.ask_to_discard = ask_title, ask_to_discard
        self.components: frozenset[str] | None = None
        self.window = slicer.util.loadUI(str(RESOURCES / "UI" / "PresetEditor.ui"))
        self.form = slicer.util.childWidgetVariables(self.window)
        if parent is not None:
            self.window.setParent(parent)
        self.window.setWindowFlags(qt.Qt.Window)
        self._opened: Preset | None = None
        self._on_saved: OnSaved = lambda _preset: None
        self._history = DraftHistory(PresetDraft(Preset("none", "")))
        self._saved = self._checked = self._history.now
        self._stage, self._session = 0, 0
        self._is_showing = False
        self._timer = qt.QTimer(self.window)
        self._timer.setSingleShot(True)
        self._timer.interval = PAUSE_MS
        self._timer.connect("timeout()", self.look)
        self._make_parts()
        self._connect()

    @property
    def draft(self) -> PresetDraft:
        """The preset as it is now."""
        return self._history.now

    @property
    def is_changed(self) -> bool:
        """Whether something is not saved."""
        return self._opened is not None and self.draft != self._saved

    @property
    def is_checked(self) -> bool:
        """Whether the remarks are about the preset as it is now."""
        return self.draft == self._checked

    def open(self, preset: Preset, on_saved: OnSaved) -> bool:
        """Show a preset; changes of the one before that are not saved are asked about.

        :param on_saved: gets the preset each time it was saved, as it lies there.
        :returns: whether it is shown now.
        :raises InputError: one of its files cannot be read.
        """
        draft = draft_of(preset)
        if not self._may_leave():
            return False
        self._opened, self._on_saved = preset, on_saved
        self._history, self._saved, self._stage = DraftHistory(draft), draft, 0
        self._session += 1
        self.findings.show((), ())
        self._tell("" if draft.has_stages else _("This preset fits the landmarks alone, so it has no stages."))
        self.show()
        self.look()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        return True

    def close(self) -> bool:
        """Close the window, if nothing is lost or the user does not mind."""
        return bool(self.window.close())

    def stop(self) -> None:
        """Close the window without asking, for good."""
        self._rest()
        self.window.close()
        self.window.deleteLater()

    def show(self) -> None:
        """Show the draft in all parts."""
        draft = self.draft
        self._stage = min(self._stage, len(draft.stages) - 1) if draft.stages else -1
        self._is_showing = True
        try:
            described = draft.described
            _show_text(self.form.titleEdit, described.title)
            _show_text(self.form.summaryEdit, described.summary)
            for line_edit, words in (
                (self.form.anatomyEdit, described.anatomy),
                (self.form.modalityEdit, described.modality),
            ):
                if words_of(str(line_edit.text)) != words:
                    line_edit.text = "" if words == (ANY,) else ", ".join(words)
            self.stages.show(draft.stages, self._stage, draft.has_stages)
            self._show_stage()
        finally:
            self._is_showing = False
        self._show_state()

    def look(self) -> None:
        """Show what follows from the text, and look for what is wrong in it. Done when typing stops."""
        if self._opened is None:
            return
        self._show_table()
        if self.is_checked:
            self._color()
        else:
            self.check.look(self.draft, self.components)

    def know_components(self, components: frozenset[str] | None) -> None:
        """Take what the engine at hand can create, and look again with that."""
        if components != self.components:
            self.components, self._checked = components, None
            self.look()

    def undo(self) -> None:
        """One step back."""
        self._go_back_or_forth(self._history.undone())

    def redo(self) -> None:
        """One step forth again."""
        self._go_back_or_forth(self._history.redone())

    def save(self) -> None:
        """Save where the preset lies; a built-in one as one of the user's own."""
        self._keep(save_in_its_place, self._opened)

    def save_as(self) -> None:
        """Save as another preset of the user's own."""
        if self._can_be_saved() and (title := self.ask_title(self.window, own_title(self.draft, self.scene))):
            self._keep(save_under, title)

    def save_to_scene(self) -> None:
        """Keep it in the scene."""
        self._keep(save_in_scene, self._opened)

    def _make_parts(self) -> None:
        form = self.form
        self.text = RawText(form.textEdit, self._text_typed)
        self.grid = ParameterGrid(form.parameterTable, form.parameterHelpLabel, self._row_changed)
        self.stages = StageList(
            form.stageList,
            (form.addStageButton, form.removeStageButton, form.stageUpButton, form.stageDownButton),
            StageActions(self._add_stage, self._remove_stage, self._move_stage, self._choose_stage),
        )
        parts = (form.findingList, form.findingsLabel, form.correctButton)
        self.findings = FindingList(parts, RESOURCES / "Icons", self._go_to_finding, self._correct)
        slots = {qt.QKeySequence.Undo: self.undo, qt.QKeySequence.Redo: self.redo, qt.QKeySequence.Save: self.save}
        self.check = DraftCheck(self._found, self._not_found)
        self.keys = EditorKeys(self.window, form.textEdit, self._may_leave, slots)
        form.stageSplitter.setStretchFactor(0, STRETCHED_STAGES)
        form.stageSplitter.setStretchFactor(1, STRETCHED_TABS)
        form.findingSplitter.setStretchFactor(0, STRETCHED_TABS)
        form.findingSplitter.setStretchFactor(1, STRETCHED_STAGES)

    def _connect(self) -> None:
        form = self.form
        form.titleEdit.connect("textEdited(QString)", self._title_typed)
        form.summaryEdit.connect("textEdited(QString)", self._summary_typed)
        form.anatomyEdit.connect("textEdited(QString)", self._anatomy_typed)
        form.modalityEdit.connect("textEdited(QString)", self._modality_typed)
        form.stageTabs.connect("currentChanged(int)", self._tab_chosen)
        for button, slot in (
            (form.undoButton, self.undo),
            (form.redoButton, self.redo),
            (form.saveButton, self.save),
            (form.saveAsButton, self.save_as),
            (form.saveToSceneButton, self.save_to_scene),
            (form.closeButton, self.close),
        ):
            button.connect("clicked()", slot)

    # what the user does

    def _title_typed(self, text: str) -> None:
        self._change(self.draft.with_title(text), "title")

    def _summary_typed(self, text: str) -> None:
        self._change(self.draft.with_summary(text), "summary")

    def _anatomy_typed(self, text: str) -> None:
        self._change(self.draft.with_anatomy(words_of(text)), "anatomy")

    def _modality_typed(self, text: str) -> None:
        self._change(self.draft.with_modality(words_of(text)), "modality")

    def _text_typed(self, text: str) -> None:
        """What is typed in one line without leaving it is one step."""
        field = f"text {self._stage} {self.text.line_number}"
        self._change(self.draft.with_stage_text(self._stage, text), field)

    def _row_changed(self, row: ParameterRow, text: str) -> None:
        try:
            file = with_row_text(self.draft.stages[self._stage].file(), row, text)
        except ParameterFileError as error:
            self._tell(fault_text(error))
            self._show_table()
            return
        self._change(self.draft.with_stage_text(self._stage, file.text))
        self._show_table()

    def _add_stage(self, at: int, kind: str) -> None:
        self._stage = at
        self._change(self.draft.with_stage_added(at, kind))

    def _remove_stage(self, number: int) -> None:
        self._change(self.draft.without_stage(number))

    def _move_stage(self, number: int, to: int) -> None:
        self._stage = to
        self._change(self.draft.with_stage_moved(number, to))

    def _choose_stage(self, number: int) -> None:
        self._stage = number
        self.show()
        self.look()

    def _tab_chosen(self, _tab: int) -> None:
        self._show_table()

    def _go_to_finding(self, found: StageFinding) -> None:
        self._stage = found.stage
        self.show()
        self._color()
        self.form.stageTabs.currentIndex = TEXT_TAB
        if found.finding.line_number is not None:
            self.text.go_to_line(found.finding.line_number)

    def _correct(self, found: StageFinding) -> None:
        try:
            self._change(corrected(self.draft, found))
        except InputError as error:
            self._tell(fault_text(error))
        self.look()

    # what follows

    def _found(self, found: tuple[StageFinding, ...], draft: PresetDraft) -> None:
        if draft != self.draft or self._opened is None:
            return  # typing has gone on, and another look follows
        self._checked = draft
        self.findings.show(found, [stage.name for stage in draft.stages])
        self._color()

    def _not_found(self, error: Exception) -> None:
        """A defect of the check: the text is shown all the same."""
        self._tell(str(error))
        self._color()

    def _color(self) -> None:
        self.text.color(marks_of(self.findings.found, self._stage) if self.is_checked else {})

    def _change(self, draft: PresetDraft, typing_in: str = "") -> None:
        if not self._is_showing and self._opened is not None:
            self._go_to(self._history.changed(draft, typing_in))

    def _go_to(self, history: DraftHistory) -> None:
        """Take another state of the history; the rest follows when typing stops."""
        if history is self._history:
            return
        self._history = history
        self._tell("")
        self.show()
        self._timer.start()

    def _go_back_or_forth(self, history: DraftHistory) -> None:
        """Show the stage that changes by it."""
        stages, others = history.now.stages, self.draft.stages
        changed = (at for at, stage in enumerate(stages) if at >= len(others) or stage != others[at])
        self._stage = next(changed, self._stage)
        self._go_to(history)

    def _keep(self, keep: Callable[..., Preset], where: Any) -> None:
        """Save, and go on with what was saved."""
        if not self._can_be_saved():
            return
        try:
            kept = keep(self.draft, where, self.scene)
        except InputError as error:
            self._tell(fault_text(error))
            return
        self._opened = kept
        self._history = self._history.with_identifier(kept.id).changed(draft_of(kept))
        self._saved = self._history.now
        self.show()
        places = {"scene": _("It lies in the scene, and is saved with it.")}
        place = places.get(kept.origin) or _("It lies in {folder}.").format(folder=kept.folder)
        self._tell(_('Saved as "{title}". {place}').format(title=kept.title, place=place))
        self._on_saved(kept)

    def _can_be_saved(self) -> bool:
        self.grid.finish_typing()
        found = faults(self.draft)
        if found:
            self._tell(_("Not saved. {reason}").format(reason=fault_text(found[0].error)))
            if found[0].stage is not None:
                self._choose_stage(found[0].stage)
        return not found

    def _may_leave(self) -> bool:
        """Whether the preset that is shown may go; its changes are forgotten then."""
        self.grid.finish_typing()
        if self.is_changed and not self.ask_to_discard(self.window, self.draft.described.title):
            return False
        self._rest()
        return True

    def _rest(self) -> None:
        self._timer.stop()
        self.check.stop()
        self._opened = None

    # what is shown

    def _show_stage(self) -> None:
        has_stage = self._stage >= 0
        self.form.stageTabs.enabled = has_stage
        text = self.draft.stages[self._stage].text if has_stage else ""
        if self.text.show(text, (self._session, self._stage)):
            self._color()

    def _show_table(self) -> None:
        rows: Sequence[ParameterRow] = ()
        is_readable = True
        if self._stage >= 0:
            try:
                rows = parameter_rows(self.draft.stages[self._stage].file())
            except ParameterFileError:
                is_readable = False
        self.form.parameterTable.enabled = is_readable
        if is_readable:
            self.grid.show(rows)
        else:
            self.form.parameterHelpLabel.text = _("The text cannot be read yet; the remarks below say why.")

    def _show_state(self) -> None:
        form, opened = self.form, self._opened
        form.undoButton.enabled = bool(self._history.before)
        form.redoButton.enabled = bool(self._history.after)
        form.saveButton.toolTip = {
            "built-in": _("Save as a preset of your own (Ctrl+S); the one that is built in stays as it is."),
            "scene": _("Save in the scene (Ctrl+S), where it lies."),
        }.get(opened.origin if opened is not None else "", _("Save it in place of what was saved before (Ctrl+S)."))
        self.window.windowTitle = _("Preset: {title}").format(title=self.draft.described.title) + "[*]"
        self.window.windowModified = self.is_changed

    def _tell(self, text: str) -> None:
        self.form.statusLabel.text = text
        self.form.statusLabel.setVisible(bool(text))


def words_of(text: str) -> tuple[str, ...]:
    """Words separated by commas, as a preset keeps them; none stands for any.

    >>> words_of("lung,  head and neck ,"), words_of("")
    (('lung', 'head and neck'), ('any',))
    """
    return tuple(word.strip() for word in text.split(",") if word.strip()) or (ANY,)


def _show_text(line_edit: Any, text: str) -> None:
    """Show a text; one that is there already is left alone, with the cursor where it is."""
    if str(line_edit.text) != text:
        line_edit.text = text

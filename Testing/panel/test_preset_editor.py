"""The preset editor: table and text say the same, and every step can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bench.panel_names import foreign_names, form_widgets
from bench.slicer_names import widget_api
from conftest import REPOSITORY
from panel.editing_presets import (
    UNIT,
    VALUE,
    Look,
    choose_value,
    find_preset,
    press,
    replace_text,
    row_of,
    stage_texts,
    type_value,
    value_of,
)
from panel.evaluation_seen import loaded

MODULE = REPOSITORY / "ElastixPlus"
FORM = (MODULE / "Resources" / "UI" / "PresetEditor.ui").read_text(encoding="utf-8")


# The widgets of the form under the names that the files of the editor have for them.
ALIASES = {
    "preset_editor": {},
    "raw_text": {"_text_edit": "textEdit"},
    "parameter_grid": {"_table": "parameterTable", "_help_label": "parameterHelpLabel"},
    "stage_list": {
        "_list_widget": "stageList",
        "_add_button": "addStageButton",
        "_remove_button": "removeStageButton",
        "_up_button": "stageUpButton",
        "_down_button": "stageDownButton",
    },
    "stage_findings": {"_list_widget": "findingList", "_label": "findingsLabel", "_button": "correctButton"},
}


# what is shown


def test_every_kind_of_preset_can_be_opened(editor: Any):
    stage = loaded("ElastixPlusLib.presets").PresetStage("0-a.txt", text='(Transform "X")')
    in_scene = replace(find_preset("rigid"), id="s", title="In a scene", stages=(stage,), origin="scene", folder=None)
    own = replace(in_scene, id="own", title="Own", origin="user")
    on_disk = loaded("ElastixPlusLib.presets.user_presets").save_user_preset(own)
    for preset in (*map(find_preset, ("generic", "rigid", "guided", "landmarks-bspline")), in_scene, on_disk):
        assert editor.open(preset, editor.kept.append)
        assert editor.form.titleEdit.text == preset.title
        assert editor.form.stageList.count == len(preset.stages)
        assert editor.form.addStageButton.enabled == bool(preset.stages)
        assert editor.form.stageTabs.enabled == bool(preset.stages)
        assert bool(editor.form.parameterTable.rowCount) == bool(preset.stages)
        assert not editor.is_changed
    assert editor.kept == []


def test_table_and_text_show_the_stage_that_is_chosen(editor: Any, form: Any):
    assert stage_texts(editor) == ["1. Rigid", "2. B-spline"]
    assert value_of(editor, "Iterations") == "250 200 150 150"
    form.stageList.setCurrentRow(1)
    assert value_of(editor, "Iterations") == "250 400 500 450"
    assert value_of(editor, "Transform") == "B-spline (BSplineTransform)"
    assert form.parameterTable.item(row_of(editor, "Grid spacing"), UNIT).text() == "mm"
    assert form.textEdit.plainText == find_preset("generic").stages[1].read().text


def test_a_value_that_the_file_does_not_give_is_shown_as_elastix_default_and_fainter(editor: Any, form: Any):
    item = form.parameterTable.item(row_of(editor, "Longest step"), VALUE)
    assert item.text() == "mean voxel size (default)"
    given = form.parameterTable.item(row_of(editor, "Iterations"), VALUE)
    assert item.foreground().color().name() != given.foreground().color().name()


def test_the_chosen_row_is_explained_below_the_table_too(editor: Any, form: Any):
    row = row_of(editor, "Iterations")
    form.parameterTable.setCurrentCell(row, VALUE)
    assert "one for each resolution" in form.parameterHelpLabel.text
    assert form.parameterTable.item(row, VALUE).toolTip() == form.parameterHelpLabel.text
    assert "MaximumNumberOfIterations" in form.parameterHelpLabel.text


def test_every_widget_that_can_be_used_says_what_it_is_for(editor: Any, form: Any):
    for element in form_widgets(FORM):
        name = element.get("name", "")
        if name.endswith(("Button", "Edit")) or name in ("stageList", "findingList"):
            assert getattr(form, name).toolTip, name


# changes


def test_a_value_in_the_table_stands_in_the_text_with_its_comment_kept(editor: Any, form: Any):
    type_value(editor, "Iterations", "100")
    assert "(MaximumNumberOfIterations 100)\n" in form.textEdit.plainText
    assert form.textEdit.plainText.count("\n") == find_preset("generic").stages[0].read().text.count("\n")
    assert value_of(editor, "Iterations") == "100"
    assert editor.draft.stages[0].text == form.textEdit.plainText


def test_a_value_in_the_text_stands_in_the_table_when_typing_stops(editor: Any, wait_until: Callable[..., None]):
    replace_text(editor, "250 200 150 150", "77")
    assert "(MaximumNumberOfIterations 77)" in editor.draft.stages[0].text
    wait_until(lambda: value_of(editor, "Iterations") == "77", 5.0)


def test_a_choice_stands_in_the_text_and_the_default_takes_the_line_away(editor: Any, form: Any):
    choose_value(editor, "Sampler", "Full")
    assert '(ImageSampler "Full")' in form.textEdit.plainText
    choose_value(editor, "Cut off the edges of masks", "")
    assert "(ErodeMask" not in form.textEdit.plainText
    assert value_of(editor, "Cut off the edges of masks") == "yes (default)"


def test_another_transform_names_the_stage_and_shows_its_own_parameters(editor: Any, look: Look):
    choose_value(editor, "Transform", "BSplineTransform")
    look()
    assert stage_texts(editor) == ["1. B-spline", "2. B-spline"]
    assert value_of(editor, "Grid spacing").endswith("(default)")


def test_what_a_parameter_cannot_take_changes_nothing_and_is_explained(editor: Any, form: Any):
    type_value(editor, "Resolutions", "many")
    assert value_of(editor, "Resolutions") == "4"
    assert "Give a number." in form.statusLabel.text
    assert not editor.is_changed
    type_value(editor, "Resolutions", "3")
    assert form.statusLabel.text == ""
    assert value_of(editor, "Iterations") == "200 150 150"


def test_a_default_that_is_typed_as_it_is_shown_is_no_change(editor: Any, form: Any):
    type_value(editor, "Longest step", "mean voxel size (default) ")
    assert not editor.is_changed
    assert form.statusLabel.text == ""


def test_a_text_that_cannot_be_read_closes_the_table_and_cannot_be_saved(editor: Any, look: Look, form: Any):
    form.stageList.setCurrentRow(1)
    replace_text(editor, '(Metric "Adv', "(Metric Adv")
    look()
    assert not form.parameterTable.enabled
    form.stageList.setCurrentRow(0)
    assert form.parameterTable.enabled
    form.saveButton.click()
    assert form.statusLabel.text.startswith("Not saved. The parameter file 1-bspline.txt cannot be used: line ")
    assert form.stageList.currentRow == 1
    assert editor.kept == []
    form.undoButton.click()
    look()
    assert form.parameterTable.enabled


def test_stages_are_added_moved_and_removed(editor: Any, form: Any):
    affine = next(kind for kind in editor.stages.kinds if kind.action.text.startswith("Affine"))
    affine.action.trigger()
    assert stage_texts(editor) == ["1. Rigid", "2. Affine", "3. B-spline"]
    assert form.stageList.currentRow == 1
    assert '"AffineTransform"' in form.textEdit.plainText
    form.stageUpButton.click()
    assert stage_texts(editor) == ["1. Affine", "2. Rigid", "3. B-spline"]
    assert (form.stageList.currentRow, form.stageUpButton.enabled) == (0, False)
    form.stageDownButton.click()
    form.removeStageButton.click()
    assert stage_texts(editor) == ["1. Rigid", "2. B-spline"]
    assert editor.draft == editor._saved
    form.removeStageButton.click()
    assert not form.removeStageButton.enabled  # a preset without stages does nothing


def test_the_description_is_changed(editor: Any, form: Any):
    for name, text in (("titleEdit", "Knee"), ("anatomyEdit", "knee, lower leg, "), ("modalityEdit", "MR")):
        widget = getattr(form, name)
        widget.text = text
        widget.textEdited.emit(text)
    described = editor.draft.described
    assert (described.title, described.anatomy, described.modality) == ("Knee", ("knee", "lower leg"), ("MR",))
    assert form.anatomyEdit.text == "knee, lower leg, "  # not put in order under the fingers
    assert form.undoButton.enabled
    assert editor.window.windowTitle == "Preset: Knee[*]"
    assert editor.window.windowModified


# undo


def test_every_kind_of_change_is_undone_and_done_again(editor: Any, form: Any):
    start = editor.draft
    type_value(editor, "Iterations", "100")
    replace_text(editor, "(NumberOfHistogramBins 32)", "(NumberOfHistogramBins 64)")
    form.stageDownButton.click()
    form.titleEdit.text = "Knee"
    form.titleEdit.textEdited.emit("Knee")
    end, steps = editor.draft, 0
    while form.undoButton.enabled:
        form.undoButton.click()
        steps += 1
    assert (editor.draft, steps) == (start, 4)
    assert form.textEdit.plainText == start.stages[0].text
    assert form.titleEdit.text == start.described.title
    assert not editor.window.windowModified
    while form.redoButton.enabled:
        form.redoButton.click()
    assert editor.draft == end
    assert stage_texts(editor) == ["1. B-spline", "2. Rigid"]


def test_what_is_typed_in_one_line_is_one_step(editor: Any, form: Any):
    before = editor.draft.stages[0].text
    replace_text(editor, "(NumberOfHistogramBins 32)", "(")
    for letter in "NumberOfHistogramBins 16)":
        form.textEdit.insertPlainText(letter)
    replace_text(editor, "(NumberOfResolutions 4)", "(NumberOfResolutions 3)")
    form.undoButton.click()
    assert editor.draft.stages[0].text == before.replace("Bins 32", "Bins 16")
    form.undoButton.click()
    assert editor.draft.stages[0].text == before


@pytest.mark.parametrize("widget", ["textEdit", "parameterTable", "stageList"])
def test_the_keys_of_undo_redo_and_save_work_wherever_the_cursor_is(editor: Any, form: Any, widget: str):
    type_value(editor, "Iterations", "100")
    changed = editor.draft
    press(getattr(form, widget), "Ctrl+Z")
    assert not editor.is_changed
    press(getattr(form, widget), "Ctrl+Shift+Z")
    assert editor.draft == changed
    press(getattr(form, widget), "Ctrl+S")
    assert [preset.origin for preset in editor.kept] == ["user"]


# closing


def test_changes_that_are_not_saved_are_asked_about(editor: Any, form: Any):
    type_value(editor, "Iterations", "100")
    asked = []
    editor.ask_to_discard = lambda _parent, title: bool(asked.append(title))
    form.closeButton.click()
    assert editor.window.visible
    assert not editor.open(find_preset("rigid"), print)
    assert form.titleEdit.text == find_preset("generic").title
    assert asked == [find_preset("generic").title] * 2
    editor.ask_to_discard = lambda *_asked: True
    form.closeButton.click()
    assert not editor.window.visible
    assert editor.open(find_preset("rigid"), print)
    assert (form.titleEdit.text, form.undoButton.enabled) == ("Rigid", False)


def test_an_editor_without_changes_closes_at_once_and_looks_at_nothing_any_more(editor: Any, form: Any):
    editor.ask_to_discard = lambda *_asked: pytest.fail("asked")
    type_value(editor, "Iterations", "100")
    form.undoButton.click()
    assert editor.close()
    editor.look()
    assert not editor.is_changed


# the names


@pytest.mark.parametrize("stem", ALIASES)
def test_the_editor_uses_only_names_that_slicer_has(stem: str):
    source = (MODULE / "ElastixPlusPanel" / f"{stem}.py").read_text(encoding="utf-8")
    as_in_a_module = re.sub(r"\bform\.", "ui.", source)
    assert foreign_names(as_in_a_module, FORM, ALIASES[stem]) == []


def test_the_form_of_the_editor_sets_only_properties_that_the_classes_of_slicer_have():
    known_to_all = set(widget_api()["QWidget"]["properties"]) | {"buddy"}
    unknown = [
        f"{widget.get('class')} {widget.get('name')}: {found.get('name')}"
        for widget in form_widgets(FORM)
        for found in widget.findall("property")
        if found.get("name") not in known_to_all | set(widget_api()[widget.get("class", "")].get("properties", ()))
    ]
    assert unknown == []

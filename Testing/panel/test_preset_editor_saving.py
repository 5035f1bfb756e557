"""What the preset editor saves, where, and that it can be run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from panel.conftest import Pair
from panel.editing_presets import VALUE, find_preset, press, row_of, type_value
from panel.evaluation_seen import loaded


@pytest.fixture
def own_preset(editor: Any) -> Any:
    """A preset of the user's own on disk, opened."""
    made = replace(find_preset("rigid"), id="mine", title="Mine")
    own = loaded("ElastixPlusLib.presets.user_presets").save_user_preset(made)
    editor.open(own, editor.kept.append)
    return own


def own_presets() -> set[str]:
    """The ids of the presets on disk that are not built in."""
    return {preset.id for preset in loaded("ElastixPlusLib.presets").list_presets() if preset.origin == "user"}


# saving


def test_a_built_in_preset_is_saved_as_one_of_the_users_own(editor: Any, form: Any, user_presets: Path):
    type_value(editor, "Iterations", "100")
    form.saveButton.click()
    (kept,) = editor.kept
    assert (kept.origin, kept.folder, kept.id) == ("user", user_presets / kept.id, kept.id)
    assert kept.id not in ("generic", "")
    assert kept.title == form.titleEdit.text != find_preset("generic").title
    assert str(kept.folder) in form.statusLabel.text
    assert kept.stages[0].read().first("MaximumNumberOfIterations", "") == "100"
    assert not editor.is_changed
    type_value(editor, "Iterations", "50")
    form.saveButton.click()
    assert [preset.id for preset in editor.kept] == [kept.id, kept.id]
    assert find_preset(kept.id).stages[0].read().first("MaximumNumberOfIterations", "") == "50"
    assert find_preset("generic").stages[0].read().first("MaximumNumberOfIterations", "") == "250"


def test_a_value_that_is_still_being_typed_is_saved_too(editor: Any, form: Any):
    row = row_of(editor, "Iterations")
    form.parameterTable.setCurrentCell(row, VALUE)
    form.parameterTable.editItem(form.parameterTable.item(row, VALUE))
    (line_edit,) = form.parameterTable.findChildren("QLineEdit")
    line_edit.text = "123"
    press(line_edit, "Ctrl+S")
    assert editor.kept[0].stages[0].read().first("MaximumNumberOfIterations", "") == "123"


def test_a_value_that_is_still_being_typed_is_asked_about_before_it_is_lost(editor: Any, form: Any):
    row = row_of(editor, "Iterations")
    form.parameterTable.setCurrentCell(row, VALUE)
    form.parameterTable.editItem(form.parameterTable.item(row, VALUE))
    form.parameterTable.findChildren("QLineEdit")[0].text = "123"
    assert not editor.close()
    assert editor.window.visible


def test_saving_does_not_forget_what_can_be_undone(editor: Any, form: Any):
    start = editor.draft.stages
    type_value(editor, "Iterations", "100")
    form.saveButton.click()
    while form.undoButton.enabled:
        form.undoButton.click()
    assert editor.draft.stages == start
    assert editor.is_changed
    form.saveButton.click()
    assert own_presets() == {editor.kept[0].id}


def test_a_copy_that_lies_nowhere_yet_replaces_no_preset(editor: Any, form: Any, own_preset: Any):
    stages = tuple(replace(stage, path=None, text=stage.read().text) for stage in own_preset.stages)
    editor.open(replace(own_preset, folder=None, stages=stages), editor.kept.append)
    form.saveButton.click()
    assert 'You have a preset "mine" already' in form.statusLabel.text


@pytest.mark.usefixtures("own_preset")
def test_save_as_asks_for_a_title_and_makes_another_preset(editor: Any, form: Any):
    asked = []
    editor.ask_title = lambda _parent, proposed: asked.append(proposed) or ""
    form.saveAsButton.click()
    assert (asked, editor.kept) == (["Mine (2)"], [])
    editor.ask_title = lambda _parent, proposed: "Knie, früh"
    form.saveAsButton.click()
    assert own_presets() == {"mine", "knie-fruh"}
    assert form.titleEdit.text == "Knie, früh"


def test_a_preset_is_kept_in_the_scene_and_saved_there_again(editor: Any, form: Any):
    import slicer

    type_value(editor, "Iterations", "100")
    form.saveToSceneButton.click()
    (kept,) = editor.kept
    assert kept.origin == "scene"
    type_value(editor, "Iterations", "50")
    form.saveButton.click()
    (found,) = [
        preset
        for preset in loaded("ElastixPlusLib.presets_at_hand").presets_at_hand(slicer.mrmlScene)
        if preset.origin == "scene"
    ]
    assert found.stages[0].read().first("MaximumNumberOfIterations", "") == "50"
    assert own_presets() == set()


def test_a_preset_that_differs_from_the_one_on_disk_gets_another_id_in_the_scene(
    editor: Any, form: Any, own_preset: Any
):
    form.saveToSceneButton.click()
    assert editor.kept[-1].id == "mine"
    editor.open(own_preset, editor.kept.append)
    type_value(editor, "Iterations", "50")
    form.saveToSceneButton.click()
    assert editor.kept[-1].id != "mine"


def test_a_folder_that_cannot_be_written_is_explained_and_nothing_is_lost(editor: Any, form: Any, user_presets: Path):
    user_presets.parent.mkdir(parents=True, exist_ok=True)
    user_presets.write_text("a file where the folder belongs")
    type_value(editor, "Iterations", "100")
    form.saveButton.click()
    assert "could not be written" in form.statusLabel.text
    assert editor.is_changed
    assert editor.kept == []


@pytest.mark.native_engine
def test_a_saved_preset_can_run(editor: Any, form: Any, pair: Pair):
    form.stageList.setCurrentRow(1)
    form.removeStageButton.click()
    type_value(editor, "Resolutions", "2")
    type_value(editor, "Iterations", "20")
    form.saveButton.click()
    request = loaded("ElastixPlusLib").RegistrationRequest(
        fixed=pair.fixed, moving=pair.moving, preset=editor.kept[0].id
    )
    assert loaded("ElastixPlusLib.preflight").preflight(request).can_run

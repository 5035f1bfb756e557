"""The menu of the presets: every line does what it says, and says why where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ElastixPlusLib.presets import Preset, PresetStage, find_preset
from ElastixPlusLib.presets.user_presets import save_user_preset
from ElastixPlusLib.presets_at_hand import keep_in_scene
from panel.conftest import Pair
from panel.test_presets_in_the_panel import ODD_TITLE, RIGID, choose, chosen, knee, offered

Wait = Callable[..., None]


class Answers:
    """Stands in for the windows that the menu of the presets opens, and keeps what they were told."""

    def __init__(self) -> None:
        self.title, self.new_file, self.files, self.yes = "", "", (), True
        self.notes: list[str] = []
        self.errors: list[Exception] = []
        self.questions: list[str] = []
        self.edited: list[Preset] = []
        self.save: Callable[[Preset], None] = lambda _preset: None

    def make_editor(self, _parent: Any) -> Any:
        return self

    def open(self, preset: Preset, on_saved: Callable[[Preset], None]) -> bool:
        self.edited.append(preset)
        self.save = on_saved
        return True

    def stop(self) -> None:
        self.edited.clear()


@pytest.fixture
def answers(panel: Any) -> Any:
    """Answers to the questions of the menu."""
    from ElastixPlusPanel.preset_dialogs import PresetDialogs

    given, menu = Answers(), panel.panel.presets.menu
    menu.dialogs = PresetDialogs(
        ask_for_title=lambda _parent, _title: given.title,
        ask_for_new_file=lambda _parent, _name: given.new_file,
        ask_for_files=lambda _parent: given.files,
        is_confirmed=lambda _parent, question: bool(given.questions.append(question)) or given.yes,
        show_note=lambda _parent, text: given.notes.append(text),
        show_error=lambda _parent, error: given.errors.append(error),
        make_editor=given.make_editor,
    )
    yield given
    menu.close()
    menu.dialogs = PresetDialogs()
    assert given.errors == []


def take(panel: Any, key: str) -> None:
    """Choose a line of the menu, which is opened before."""
    menu = panel.panel.presets.menu
    menu.show()
    assert menu.actions[key].enabled, menu.actions[key].toolTip
    menu.actions[key].trigger()


def reason_against(panel: Any, key: str) -> str:
    menu = panel.panel.presets.menu
    menu.show()
    return "" if menu.actions[key].enabled else str(menu.actions[key].toolTip)


def test_each_line_of_the_menu_says_why_it_cannot_be_chosen(panel: Any, ui: Any):
    assert "comes with ElastixPlus" in reason_against(panel, "delete")
    assert "comes with ElastixPlus" in reason_against(panel, "keep")
    assert reason_against(panel, "edit") == reason_against(panel, "import") == ""
    choose(ui, "landmarks-rigid")
    assert "no parameters" in reason_against(panel, "edit")
    panel.panel.parameter_node.SetParameter("preset", "xylophone")
    for key in ("edit", "duplicate", "keep", "export", "delete"):
        assert "Choose a preset first" in reason_against(panel, key)
    assert reason_against(panel, "import") == ""


def test_a_copy_is_saved_under_the_name_that_is_asked_for_and_chosen(panel: Any, ui: Any, answers: Answers):
    choose(ui, "affine")
    take(panel, "duplicate")
    assert chosen(ui) == "affine", "the question was cancelled"
    answers.title = ODD_TITLE
    take(panel, "duplicate")
    assert chosen(ui) == "knee-b-nord"
    copy = find_preset("knee-b-nord")
    assert (copy.origin, copy.title) == ("user", ODD_TITLE)
    assert [file.text for file in copy.parameter_files()] == [
        file.text for file in find_preset("affine").parameter_files()
    ]
    take(panel, "duplicate")
    assert chosen(ui) == "knee-b-nord-2"


def test_a_built_in_preset_is_edited_in_a_copy_and_what_was_saved_is_chosen(panel: Any, ui: Any, answers: Answers):
    choose(ui, "affine")
    take(panel, "edit")
    draft = answers.edited[-1]
    assert (draft.origin, draft.id) == ("user", "copy-of-affine")
    assert chosen(ui) == "affine", "nothing is saved yet"
    answers.save(save_user_preset(draft))
    assert chosen(ui) == "copy-of-affine"
    take(panel, "edit")
    assert (answers.edited[-1].id, answers.edited[-1].folder) == (
        "copy-of-affine",
        find_preset("copy-of-affine").folder,
    )


def test_what_the_editor_saves_under_the_same_name_is_shown_anew(panel: Any, ui: Any, answers: Answers):
    save_user_preset(knee())
    panel.enter()
    choose(ui, "knee")
    ui.presetAboutButton.click()
    assert ui.presetSummaryLabel.text == "Rigid; mutual information; 2 resolutions."
    take(panel, "edit")
    stage = PresetStage("0-rigid.txt", text=RIGID.replace("2", "3"))
    answers.save(save_user_preset(knee(stages=(stage,), summary="Another one."), replace=True))
    assert ui.presetSummaryLabel.text == "Rigid; mutual information; 3 resolutions."
    assert "Another one." in ui.presetAboutLabel.text
    ui.presetAboutButton.click()


def test_the_editor_itself_opens_and_closes_with_the_panel(panel: Any, ui: Any):
    menu = panel.panel.presets.menu
    take(panel, "edit")
    window = menu._editor.window
    assert window.visible
    menu.close()
    assert not window.visible


def test_a_preset_of_the_user_goes_into_the_scene_and_out_of_it(
    panel: Any, ui: Any, answers: Answers, wait_until: Wait
):
    import slicer

    saved = save_user_preset(knee())
    panel.enter()
    choose(ui, "knee")
    take(panel, "keep")
    assert ODD_TITLE in answers.notes[-1]
    take(panel, "delete")
    assert ODD_TITLE in answers.questions[-1]
    assert not saved.folder.exists()
    assert chosen(ui) == "knee", "the one of the scene has come to light"
    assert "in the scene" in ui.presetComboBox.currentText
    assert "lies in the scene" in reason_against(panel, "keep")
    answers.yes = False
    take(panel, "delete")
    assert chosen(ui) == "knee"
    answers.yes = True
    take(panel, "delete")
    assert chosen(ui) == "generic"
    assert "knee" not in offered(ui)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 0


def test_presets_come_and_go_with_the_scene(panel: Any, ui: Any, wait_until: Wait):
    import slicer

    keep_in_scene(knee(), slicer.mrmlScene)
    wait_until(lambda: "knee" in offered(ui), 5)
    choose(ui, "knee")
    assert ui.presetSummaryLabel.text == "Rigid; mutual information; 2 resolutions."
    slicer.mrmlScene.Clear(0)
    wait_until(lambda: "knee" not in offered(ui), 5)


@pytest.mark.native_engine
def test_a_preset_of_the_scene_is_what_runs(ui: Any, chosen_pair: Pair, wait_until: Wait, panel: Any):
    import slicer

    keep_in_scene(knee(stages=find_preset("rigid").stages), slicer.mrmlScene)
    wait_until(lambda: "knee" in offered(ui), 5)
    choose(ui, "knee")
    ui.overridesEdit.setPlainText("NumberOfResolutions=1; rigid.MaximumNumberOfIterations=5")
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert "Done in" in ui.outcomeLabel.text
    result = panel.logic.registerVolumes(
        chosen_pair.fixed, chosen_pair.moving, preset="knee", parameterOverrides="MaximumNumberOfIterations=2"
    )
    assert result.transform.GetScene() is slicer.mrmlScene


def test_a_preset_is_exported_and_imported_again_under_a_free_name(
    panel: Any, ui: Any, answers: Answers, wait_until: Wait, tmp_path: Path
):
    save_user_preset(knee())
    panel.enter()
    choose(ui, "knee")
    take(panel, "export")
    answers.new_file = str(tmp_path / "out.json")
    take(panel, "export")
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    take(panel, "import")
    answers.files = (answers.new_file,)
    take(panel, "import")
    wait_until(lambda: answers.notes, 10)
    assert answers.notes[0].startswith(f'Imported 1: "{ODD_TITLE}".')
    assert chosen(ui).startswith("knee-")
    assert find_preset(chosen(ui)).stages[0].read().text == RIGID


def test_an_import_says_what_it_assumed_and_several_files_are_stages(
    panel: Any, ui: Any, answers: Answers, wait_until: Wait, tmp_path: Path
):
    for name in ("1-first.txt", "2-second.txt"):
        (tmp_path / name).write_text(RIGID)
    answers.files = (str(tmp_path / "1-first.txt"), str(tmp_path / "2-second.txt"))
    take(panel, "import")
    wait_until(lambda: answers.notes, 10)
    assert answers.notes[0].startswith("Imported 1: ")
    assert len(find_preset(chosen(ui)).stages) == 2


def test_what_goes_wrong_in_the_menu_is_shown_in_a_dialog(
    panel: Any, ui: Any, answers: Answers, wait_until: Wait, tmp_path: Path
):
    (tmp_path / "no.json").write_text("{")
    answers.files = (str(tmp_path / "no.json"),)
    take(panel, "import")
    wait_until(lambda: answers.errors, 10)
    answers.new_file = str(tmp_path / "nowhere" / "out.json")
    take(panel, "export")
    assert [type(error).__name__ for error in answers.errors] == ["PresetError", "OutputPlaceError"]
    answers.errors.clear()


def test_a_script_lists_and_runs_the_users_own_presets(panel: Any, chosen_pair: Pair):
    saved = save_user_preset(knee())
    listed = {preset.getID(): preset for preset in panel.logic.getRegistrationPresets()}
    assert next(iter(listed)) == "generic"
    assert listed["knee"].getParameterFiles() == [str(saved.folder / "0-rigid.txt")]
    preflight = panel.logic.checkVolumes(chosen_pair.fixed, chosen_pair.moving, preset="knee")
    checked = preflight.checked
    assert checked is not None, preflight.findings
    assert [file.first("NumberOfResolutions", "") for file in checked.parameter_files] == ["2"]

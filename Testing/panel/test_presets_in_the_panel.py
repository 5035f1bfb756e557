"""Presets in the panel: filters, the suggestion, the menu, what is known of a preset, and changes for one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import phantoms
from ElastixPlusLib.presets import Preset, PresetStage, find_preset, list_presets
from ElastixPlusLib.presets.finding import Filter, found
from ElastixPlusLib.presets.preset import MeasuredHere
from ElastixPlusLib.presets.user_presets import save_user_preset
from panel.conftest import Pair

Wait = Callable[..., None]
RIGID = '(Transform "EulerTransform")\n(Metric "AdvancedMattesMutualInformation")\n(NumberOfResolutions 2)\n'
ODD_TITLE = 'Knee <b>&"Nord"'


@pytest.fixture(autouse=True)
def nothing_is_looked_for(ui: Any, slicer_bench: Any) -> Any:
    """What the panel keeps in no scene is as at first again after each test."""
    yield

    def put_back() -> None:
        ui.presetSearchBox.text = ""
        ui.presetAnatomyComboBox.currentIndex = ui.presetModalityComboBox.currentIndex = 0
        ui.presetAboutButton.checked = False

    slicer_bench.run(put_back)


def knee(**fields: Any) -> Preset:
    stage = PresetStage("0-rigid.txt", text=RIGID)
    made = Preset("knee", ODD_TITLE, "For <i>knees</i>.", ("knee",), ("MR",), stages=(stage,), origin="user")
    return replace(made, **fields)


def choose(ui: Any, identifier: str) -> None:
    pick(ui.presetComboBox, identifier)


def chosen(ui: Any) -> str:
    return str(ui.presetComboBox.itemData(ui.presetComboBox.currentIndex))


def offered(ui: Any) -> list[str]:
    return [ui.presetComboBox.itemData(row) for row in range(ui.presetComboBox.count)]


def pick(combo_box: Any, data: str) -> None:
    row = combo_box.findData(data)
    assert row >= 0, [combo_box.itemData(one) for one in range(combo_box.count)]
    combo_box.currentIndex = row


# finding


def test_anatomy_and_modality_narrow_the_list_down_together_with_words(ui: Any):
    pick(ui.presetAnatomyComboBox, "lung")
    lungs = {one.id for one in found(list_presets(), Filter(anatomy="lung"))}
    assert set(offered(ui)) == lungs | {"generic"}, "what is chosen stays in the list"
    assert ui.presetSummaryLabel.text.startswith(f"{len(lungs)} of {len(list_presets())} presets fit.")
    pick(ui.presetModalityComboBox, "CBCT")
    both = {one.id for one in found(list_presets(), Filter(anatomy="lung", modality="CBCT"))}
    assert set(offered(ui)) == both | {"generic"}
    ui.presetSearchBox.text = "mouse"
    assert set(offered(ui)) == {"generic", "mouse-lung-cbct"}
    ui.presetSearchBox.returnPressed.emit()
    assert chosen(ui) == "mouse-lung-cbct"
    assert (ui.presetAnatomyComboBox.currentIndex, ui.presetModalityComboBox.currentIndex) == (0, 0)
    assert len(offered(ui)) == len(list_presets())


def test_the_general_presets_head_the_list_then_come_the_users_own(panel: Any, ui: Any):
    save_user_preset(knee())
    panel.enter()
    assert offered(ui)[:5] == ["generic", "guided", "rigid", "affine", "knee"]
    assert ui.presetComboBox.itemText(4) == f"{ODD_TITLE} (yours)"
    rest = [ui.presetComboBox.itemText(row).casefold() for row in range(5, ui.presetComboBox.count)]
    assert rest == sorted(rest)


def test_a_filter_stays_when_the_panel_is_entered_again_and_offers_what_is_new(panel: Any, ui: Any):
    pick(ui.presetModalityComboBox, "MR")
    save_user_preset(knee(anatomy=("patella",)))
    panel.enter()
    assert ui.presetModalityComboBox.itemData(ui.presetModalityComboBox.currentIndex) == "MR"
    pick(ui.presetAnatomyComboBox, "patella")
    assert offered(ui) == ["knee", "generic"]


# what is known of a preset


def test_what_is_known_of_a_preset_is_shown_on_demand_and_follows_the_choice(ui: Any):
    assert not ui.presetAboutLabel.visible
    choose(ui, "prostate-ct-cbct")
    ui.presetAboutButton.click()
    preset, text = find_preset("prostate-ct-cbct"), ui.presetAboutLabel.text
    assert ui.presetAboutLabel.visible
    assert "<b>Made for:</b> CT, CBCT; prostate, pelvis; two scans of one subject" in text
    assert f'<a href="https://doi.org/{preset.doi}" ' in text
    assert preset.expects[0] in text
    choose(ui, "knee-mr")
    assert "<b>Needs:</b> a mask of the fixed volume" in ui.presetAboutLabel.text
    ui.presetAboutButton.click()
    assert not ui.presetAboutLabel.visible


def test_what_strangers_write_is_no_markup_and_no_address(slicer_bench: Any):
    from ElastixPlusPanel.preset_text import about_preset, rich

    evil = "<img src=x>&\"'"
    shown = about_preset(
        knee(
            summary=evil,
            anatomy=(evil,),
            expects=(evil,),
            used_for=evil,
            citation=evil,
            doi='javascript:alert(1)"><b>',
            folder=Path(evil),
            measured=(MeasuredHere(evil, evil, 2.0),),
        )
    )
    assert "<img" not in shown
    assert "<a href" not in shown
    assert shown.count("&lt;img src=x&gt;&amp;&quot;") == 8
    assert '"><b>' not in shown
    assert rich("a<b>\nc") == "<p>a&lt;b&gt;<br>c</p>"


def test_figures_and_pairs_of_volumes_are_told(slicer_bench: Any):
    from ElastixPlusPanel.preset_text import about_preset

    figures = MeasuredHere("brain-pair", "elastix 5.0.1", 21.6, check_mm=2.034, check_with_landmarks_mm=1.79)
    shown = about_preset(knee(image_pairs=2, measured=(figures,), needs=("landmarks",)))
    assert "landmarks in both volumes, 2 pairs of volumes" in shown
    assert "brain-pair: 2.03 mm left at check landmarks, 1.79 mm with other landmarks that pull, 22 s" in shown


def test_faulty_presets_of_the_user_are_told_beside_the_others_and_do_no_harm(panel: Any, ui: Any, user_presets: Path):
    broken = user_presets / "broken"
    broken.mkdir(parents=True)
    (broken / "preset.json").write_text('{"id": "broken", "title": "A", "subject": "<b>", "files": ["<b>.txt"]}')
    ui.presetAboutButton.click()
    panel.enter()
    assert "cannot be used" in ui.presetAboutLabel.text
    assert "&lt;b&gt;" in ui.presetAboutLabel.text
    assert len(offered(ui)) == len(list_presets())


# the suggestion


def add_ct(name: str, moved_mm: float = 0.0) -> Any:
    import slicer

    matrix = phantoms.shift(moved_mm, 0, 0) @ phantoms.grid_matrix((24, 24, 24), (2.0, 2.0, 2.0))
    positions = phantoms.grid_positions((24, 24, 24), phantoms.grid_matrix((24, 24, 24), (2.0, 2.0, 2.0)))
    voxels = np.where((positions**2).sum(axis=1) < 16.0**2, 40, -1000).reshape(24, 24, 24).astype(np.int16)
    return phantoms.add_volume(slicer.mrmlScene, voxels, matrix, name)


def test_a_preset_is_suggested_for_the_volumes_with_the_reason_and_one_press_chooses_it(ui: Any, wait_until: Wait):
    assert not ui.presetSuggestionRow.visible
    ui.fixedVolumeSelector.setCurrentNode(add_ct("fixed prostate CBCT"))
    ui.movingVolumeSelector.setCurrentNode(add_ct("moving"))
    wait_until(lambda: ui.presetSuggestionRow.visible, 10)
    head, reason = ui.presetSuggestionLabel.text.split("\n")
    assert head == f"Suggested: {find_preset('prostate-ct-cbct').title}"
    assert "look like CBCT and CT and their names say prostate" in reason
    assert chosen(ui) == "generic", "nothing is chosen for the user"
    ui.useSuggestionButton.click()
    assert chosen(ui) == "prostate-ct-cbct"
    assert not ui.presetSuggestionRow.visible


def test_the_suggestion_follows_what_changes_in_the_scene(ui: Any, wait_until: Wait):
    import slicer

    fixed, moving = add_ct("one"), add_ct("two")
    ui.fixedVolumeSelector.setCurrentNode(fixed)
    ui.movingVolumeSelector.setCurrentNode(moving)
    parent = phantoms.add_linear_transform(slicer.mrmlScene, phantoms.shift(200.0, 0, 0))
    moving.SetAndObserveTransformNodeID(parent.GetID())
    wait_until(lambda: "Guided" in ui.presetSuggestionLabel.text, 10)
    assert ui.presetSuggestionRow.visible
    parent.SetMatrixTransformToParent(phantoms.vtk_matrix(np.eye(4)))
    wait_until(lambda: not ui.presetSuggestionRow.visible, 10)
    ui.movingVolumeSelector.setCurrentNode(None)
    assert ui.presetSuggestionLabel.text == ""


def test_who_chooses_another_preset_or_own_files_is_not_asked_again_until_the_inputs_change(
    panel: Any, ui: Any, wait_until: Wait
):
    ui.fixedVolumeSelector.setCurrentNode(add_ct("one"))
    ui.movingVolumeSelector.setCurrentNode(add_ct("two", 300.0))
    wait_until(lambda: ui.presetSuggestionRow.visible, 10)
    panel.panel.parameter_files.ask = lambda _parent: ("a.txt",)
    ui.addParameterFilesButton.click()
    assert not ui.presetSuggestionRow.visible
    ui.removeParameterFileButton.click()
    assert ui.presetSuggestionRow.visible
    choose(ui, "rigid")
    assert not ui.presetSuggestionRow.visible
    ui.movingVolumeSelector.setCurrentNode(add_ct("three", 320.0))
    wait_until(lambda: ui.presetSuggestionRow.visible, 10)


def test_inputs_that_cannot_be_registered_bring_no_suggestion_and_no_message(panel: Any, ui: Any, wait_until: Wait):
    import slicer

    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    thin = phantoms.add_volume(slicer.mrmlScene, np.arange(64.0).reshape(1, 8, 8), np.eye(4), "slice")
    suggestion = panel.panel.presets.suggestion
    for moving in (empty, thin):
        ui.fixedVolumeSelector.setCurrentNode(add_ct("one"))
        ui.movingVolumeSelector.setCurrentNode(moving)
        wait_until(lambda: not suggestion._timer.isActive() and suggestion._work is None, 10)
        assert not ui.presetSuggestionRow.visible
    ui.fixedVolumeSelector.setCurrentNode(thin)  # twice the same


# changes for one run, and what is missing


def test_a_preset_that_needs_landmarks_says_so_before_the_run(ui: Any, chosen_pair: Pair):
    for identifier in ("landmarks-rigid", "lung-ct-inhale-exhale-landmarks"):
        choose(ui, identifier)
        assert "needs landmarks" in ui.applyHintLabel.text
        assert not ui.applyButton.enabled
    choose(ui, "generic")
    assert ui.applyButton.enabled


def test_changes_are_taken_one_per_line_or_semicolon_and_checked_before_the_run(
    panel: Any, ui: Any, chosen_pair: Pair, wait_until: Wait
):
    ui.overridesEdit.setPlainText("NumberOfResolutions=3;; rigid.MaximumNumberOfIterations=7\n\n")
    request = panel.panel.check.request_now()
    assert request.overrides == ("NumberOfResolutions=3", "rigid.MaximumNumberOfIterations=7")
    ui.overridesEdit.setPlainText("NumberOfResolution=3")
    ui.checkButton.click()
    wait_until(lambda: ui.checkButton.text == "Check")
    shown = " ".join(row.label.text for row in panel.panel.check._rows.rows if row.widget.visible)
    assert "NumberOfResolution" in shown
    ui.overridesEdit.setPlainText("")
    assert panel.panel.check.request_now().overrides == ()


def test_typing_leaves_the_cursor_where_it_is(ui: Any):
    import qt

    ui.overridesEdit.setPlainText("NumberOfResolutions=3")
    ui.overridesEdit.moveCursor(qt.QTextCursor.Start)
    for letter in "abc":
        ui.overridesEdit.insertPlainText(letter)
    assert ui.overridesEdit.toPlainText() == "abcNumberOfResolutions=3"

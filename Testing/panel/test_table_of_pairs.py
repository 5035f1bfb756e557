"""The table of landmark pairs, and masks, as the user works with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import phantoms
from panel.conftest import TURN, Pair
from panel.test_choices_survive import add_segmentation

LABEL, ROLE, BEFORE, AFTER = range(4)


@pytest.fixture
def table(ui: Any, pair: Pair, slicer_bench: Any, wait_until: Callable[..., None]) -> Any:
    """The table with the eight pairs of two chosen lists and volumes."""

    def choose() -> Any:
        ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
        ui.movingVolumeSelector.setCurrentNode(pair.moving)
        ui.fixedLandmarksSelector.setCurrentNode(pair.fixed_landmarks)
        ui.movingLandmarksSelector.setCurrentNode(pair.moving_landmarks)
        ui.presetComboBox.currentIndex = ui.presetComboBox.findData("rigid")
        wait_until(lambda: ui.landmarkTable.rowCount == 8)
        return ui.landmarkTable

    return slicer_bench.run(choose)


def texts(table: Any, column: int) -> list[str]:
    return [table.item(row, column).text() for row in range(table.rowCount)]


def distances(pair: Pair) -> list[str]:
    fixed, moving = (
        np.array([node.GetNthControlPointPositionWorld(index) for index in range(8)])
        for node in (pair.fixed_landmarks, pair.moving_landmarks)
    )
    return [f"{distance:.1f}" for distance in np.linalg.norm(fixed - moving, axis=1)]


def view_position() -> list[float]:
    import slicer

    matrix = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceNode").GetSliceToRAS()
    return [matrix.GetElement(axis, 3) for axis in range(3)]


def test_pairs_are_shown_with_their_distance(table: Any, pair: Pair):
    assert texts(table, LABEL) == list("12345678")
    assert texts(table, ROLE) == ["drive"] * 8
    assert texts(table, BEFORE) == distances(pair)
    assert texts(table, AFTER) == ["–"] * 8


def test_moving_a_point_changes_its_distance(table: Any, pair: Pair, wait_until: Callable[..., None]):
    pair.moving_landmarks.SetNthControlPointPosition(0, *pair.fixed_landmarks.GetNthControlPointPosition(0))
    wait_until(lambda: texts(table, BEFORE)[0] == "0.0", 2)


def test_points_that_come_go_or_are_renamed_are_followed(table: Any, pair: Pair, wait_until: Callable[..., None]):
    pair.fixed_landmarks.RemoveNthControlPoint(7)
    wait_until(lambda: "no landmark of this label" in table.item(7, LABEL).toolTip(), 2)
    assert not table.item(7, LABEL).icon().isNull()
    pair.moving_landmarks.RemoveNthControlPoint(7)
    wait_until(lambda: table.rowCount == 7, 2)
    pair.fixed_landmarks.SetNthControlPointLabel(0, "AC")
    pair.moving_landmarks.SetNthControlPointLabel(0, "AC")
    wait_until(lambda: texts(table, LABEL)[0] == "AC", 2)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda pair: pair.fixed_landmarks.UnsetNthControlPointPosition(0), "fixed landmark is not placed"),
        (lambda pair: pair.moving_landmarks.UnsetNthControlPointPosition(0), "moving landmark is not placed"),
        (lambda pair: pair.fixed_landmarks.SetNthControlPointLabel(1, "1"), "twice"),
        (lambda pair: pair.fixed_landmarks.SetNthControlPointPosition(0, 500, 0, 0), "outside the fixed volume"),
        (lambda pair: pair.moving_landmarks.SetNthControlPointPosition(0, 500, 0, 0), "outside the moving volume"),
    ],
)
def test_a_pair_that_cannot_be_used_is_marked_and_says_why(
    table: Any, pair: Pair, wait_until: Callable[..., None], spoil: Callable[[Pair], None], sentence: str
):
    assert table.item(0, LABEL).icon().isNull()
    spoil(pair)
    wait_until(lambda: sentence in table.item(0, LABEL).toolTip(), 2)
    assert not table.item(0, LABEL).icon().isNull()


def displace(node: Any, index: int, by_mm: tuple[float, float, float]) -> None:
    node.SetNthControlPointPosition(index, *(np.array(node.GetNthControlPointPosition(index)) + by_mm))


def marked(table: Any) -> list[str]:
    """The labels with a warning triangle."""
    items = [table.item(row, LABEL) for row in range(table.rowCount)]
    return [item.text() for item in items if not item.icon().isNull()]


def test_a_pair_that_does_not_agree_with_the_others_is_marked_until_it_is_put_right(
    table: Any, pair: Pair, wait_until: Callable[..., None]
):
    displace(pair.moving_landmarks, 4, (0.0, 21.0, 0.0))
    wait_until(lambda: marked(table) == ["5"], 3)
    reason = table.item(4, LABEL).toolTip()
    assert "Does not agree with the other pairs: 2" in reason
    assert "mm from where they put it" in reason
    displace(pair.moving_landmarks, 4, (0.0, -21.0, 0.0))
    wait_until(lambda: marked(table) == [], 3)


def test_two_landmarks_with_exchanged_labels_name_each_other(table: Any, pair: Pair, wait_until: Callable[..., None]):
    places = [pair.moving_landmarks.GetNthControlPointPosition(index) for index in (1, 6)]
    pair.moving_landmarks.SetNthControlPointPosition(1, *places[1])
    pair.moving_landmarks.SetNthControlPointPosition(6, *places[0])
    wait_until(lambda: marked(table) == ["2", "7"], 3)
    assert "exchanged with 7" in table.item(1, LABEL).toolTip()
    assert "exchanged with 2" in table.item(6, LABEL).toolTip()


def test_two_neighbours_that_contradict_each_other_are_both_marked(
    table: Any, ui: Any, pair: Pair, wait_until: Callable[..., None]
):
    import slicer

    corners = np.array([[x, y, z] for x in (-25.0, 25) for y in (-25.0, 25) for z in (-25.0, 25)])
    places = np.vstack([corners, [[0.0, 0, 0], [3, 0, 0]]])
    moved = places.copy()
    moved[8] += (0, 5.5, 0)
    moved[9] -= (0, 5.5, 0)
    ui.fixedLandmarksSelector.setCurrentNode(phantoms.add_points(slicer.mrmlScene, places))
    ui.movingLandmarksSelector.setCurrentNode(phantoms.add_points(slicer.mrmlScene, moved))
    wait_until(lambda: marked(table) == ["9", "10"], 3)
    assert "Contradicts 10" in table.item(8, LABEL).toolTip()
    assert "Contradicts 9" in table.item(9, LABEL).toolTip()


def test_dragging_a_landmark_among_a_hundred_pairs_is_not_slowed_down_by_looking_who_agrees(
    table: Any, ui: Any, wait_until: Callable[..., None], capsys: Any
):
    import slicer

    places = np.random.default_rng(5).uniform(-25, 25, (100, 3))
    fixed, moving = (phantoms.add_points(slicer.mrmlScene, places + shift) for shift in (0.0, 3.0))
    ui.fixedLandmarksSelector.setCurrentNode(fixed)
    ui.movingLandmarksSelector.setCurrentNode(moving)
    wait_until(lambda: table.rowCount == 100)
    longest, last = 0.0, time.thread_time()
    for step in range(200):
        displace(moving, 7, (0.0, 0.1, 0.0))
        slicer.app.processEvents()
        time.sleep(0.005 if step % 20 else 0.1)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    wait_until(lambda: "8" in marked(table), 3)
    with capsys.disabled():
        print(f"\n  longest work while dragging among 100 pairs: {1000 * longest:.0f} ms")
    assert longest < 0.1


def test_a_click_shows_the_fixed_landmark_and_a_second_one_the_moving(table: Any, pair: Pair):
    for node in (pair.fixed_landmarks, pair.moving_landmarks, pair.fixed_landmarks):
        table.cellClicked.emit(2, LABEL)
        assert view_position() == pytest.approx(node.GetNthControlPointPositionWorld(2), abs=1e-3)
    table.cellClicked.emit(5, BEFORE)
    assert view_position() == pytest.approx(pair.fixed_landmarks.GetNthControlPointPositionWorld(5), abs=1e-3)


@pytest.mark.native_engine
def test_after_a_run_the_table_and_the_words_agree_and_before_stays(
    table: Any, ui: Any, pair: Pair, wait_until: Callable[..., None]
):
    import qt

    before = texts(table, BEFORE)
    for row in (2, 5):
        table.item(row, ROLE).setCheckState(qt.Qt.Checked)
    wait_until(lambda: texts(table, ROLE).count("check") == 2, 2)
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    wait_until(lambda: texts(table, AFTER)[0] != "–", 2)
    assert texts(table, BEFORE) == before
    checks = [float(texts(table, AFTER)[row]) for row in (2, 5)]
    assert f"→ {np.mean(checks):.1f} mm, 2 pairs; worst: {(3, 6)[int(np.argmax(checks))]}" in ui.outcomeLabel.text
    ui.swapButton.click()
    wait_until(lambda: texts(table, AFTER) == ["–"] * 8, 2)


def test_lists_without_a_common_label_are_paired_by_order(
    ui: Any, table: Any, pair: Pair, wait_until: Callable[..., None]
):
    for index in range(8):
        pair.fixed_landmarks.SetNthControlPointLabel(index, f"F-{index + 1}")
        pair.moving_landmarks.SetNthControlPointLabel(index, f"M-{index + 1}")
    wait_until(lambda: texts(table, LABEL)[7] == "F-8", 2)
    assert texts(table, BEFORE) == distances(pair)


def test_lists_are_made_for_the_chosen_volumes(ui: Any, pair: Pair, wait_until: Callable[..., None]):
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    ui.makeListsButton.click()
    assert ui.fixedLandmarksSelector.currentNode().GetName() == "fixed landmarks"
    assert ui.movingLandmarksSelector.currentNode().GetName() == "moving landmarks"
    wait_until(lambda: not ui.makeListsButton.enabled, 2)


def test_removing_a_list_empties_its_side(table: Any, ui: Any, pair: Pair, wait_until: Callable[..., None]):
    import slicer

    slicer.mrmlScene.RemoveNode(pair.moving_landmarks)
    assert ui.movingLandmarksSelector.currentNode() is None
    wait_until(lambda: texts(table, BEFORE) == ["–"] * 8, 2)
    assert "moving landmarks" in ui.applyHintLabel.text


def test_two_hundred_pairs_are_shown_without_a_long_wait(ui: Any, panel: Any, pair: Pair, capsys: Any):
    import slicer

    places = np.random.default_rng(1).uniform(-30, 30, (200, 3))
    for selector in (ui.fixedLandmarksSelector, ui.movingLandmarksSelector):
        selector.setCurrentNode(phantoms.add_points(slicer.mrmlScene, places))
    panel.panel.landmarks.refresh()
    began = time.thread_time()
    panel.panel.landmarks.refresh()
    seconds = time.thread_time() - began
    with capsys.disabled():
        print(f"\n  200 pairs read and shown in {1000 * seconds:.0f} ms")
    assert ui.landmarkTable.rowCount == 200


def test_the_segments_of_a_segmentation_can_be_chosen_and_are_followed(ui: Any, panel: Any):
    segmentation = add_segmentation()
    assert not ui.fixedMaskSegmentSelector.isVisibleTo(ui.fixedMaskRow)
    ui.fixedMaskSelector.setCurrentNode(segmentation)
    combo = ui.fixedMaskSegmentSelector
    assert combo.isVisibleTo(ui.fixedMaskRow)
    assert [combo.itemText(row) for row in range(combo.count)] == ["all segments", "liver", "tumour"]
    combo.currentIndex = 2
    segmentation.GetSegmentation().GetSegment("tumour").SetName("metastasis")
    assert combo.currentText == "metastasis"
    assert panel.panel.parameter_node.GetParameter("fixed_mask_segment") == "tumour"
    ui.fixedMaskSelector.setCurrentNode(None)
    assert not combo.isVisibleTo(ui.fixedMaskRow)
    assert panel.panel.parameter_node.GetParameter("fixed_mask_segment") == ""


def test_what_the_edge_of_a_mask_means_is_said_in_one_line(ui: Any):
    lines = {}
    for row in range(ui.maskEdgeComboBox.count):
        ui.maskEdgeComboBox.currentIndex = row
        lines[ui.maskEdgeComboBox.currentText] = ui.maskEdgeExplanation.text
    assert "no image" in lines["valid data"]
    assert "is anatomy" in lines["region of interest"]
    assert "left out" in lines["automatic"]


@pytest.mark.native_engine
def test_a_run_uses_the_chosen_segment_and_margin(table: Any, ui: Any, panel: Any, wait_until: Callable[..., None]):
    from ElastixPlusLib.mrml.volumes import voxel_array

    ui.fixedMaskSelector.setCurrentNode(add_segmentation())
    ui.fixedMaskSegmentSelector.currentIndex = 1
    ui.maskMarginSpinBox.value = 20.0
    ui.keepFilesCheckBox.click()
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    request = panel.logic.backgroundRun.request
    assert (request.fixed_mask_segments, request.mask_margin_mm) == (("liver",), 20.0)
    assert ui.outputTransformSelector.currentNode() is not None, ui.outcomeLabel.text
    assert voxel_array(request.fixed.GetImageData()).any()


def test_presets_are_found_by_words(ui: Any):
    combo = ui.presetComboBox
    everything = combo.count
    ui.presetSearchBox.text = "affine"
    found = [combo.itemData(row) for row in range(combo.count)]
    assert found[0] == "affine"
    assert "rigid" not in found
    assert combo.itemData(combo.currentIndex) == "generic", "what is chosen stays in the list"
    assert ui.presetSummaryLabel.text.startswith(f"{len(found) - 1} of {everything} presets fit.")
    ui.presetSearchBox.returnPressed.emit()
    assert combo.itemData(combo.currentIndex) == "affine"
    assert ui.presetSearchBox.text == ""
    assert combo.count == everything


def test_a_preset_that_is_not_installed_here_is_said_in_words(ui: Any, panel: Any):
    panel.panel.parameter_node.SetParameter("preset", "lung-4d")
    assert "lung-4d is not installed" in ui.presetSummaryLabel.text


def test_own_parameter_files_stand_in_for_the_preset(ui: Any, panel: Any):
    panel.panel.parameter_files.ask = lambda _parent: ("a.txt", "b.txt")
    ui.addParameterFilesButton.click()
    assert [ui.parameterFilesList.item(row).text() for row in range(2)] == ["a.txt", "b.txt"]
    assert "own parameter files" in ui.presetSummaryLabel.text
    ui.parameterFilesList.setCurrentRow(0)
    ui.removeParameterFileButton.click()
    assert ui.parameterFilesList.item(0).text() == "b.txt"
    ui.removeParameterFileButton.click()
    assert not ui.removeParameterFileButton.enabled
    assert "Rigid" in ui.presetSummaryLabel.text


@pytest.mark.native_engine
def test_the_engine_is_checked_on_request(ui: Any, tmp_path: Any):
    ui.checkEngineButton.click()
    assert "elastix" in ui.engineStatusLabel.text
    ui.engineComboBox.currentIndex = 2
    assert ui.engineStatusLabel.text == ""
    ui.enginePathEdit.currentPath = str(tmp_path / "nothing")
    ui.checkEngineButton.click()
    assert "does not exist" in ui.engineStatusLabel.text
    ui.enginePathEdit.currentPath = ""


def test_the_landmarks_of_the_pair_fit_its_volumes(pair: Pair):
    moved = np.array([(TURN @ [*pair.fixed_landmarks.GetNthControlPointPosition(i), 1])[:3] for i in range(8)])
    assert moved[3] == pytest.approx(pair.moving_landmarks.GetNthControlPointPosition(3))


def panel_node(ui):
    import slicer

    n = slicer.util.getModuleWidget("ElastixPlus").panel
    return (
        n._parameters.moving_landmarks,
        n.landmarks.rows[:1],
        n._parameters.parameterNode.GetNodeReference("moving_landmarks"),
    )

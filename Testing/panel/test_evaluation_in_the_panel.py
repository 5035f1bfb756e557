"""How good is it: what Evaluate measures and with which roles, through the widgets."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from panel.conftest import Pair
from panel.evaluation_seen import TRUE_ERROR_MM, Press, Wait, check_pair, choose, found, shown

# what is evaluated


@pytest.mark.native_engine
def test_a_result_is_evaluated_with_the_roles_that_its_landmarks_had_in_the_run(
    panel: Any, ui: Any, landmarked_pair: Pair, evaluate: Press, wait_until: Wait
):
    import qt

    check_pair(ui, 2, wait_until)
    check_pair(ui, 5, wait_until)
    ui.applyButton.click()
    assert not ui.evaluateButton.enabled
    assert "Wait" in ui.evaluationHintLabel.text
    wait_until(lambda: ui.applyButton.text == "Apply")
    result = ui.outputTransformSelector.currentNode()
    assert ui.evaluatedTransformSelector.currentNode() is result
    ui.landmarkTable.item(5, 1).setCheckState(qt.Qt.Unchecked)
    wait_until(lambda: ui.landmarkTable.item(5, 1).text() == "drive")
    assert ui.droveExplanation.text == "6 of 8 pairs drove it, the others only check."
    evaluate()
    evidence = found(panel).evidence
    assert [pair.label for pair in evidence.landmarks.pairs if pair.role == "check"] == ["3", "6"]
    assert evidence.landmarks.summary("check").before_mm > 5.0
    assert evidence.landmarks.summary("check").after_mm < 1.5
    value, standing = shown(ui)["Target registration error at check landmarks, mean"]
    assert value.startswith(f"{evidence.landmarks.summary('check').after_mm:.2f} mm")
    assert standing == "within the tolerance used"
    assert shown(ui)["Fiducial registration error at driving landmarks, mean"][1] == "reported, not graded"
    assert shown(ui)["Agreement of structures"] == ("", "not assessed")


def test_a_transform_from_elsewhere_is_evaluated_with_all_landmarks_checking(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    assert ui.droveExplanation.text == "Nothing is known: all 8 pairs count as check landmarks."
    evaluate()
    report = found(panel).evidence.landmarks
    assert {pair.role for pair in report.pairs} == {"check"}
    assert report.summary("check").after_mm == pytest.approx(0.0, abs=TRUE_ERROR_MM)
    assert "Nothing says which landmarks drove" in ui.evaluationWarningsLabel.text


def test_volumes_are_evaluated_as_they_lie_where_there_is_no_transform(
    panel: Any, ui: Any, landmarked_pair: Pair, evaluate: Press
):
    evaluate()
    summary = found(panel).evidence.landmarks.summary("check")
    assert summary.n == 8
    assert summary.after_mm == pytest.approx(summary.before_mm)
    assert summary.before_mm > 5.0
    assert shown(ui)["Target registration error at check landmarks, mean"][1] == "outside the tolerance used"


@pytest.mark.parametrize(
    ("row", "driving"),
    [("no landmarks", ""), ("all landmarks", "12345678"), ("landmarks that drive in the table above", "1234678")],
)
def test_the_user_says_which_landmarks_drove(
    panel: Any,
    ui: Any,
    landmarked_pair: Pair,
    true_transform: Any,
    evaluate: Press,
    wait_until: Wait,
    row: str,
    driving: str,
):
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    check_pair(ui, 4, wait_until)
    choose(ui.droveComboBox, row)
    assert f"{len(driving)} of 8 pairs drove it" in ui.droveExplanation.text
    evaluate()
    pairs = found(panel).evidence.landmarks.pairs
    assert "".join(pair.label for pair in pairs if pair.role == "drive") == driving
    assert "Nothing says" not in ui.evaluationWarningsLabel.text


def test_a_landmark_that_drove_and_has_another_name_now_is_missed(ui: Any, landmarked_pair: Pair, true_transform: Any):
    from ElastixPlusPanel.run_roles import remember_roles

    remember_roles(true_transform, [SimpleNamespace(label=label, role="drive") for label in ("1", "2")])
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    assert ui.droveExplanation.text == "2 of 8 pairs drove it, the others only check."
    for landmarks in (landmarked_pair.fixed_landmarks, landmarked_pair.moving_landmarks):
        landmarks.SetNthControlPointLabel(0, "first")
    choose(ui.droveComboBox, "no landmarks")
    choose(ui.droveComboBox, "what is known of it")
    assert "1 of 8 pairs" in ui.droveExplanation.text
    assert "1 more that drove it have other labels now, or are gone." in ui.droveExplanation.text


@pytest.mark.parametrize("stored", ["", "nonsense", '{"1": 2}', "[1]"])
def test_what_is_known_of_a_transform_may_be_unreadable(
    ui: Any, landmarked_pair: Pair, true_transform: Any, stored: str
):
    true_transform.SetAttribute("ElastixPlus.DrivingLandmarks", stored)
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    assert ui.droveExplanation.text.startswith("Nothing is known")


def test_which_landmarks_drove_is_saved_with_the_scene(
    ui: Any, landmarked_pair: Pair, true_transform: Any, tmp_path: Path
):
    import slicer

    from ElastixPlusPanel.run_roles import remember_roles, remembered_driving

    labels = ("1", '<a & "b">;:', "Ä")
    remember_roles(true_transform, [SimpleNamespace(label=label, role="drive") for label in labels])
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    assert remembered_driving(slicer.util.getNode("theirs")) == labels


def test_the_fixed_mask_says_where_deformation_is_measured(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    from panel.test_masks_in_the_panel import add_box

    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    box = add_box(landmarked_pair)
    ui.fixedMaskSelector.setCurrentNode(box)
    evaluate()
    assert found(panel).evidence.region == f"inside the mask {box.GetName()}"
    choose(ui.fixedMaskUseComboBox, "all but:")
    evaluate()
    assert f"without {box.GetName()}" in found(panel).evidence.region


def test_structures_of_the_same_name_are_compared(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    from panel.test_choices_survive import add_segmentation

    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    ui.fixedStructuresSelector.setCurrentNode(add_segmentation())
    assert not ui.evaluateButton.enabled
    assert ui.evaluationHintLabel.text == "Choose structures of both volumes, or none at all."
    ui.movingStructuresSelector.setCurrentNode(add_segmentation())
    evaluate()
    assert {one.fixed_name for one in found(panel).evidence.structures} == {"liver", "tumour"}


@pytest.mark.parametrize(
    ("left_out", "hint"),
    [("fixedVolume", "fixed volume"), ("movingVolume", "moving volume"), ("movingLandmarks", "landmarks of both")],
)
def test_what_is_missing_is_said_beside_the_disabled_button(ui: Any, landmarked_pair: Pair, left_out: str, hint: str):
    assert ui.evaluateButton.enabled
    assert ui.evaluationHintLabel.text == "Volumes, landmarks and masks are those chosen above."
    getattr(ui, f"{left_out}Selector").setCurrentNode(None)
    assert not ui.evaluateButton.enabled
    assert hint in ui.evaluationHintLabel.text


def test_removing_the_transform_chooses_no_other_one(ui: Any, landmarked_pair: Pair, true_transform: Any):
    import slicer

    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "another")
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    slicer.mrmlScene.RemoveNode(true_transform)
    assert ui.evaluatedTransformSelector.currentNode() is None
